//! `keystay policy explain`

use std::process::ExitCode;

use keystay_broker::{Config, Decision, Denial};
use serde_json::{Map, Value, json};

use super::{
    exit,
    inquiry::{Inquiry, in_words, on_one_line, written},
};
use crate::{args::PolicyExplainArguments, diagnostics::Failure, printer::Printer};

pub(super) fn run(arguments: &PolicyExplainArguments, printer: &mut Printer) -> Result<ExitCode, Failure> {
    let config = Config::load(&arguments.which.config)?;
    let inquiry = Inquiry {
        caller: arguments.caller.clone(),
        identity: arguments.identity.clone(),
        tenant: arguments.tenant.clone(),
        scopes: arguments.scope.clone(),
    };
    let unknown = inquiry.unknown(&config);
    if !unknown.is_empty() {
        let failure = Failure::usage("the question is about something the broker does not know");
        return Err(unknown.into_iter().fold(failure, Failure::cause));
    }
    let decision = inquiry.decide(&config);
    if arguments.which.json {
        printer.data(object(&inquiry, &config, decision))?;
    } else {
        tell(&inquiry, &config, decision, printer)?;
    }
    Ok(exit(decision.is_allowed()))
}

/// Every rule with the first thing it lacks.
fn lacks(inquiry: &Inquiry, config: &Config) -> Vec<String> {
    let judged = config.policy.rules().iter().map(|rule| rule.judge(&inquiry.question()));
    judged.map(|judgement| judgement.map_or_else(|denial| inquiry.lack(denial), |()| "allows it".into())).collect()
}

/// Whether a rule could change the answer.
fn is_open(decision: Decision) -> bool {
    matches!(decision, Decision::Denied { reason: Denial::Caller | Denial::Identity | Denial::Tenant | Denial::Scope })
}

fn tell(inquiry: &Inquiry, config: &Config, decision: Decision, printer: &mut Printer) -> Result<(), Failure> {
    printer.title(in_words(decision))?;
    if let Decision::Allowed { rule } = decision
        && let Some(rule) = config.policy.rules().get(rule - 1)
    {
        let rule = written(rule);
        for name in ["callers", "identities", "tenants", "scopes"] {
            printer.data(format_args!("  {name:10} {}", on_one_line(&rule[name])))?;
        }
    }
    if is_open(decision) {
        for (index, lack) in lacks(inquiry, config).into_iter().enumerate() {
            printer.data(format_args!("  rule {}: {lack}", index + 1))?;
        }
        printer.note("\nThis would allow it, and nothing else:\n\n[[rules]]");
        for (name, value) in inquiry.rule() {
            printer.note(format_args!("{name} = {}", Value::from(value)));
        }
    }
    Ok(())
}

fn object(inquiry: &Inquiry, config: &Config, decision: Decision) -> Value {
    let mut object = json!({ "allowed": decision.is_allowed(), "words": in_words(decision).to_string() });
    match decision {
        Decision::Allowed { rule } => object["rule"] = json!(rule),
        Decision::Denied { reason } => object["reason"] = json!(reason.code()),
    }
    if is_open(decision) {
        object["rules"] = json!(lacks(inquiry, config));
        let rule: Map<String, Value> =
            inquiry.rule().into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        object["would_allow"] = Value::Object(rule);
    }
    object
}
