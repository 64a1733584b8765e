//! `keystay policy test`

use std::{path::Path, process::ExitCode};

use figment::{
    Figment,
    providers::{Format, Json, Toml},
};
use keystay::Scopes;
use keystay_broker::{Config, Mistakes, Section};
use serde_json::{Map, Value, json};

use super::{
    exit,
    inquiry::{Inquiry, in_words},
};
use crate::{args::PolicyTestArguments, diagnostics::Failure, printer::Printer};

/// What is expected of the rules.
struct Expectation {
    inquiry: Inquiry,
    allowed: bool,
}

pub(super) fn run(arguments: &PolicyTestArguments, printer: &mut Printer) -> Result<ExitCode, Failure> {
    let config = Config::load(&arguments.which.config)?;
    let expectations = load(&arguments.file, &config)?;
    let failures: Vec<Value> = expectations
        .iter()
        .enumerate()
        .filter_map(|(index, Expectation { inquiry, allowed })| {
            let decision = inquiry.decide(&config);
            (decision.is_allowed() != *allowed).then(|| {
                json!({
                    "expectation": index + 1,
                    "caller": inquiry.caller,
                    "identity": inquiry.identity,
                    "tenant": inquiry.tenant.to_string(),
                    "scope": inquiry.scopes.as_str(),
                    "expected": if *allowed { "allowed" } else { "denied" },
                    "decision": in_words(decision).to_string(),
                })
            })
        })
        .collect();
    if arguments.which.json {
        printer.data(json!({ "expectations": expectations.len(), "failures": failures }))?;
    } else {
        for failure in &failures {
            let text = |name: &str| failure[name].as_str().unwrap_or_default().to_owned();
            printer.data(format_args!(
                "expectation {}: {} for `{}` as `{}` in {} for {}, but it is {}",
                failure["expectation"],
                text("expected"),
                text("caller"),
                text("identity"),
                text("tenant"),
                text("scope"),
                text("decision")
            ))?;
        }
        printer.note(format_args!(
            "{} of {} expectations are met",
            expectations.len() - failures.len(),
            expectations.len()
        ));
    }
    Ok(exit(failures.is_empty()))
}

/// Reads the whole file; the failure names every mistake.
fn load(file: &Path, config: &Config) -> Result<Vec<Expectation>, Failure> {
    let named = || format!("the expectations in `{}`", file.display());
    if !file.is_file() {
        return Err(Failure::usage(format_args!("there is no file `{}`", file.display())));
    }
    let is_json = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let figment = if is_json { Figment::from(Json::file_exact(file)) } else { Figment::from(Toml::file_exact(file)) };
    let document: Map<String, Value> =
        figment.extract().map_err(|error| Failure::usage(format_args!("{} cannot be read", named())).because(error))?;
    let mut mistakes = Mistakes::default();
    let mut root = Section::root(&document, &mut mistakes);
    let expectations = root.each_entry("expect", |_, section| read(section, config));
    root.end();
    if expectations.is_empty() && mistakes.is_empty() {
        mistakes.push("nothing is expected: write `[[expect]]`");
    }
    if mistakes.is_empty() {
        return Ok(expectations);
    }
    let failure = Failure::usage(format_args!("{} cannot be used", named()));
    Err(mistakes.into_vec().into_iter().fold(failure, Failure::cause))
}

fn read(section: &mut Section<'_>, config: &Config) -> Option<Expectation> {
    let caller = section.required("caller", "a name from `[callers.NAME]`");
    let identity = section.required("identity", "a name from `[identities.NAME]`");
    let tenant = section.required("tenant", "a tenant's id or domain");
    let scopes = if section.has("scope") { section.parsed("scope") } else { Some(Scopes::graph()) };
    let allowed = section.flag("allowed");
    // asked for even when it was not given: it has no default
    if allowed.is_none() && !section.has("allowed") {
        let name = section.name("allowed");
        section.mistake(format!("`{name}` is missing; expected `true` or `false`"));
    }
    let inquiry = Inquiry { caller: caller?, identity: identity?, tenant: tenant?, scopes: scopes? };
    let unknown = inquiry.unknown(config);
    let place = section.name("");
    for words in &unknown {
        section.mistake(format!("`{}`: {words}", place.trim_end_matches('.')));
    }
    Some(Expectation { inquiry, allowed: allowed? }).filter(|_| unknown.is_empty())
}
