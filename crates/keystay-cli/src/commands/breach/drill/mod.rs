//! `keystay breach drill`: a theft and the cut, played in a lab and measured.

mod stage;
mod thief;

use std::time::{Duration, SystemTime};

use anyhow::Context;
use keystay::{Clock, SigningKey};
use keystay_lifecycle::breach::{Action, Cut, CutRecord, CutSettings};
use keystay_posture::exposure::{Certificate, Ends, KeyPlace, Loot, Parameters, Responses, Setup, Signing};
use serde_json::json;

use self::{stage::Stage, thief::Thief};
use crate::{args::BreachDrillArguments, diagnostics::Failure, duration, printer::Printer};

/// Tokens count whole seconds, and the lab's clock runs on while a request is made.
const TOLERANCE: Duration = Duration::from_secs(15);

/// What is measured and what the model says, in seconds after the certificate was removed.
struct Figure {
    name: &'static str,
    words: &'static str,
    measured: u64,
    modelled: u64,
}

impl Figure {
    fn agrees(&self) -> bool {
        self.measured.abs_diff(self.modelled) <= TOLERANCE.as_secs()
    }
}

pub(super) async fn run(arguments: BreachDrillArguments, printer: &mut Printer) -> Result<(), Failure> {
    let parameters = Parameters::default();
    let stage = Stage::build(&parameters).await?;
    let say = |words: &str| {
        if !arguments.json {
            Printer::new().note(words);
        }
    };
    say("a lab is Azure; a thief inside the app has the vault sign one assertion ahead, and takes a token");
    let key = stage.key().await?;
    let ends = key.certificate().not_after();
    let mut thief = Thief::steal(&stage, &key).await?;

    say("the cut begins");
    let folder = tempfile::tempdir().context("no folder can be made for the record")?;
    let mut settings = CutSettings::new(stage.app(), folder.path().join("cut.json"));
    settings.identity = Some(stage.signing_identity());
    settings.vault = stage.vault_resource().await?;
    settings.close_network = true;
    (settings.token_life, settings.spread) = (parameters.token_life, parameters.spread);
    let cut = Cut::new(settings, Some(stage.certificate()?), stage.operator());
    let begun = stage.clock().now();
    let record = cut.run(&say).await?;
    let took = stage.clock().now().duration_since(begun).unwrap_or_default();
    if !record.is_done() {
        return Err(Failure::failed(format_args!("the cut left {} steps in the lab", record.left.len())));
    }

    say("the thief goes on trying while the lab's clock is moved");
    let removed = removed(&record)?;
    let stopped = thief.until_no_assertion_works(&stage).await?;
    let dead = thief.until_no_token_works(&stage).await?;
    let (makes_tokens, whole) = modelled(&parameters, ends, removed)?;
    let after = |moment: SystemTime| moment.duration_since(removed).unwrap_or_default().as_secs();
    let figures = [
        Figure {
            name: "assertion",
            words: "the stolen assertion stops",
            measured: after(stopped),
            modelled: makes_tokens,
        },
        Figure { name: "last_token", words: "the last token dies", measured: after(dead), modelled: whole },
    ];
    told(&figures, took, &record, arguments, printer)?;
    match figures.iter().find(|figure| !figure.agrees()) {
        None => Ok(()),
        Some(wrong) => Err(Failure::failed(format_args!(
            "{} after {} s, and the model says {} s",
            wrong.words, wrong.measured, wrong.modelled
        ))
        .hint("this is a fault of keystay: `keystay doctor` reckons with the model; please report it")),
    }
}

/// When the app's own certificate went: from then on the model counts.
fn removed(record: &CutRecord) -> Result<SystemTime, Failure> {
    let removals = record.outcomes.iter().filter(|one| matches!(one.action, Action::RemoveCertificates { .. }));
    let last = removals.map(|one| one.at).max().context("the cut removed no certificate")?;
    Ok(last.into())
}

/// For how long new tokens can be made with the stolen assertion after the cut, and how long any of them works.
fn modelled(parameters: &Parameters, ends: SystemTime, now: SystemTime) -> Result<(u64, u64), Failure> {
    let certificate = Certificate { ends: Ends::At(ends.into()), key: KeyPlace::Vault, rotated_every: None };
    let setup =
        Setup { certificates: vec![certificate], signing: Signing::App, parameters: *parameters, ..Setup::default() };
    let exposures = setup.exposure_by_loot(&Responses::breach_cut(), now.into());
    let found = exposures.iter().find(|one| one.loot == Loot::PremadeAssertion);
    let found = found.context("the model does not know this loot")?;
    let makes_tokens = found.makes_tokens.known().context("the model knows no end of the assertion")?;
    let whole = found.bound.worst.length.known().context("the model knows no end of the loot")?;
    Ok((makes_tokens.as_secs(), whole.as_secs()))
}

fn told(
    figures: &[Figure],
    took: Duration,
    record: &CutRecord,
    arguments: BreachDrillArguments,
    printer: &mut Printer,
) -> Result<(), Failure> {
    if arguments.json {
        let one = |figure: &Figure| {
            let value = json!({
                "measured_seconds": figure.measured, "modelled_seconds": figure.modelled, "agrees": figure.agrees(),
            });
            (figure.name.to_owned(), value)
        };
        let measured: serde_json::Map<_, _> = figures.iter().map(one).collect();
        return printer.data(json!({
            "cut_milliseconds": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            "steps": record.outcomes.iter().map(|one| one.action.to_string()).collect::<Vec<_>>(),
            "after_the_cut": measured,
            "tolerance_seconds": TOLERANCE.as_secs(),
        }));
    }
    printer.data(format_args!("\nthe cut took {:.1} s, in {} steps", took.as_secs_f64(), record.outcomes.len()))?;
    for figure in figures {
        let verdict = if figure.agrees() { "as the model says" } else { "NOT as the model says" };
        printer.data(format_args!(
            "{:<27} {:>11} after the certificate was removed  ({} s; model {} s: {verdict})",
            figure.words,
            duration::words(figure.measured),
            figure.measured,
            figure.modelled
        ))?;
    }
    Ok(())
}
