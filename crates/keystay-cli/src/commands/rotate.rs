//! `keystay rotate`

use std::{path::PathBuf, time::SystemTime};

use keystay::MAX_LIFETIME;
use keystay_broker::{IdentitySettings, Proof};
use keystay_lifecycle::rotate::{Due, Observed, Plan, RotateError, Rotation, RotationSettings};
use serde_json::json;

use super::operator::Operator;
use crate::{args::RotateArguments, diagnostics::Failure, printer::Printer, settings};

pub(super) async fn run(arguments: &RotateArguments, printer: &mut Printer) -> Result<(), Failure> {
    let identity = settings::load(arguments.settings.config.as_deref(), &arguments.settings.flags)?;
    if arguments.overlap < MAX_LIFETIME {
        printer.warning(format_args!(
            "an overlap of {} s is shorter than the longest life of an assertion: programs may be refused for some minutes",
            arguments.overlap.as_secs()
        ));
    }
    let rotation = rotation(arguments, &identity)?;
    let (observed, plan) = rotation.plan().await?;
    if !arguments.yes || arguments.plan {
        return tell(&observed, &plan, arguments, printer);
    }
    let rotated = rotation.run(&progress).await?;
    if arguments.json {
        return printer.data(json!({ "done": rotated.steps, "pin": rotated.pin }));
    }
    match (&rotated.pin, rotated.steps.is_empty()) {
        (Some(pin), true) => printer.note(format_args!("nothing to do: {pin}")),
        (Some(pin), false) => printer.note(format_args!("done: {pin}")),
        (None, _) => printer.note("nothing to do"),
    }
    Ok(())
}

/// One line per step and wait, as it happens.
fn progress(words: &str) {
    Printer::new().note(words);
}

fn rotation(arguments: &RotateArguments, identity: &IdentitySettings) -> Result<Rotation, Failure> {
    let Proof::Certificate { vault, name, pin } = identity.proof.clone() else {
        return Err(Failure::usage("only a certificate in a vault can be rotated")
            .hint("give `vault`, `certificate` and `pin` in keystay.toml, or --vault, --certificate and --pin"));
    };
    let pin = pin.ok_or_else(|| {
        Failure::usage("there is no pin: nothing would tell programs which version signs")
            .hint("name the file with --pin, or as `pin` in keystay.toml; the first run makes it")
    })?;
    let operator = Operator::connect(identity, arguments.operator.as_ref())?;
    let signer = operator.certificate(&vault, &name)?;
    let settings = rotation_settings(arguments, identity, pin);
    Ok(Rotation::new(settings, signer, operator.remote()))
}

fn rotation_settings(arguments: &RotateArguments, identity: &IdentitySettings, pin: PathBuf) -> RotationSettings {
    let mut settings = RotationSettings::new(identity.client_id, pin);
    settings.cloud = identity.cloud.clone();
    settings.samples.clone_from(&arguments.probe);
    settings.overlap = arguments.overlap;
    settings.patience = arguments.patience;
    settings.break_glass = arguments.break_glass;
    if let Some(record) = &arguments.record {
        settings.record.clone_from(record);
    }
    settings.due = match arguments.older_than {
        _ if arguments.now => Due::MadeBefore(SystemTime::now()),
        Some(age) => Due::MadeBefore(SystemTime::now() - age),
        None => Due::Share(f64::from(arguments.after) / 100.0),
    };
    settings
}

/// What was found and what would be done.
fn tell(observed: &Observed, plan: &Plan, arguments: &RotateArguments, printer: &mut Printer) -> Result<(), Failure> {
    if arguments.json {
        let versions: Vec<_> = observed
            .versions
            .iter()
            .map(|version| {
                json!({
                    "version": version.version,
                    "enabled": version.enabled,
                    "registered": observed.credential_of(version).map(keystay_lifecycle::graph::KeyCredential::id),
                    "created": crate::moment::words(crate::moment::unix(version.created)),
                    "expires": crate::moment::words(crate::moment::unix(version.expires)),
                })
            })
            .collect();
        return printer.data(json!({
            "pin": observed.pin,
            "versions": versions,
            "followers": observed.followers,
            "steps": plan.steps,
            "blocked": plan.blocked,
            "notes": plan.notes,
        }));
    }
    printer.title("found")?;
    match &observed.pin {
        Some(pin) => printer.data(format_args!("  pin: {pin}"))?,
        None => printer.data("  no pin yet")?,
    }
    for version in &observed.versions {
        let mut states = vec![if version.enabled { "enabled" } else { "disabled" }];
        states.push(if observed.credential_of(version).is_some() { "registered" } else { "not registered" });
        if observed.pin.as_ref().is_some_and(|pin| pin.version() == version.version) {
            states.push("pinned");
        }
        let expires = crate::moment::words(crate::moment::unix(version.expires));
        printer.data(format_args!("  version {}: {}, until {expires}", version.version, states.join(", ")))?;
    }
    for said in &observed.followers {
        printer.data(format_args!("  follower {}: generation {}", said.instance, said.generation))?;
    }
    printer.title("\nto do")?;
    if plan.steps.is_empty() {
        printer.data("  nothing")?;
    }
    for (number, step) in plan.steps.iter().enumerate() {
        printer.data(format_args!("  {}. {step}", number + 1))?;
    }
    for note in &plan.notes {
        printer.warning(note);
    }
    if let Some(blocked) = plan.blocked {
        return Err(RotateError::Blocked(blocked).into());
    }
    if !plan.steps.is_empty() {
        printer.note("\nnothing was changed; add --yes to do it");
    }
    Ok(())
}

impl From<RotateError> for Failure {
    fn from(error: RotateError) -> Self {
        let hint = error.hint();
        match error {
            RotateError::Blocked(_) | RotateError::OtherCertificate { .. } => Self::usage(error),
            RotateError::Pin(error) => error.into(),
            error => Self::failed(error),
        }
        .hint(hint)
    }
}
