//! `keystay policy list`

use std::process::ExitCode;

use keystay_broker::Config;
use serde_json::{Value, json};

use super::inquiry::{on_one_line, written};
use crate::{args::PolicyListArguments, diagnostics::Failure, printer::Printer};

pub(super) fn run(arguments: &PolicyListArguments, printer: &mut Printer) -> Result<ExitCode, Failure> {
    let config = Config::load(&arguments.which.config)?;
    let rows = rows(&config);
    let without: Vec<&str> = config
        .callers
        .iter()
        .map(|caller| caller.name.as_str())
        .filter(|name| !rows.iter().any(|row| row["caller"] == **name))
        .collect();
    if arguments.which.json {
        printer.data(json!({ "may_have": rows, "callers_without_a_rule": without }))?;
        return Ok(ExitCode::SUCCESS);
    }
    for row in &rows {
        let text = |name: &str| on_one_line(&row[name]);
        printer.data(format_args!(
            "{} as {}  in {}  for {}  (rule {})",
            text("caller"),
            text("identity"),
            if row["tenants"] == "*" { "every tenant that consented".into() } else { text("tenants") },
            if row["scopes"] == "*" { "every scope consented to".into() } else { text("scopes") },
            row["rule"]
        ))?;
    }
    for caller in without {
        printer.data(format_args!("{caller} gets nothing: no rule names it"))?;
    }
    printer.note("\nNo rule gives out tokens that lead to the app's own credentials: Graph at home, the directory API, vaults, the token exchange.");
    Ok(ExitCode::SUCCESS)
}

/// Every caller with every identity a rule gives it.
fn rows(config: &Config) -> Vec<Value> {
    let mut rows = Vec::new();
    for (index, rule) in config.policy.rules().iter().enumerate() {
        let written = written(rule);
        for caller in &rule.callers.0 {
            for identity in &rule.identities.0 {
                rows.push(json!({
                    "caller": caller,
                    "identity": identity,
                    "tenants": written["tenants"],
                    "scopes": written["scopes"],
                    "rule": index + 1,
                }));
            }
        }
    }
    rows.sort_by_key(|row| (row["caller"].to_string(), row["identity"].to_string()));
    rows
}
