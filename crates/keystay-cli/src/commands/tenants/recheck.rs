//! `keystay tenants recheck`

use std::{process::ExitCode, sync::Arc};

use keystay::{Clock, SystemClock};
use keystay_lifecycle::{
    onboard::{OnboardSettings, Progress, Recheck, RecheckSettings},
    tenants::TenantState,
};
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};

use super::{open, tenant_of};
use crate::{
    args::TenantsRecheckArguments,
    client,
    commands::onboard::probe,
    diagnostics::{Exit, Failure},
    printer::Printer,
    progress::Running,
    settings,
};

pub(super) async fn run(arguments: &TenantsRecheckArguments, printer: &mut Printer) -> Result<ExitCode, Failure> {
    let tenants = open(&arguments.file)?;
    let settings = settings::load(arguments.settings.config.as_deref(), &arguments.settings.flags)?;
    let records = tenants.list(&(&arguments.which).into())?;
    let mut terminate = signal(SignalKind::terminate())
        .map_err(|error| Failure::failed("signals cannot be received").because(error))?;
    let client = client::connect(&settings, printer).await?;
    let how = RecheckSettings {
        required: arguments.required.require.iter().cloned().collect(),
        scopes: OnboardSettings::scopes_of(client.cloud()),
        probe: probe(&arguments.required),
        at_once: arguments.at_once.into(),
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mut told = Told { running: Running::new(records.len()), looked: 0, failed: 0, changes: Vec::new() };
    let outcome = {
        let hear = |progress: &Progress| told.hear(progress, arguments.json, printer);
        tokio::select! {
            outcome = Recheck::run(&tenants, &client, &clock, &how, records, hear) => Some(outcome),
            _ = terminate.recv() => None,
            _ = tokio::signal::ctrl_c() => None,
        }
    };
    told.running.end();
    let Some(outcome) = outcome else {
        return Err(Failure::failed(format_args!("stopped after {} tenants", told.looked))
            .hint("what was found out is on record; `--not-checked-for 1h` goes on with the others"));
    };
    let found = outcome?;
    if arguments.json {
        let mut object = json!(found);
        object["changes"] = told.changes.into();
        printer.data(object)?;
    } else {
        summary(&found, printer);
    }
    Ok(ExitCode::from(exit(&found) as u8))
}

/// What was heard of a run so far.
struct Told {
    running: Running,
    looked: usize,
    failed: usize,
    changes: Vec<Value>,
}

impl Told {
    fn hear(&mut self, Progress { record, before, conclusive }: &Progress, json: bool, printer: &mut Printer) {
        self.looked += 1;
        self.failed += usize::from(!conclusive);
        if record.state != *before {
            let why = record.refusal.as_ref().map(|note| note.words.clone());
            let why =
                why.or_else(|| (!record.missing.is_empty()).then(|| format!("missing {}", record.missing.join(", "))));
            self.changes.push(json!({
                "customer": record.customer, "tenant": record.tenant, "before": before, "state": record.state, "why": why,
            }));
            if !json {
                let why = why.map(|words| format!(": {words}")).unwrap_or_default();
                let line = format!("{before} -> {}  `{}` {}{why}", record.state, record.customer, tenant_of(record));
                // the next data will meet a closed output again, and end the run's summary
                let _ = self.running.around(|| printer.data(line));
            }
        }
        let words = format!("{} changed, {} could not be asked", self.changes.len(), self.failed);
        self.running.one_more(&words, printer);
    }
}

fn summary(found: &Recheck, printer: &mut Printer) {
    let Recheck { looked, changed, failed, without_tenant, states } = found;
    printer.note(format_args!("{looked} tenants were asked, {changed} changed"));
    let counts: Vec<String> = states.iter().map(|(state, count)| format!("{count} {state}")).collect();
    if !counts.is_empty() {
        printer.note(format_args!("now: {}", counts.join(", ")));
    }
    if *without_tenant > 0 {
        printer.note(format_args!("{without_tenant} customers have no tenant yet"));
    }
    for (why, count) in failed {
        printer.warning(format_args!("{count} could not be asked: {why}"));
    }
}

/// Customers who have to act go before what could not be asked: the second passes.
fn exit(found: &Recheck) -> Exit {
    let count = |state| found.states.get(&state).copied().unwrap_or_default();
    if count(TenantState::Gone) + count(TenantState::MissingRoles) > 0 {
        Exit::NotAllowed
    } else if found.failed.is_empty() {
        Exit::Success
    } else {
        Exit::Failed
    }
}
