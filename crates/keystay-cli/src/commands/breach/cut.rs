//! `keystay breach cut`

use keystay::{Certificate, Clock, ObjectId, ObjectKind, Pin, SystemClock, VaultUrl};
use keystay_broker::{IdentitySettings, Proof};
use keystay_lifecycle::{
    breach::{Cut, CutError, CutPlan, CutRecord, CutSettings, Outcome},
    resource_manager::{ResourceId, ResourceManager},
};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::customers::Customers;
use crate::{
    args::BreachCutArguments,
    commands::{operator::Operator, tenants::stamp},
    diagnostics::Failure,
    moment,
    printer::Printer,
    settings,
};

pub(super) async fn run(arguments: &BreachCutArguments, printer: &mut Printer) -> Result<(), Failure> {
    let identity = settings::load(arguments.settings.config.as_deref(), &arguments.settings.flags)?;
    let operator = Operator::connect(&identity, arguments.operator.as_ref())?;
    let signer = if let Some((vault, name)) = certificate(&identity.proof) {
        Some(operator.certificate(vault, name)?)
    } else {
        printer.warning("no certificate in a vault is configured: no version of a key will be disabled");
        None
    };
    let mut cut = cut_settings(arguments, &identity, printer);
    cut.vault = vault(arguments, &identity, &operator, printer).await;
    let customers = Customers::read(&arguments.tenants, printer);
    let life = cut.spread + cut.token_life;
    let cut = Cut::new(cut, signer, operator.remote());
    if arguments.yes {
        let begun = OffsetDateTime::from(SystemClock.now());
        let record = cut.run(&progress).await?;
        if record.outcomes.iter().all(|one| one.at < begun) {
            printer.note("nothing to do");
        }
        return done(&record, &customers, &identity, arguments, printer);
    }
    let plan = cut.plan().await?;
    let dies = OffsetDateTime::from(SystemClock.now()) + life;
    told(&plan, dies, &customers, &identity, arguments, printer)
}

/// One line per step, as it happens.
fn progress(words: &str) {
    Printer::new().note(words);
}

/// The certificate in a vault, where that is how the app proves itself.
fn certificate(proof: &Proof) -> Option<(&VaultUrl, &str)> {
    match proof {
        Proof::Certificate { vault, name, .. }
        | Proof::CertificateId(ObjectId { vault, kind: ObjectKind::Certificate, name, .. }) => Some((vault, name)),
        _ => None,
    }
}

fn cut_settings(arguments: &BreachCutArguments, identity: &IdentitySettings, printer: &mut Printer) -> CutSettings {
    if arguments.identity.is_none() {
        printer.warning("no --identity is named: whoever may sign in the vault still may");
    }
    let mut settings = CutSettings::new(identity.client_id, arguments.record.clone());
    settings.cloud = identity.cloud.clone();
    settings.keep.clone_from(&arguments.keep);
    settings.own = own(&identity.proof);
    settings.identity = arguments.identity;
    settings.close_network = arguments.close_network;
    settings.disable_app = arguments.disable_app;
    settings.token_life = arguments.token_life;
    settings
}

/// Thumbprints that are known without asking the vault. A file that cannot be read tells none.
fn own(proof: &Proof) -> Vec<String> {
    match proof {
        Proof::Certificate { pin: Some(pin), .. } => Pin::read(pin).map_or_else(
            |_| Vec::new(),
            |pin| pin.previous.map(|previous| previous.thumbprint).into_iter().chain([pin.thumbprint]).collect(),
        ),
        Proof::KeyId { certificate_file: file, .. } | Proof::PemFile(file) => {
            let text = std::fs::read_to_string(file).unwrap_or_default();
            Certificate::from_pem(&text).map(|certificate| certificate.x5t()).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// The vault as a resource, where something is to be done with it. One that is not found stops nothing.
async fn vault(
    arguments: &BreachCutArguments,
    identity: &IdentitySettings,
    operator: &Operator,
    printer: &mut Printer,
) -> Option<ResourceId> {
    if arguments.vault_id.is_some() {
        return arguments.vault_id.clone();
    }
    let name = identity.proof.vault().filter(|_| arguments.identity.is_some() || arguments.close_network)?.name();
    let why = match ResourceManager::new(&identity.cloud, operator.remote()).find_vault(name).await {
        Ok(Some(found)) => return Some(found),
        Ok(None) => "it is in no subscription that you can see".to_owned(),
        Err(error) => error.to_string(),
    };
    printer.warning(format_args!(
        "vault `{name}` is not found, so its roles and network stay as they are: {why}; name it with --vault-id"
    ));
    None
}

/// What was found and what would be done.
fn told(
    plan: &CutPlan,
    dies: OffsetDateTime,
    customers: &Customers,
    identity: &IdentitySettings,
    arguments: &BreachCutArguments,
    printer: &mut Printer,
) -> Result<(), Failure> {
    if arguments.json {
        let steps: Vec<Value> =
            plan.actions.iter().map(|step| json!({ "step": step, "words": step.to_string() })).collect();
        printer.data(json!({
            "app": identity.client_id.to_string(),
            "done": false,
            "found": plan.found,
            "steps": steps,
            "unseen": plan.found.unread,
            "last_token_dies_if_done_now": plan.knows_the_app().then(|| stamp(dies)),
            "tell": customers.object(),
        }))?;
        return Ok(());
    }
    printer.title("to do")?;
    if plan.actions.is_empty() {
        printer.data("  nothing")?;
    }
    for (number, step) in plan.actions.iter().enumerate() {
        printer.data(format_args!("  {}. {step}", number + 1))?;
    }
    if plan.takes_credentials() {
        printer.data(format_args!("\nif it is done now, the last token dies {}", when(dies)))?;
    }
    for words in &plan.found.unread {
        printer.warning(format_args!("not seen, so not in the plan: {words}"));
    }
    customers.print(identity.client_id, printer)?;
    if !plan.actions.is_empty() {
        printer.note("\nnothing was changed; add --yes to do it");
    }
    Ok(())
}

/// What was done, what is left, and until when.
fn done(
    record: &CutRecord,
    customers: &Customers,
    identity: &IdentitySettings,
    arguments: &BreachCutArguments,
    printer: &mut Printer,
) -> Result<(), Failure> {
    if arguments.json {
        printer.data(json!({
            "app": identity.client_id.to_string(),
            "done": record.is_done(),
            "outcomes": record.outcomes,
            "left": record.left,
            "unseen": record.unseen,
            "last_token_dies": record.last_token_dies.map(stamp),
            "record": arguments.record,
            "tell": customers.object(),
        }))?;
    } else {
        match record.last_token_dies {
            Some(dies) => printer.data(format_args!("the last token dies {}", when(dies)))?,
            None => printer.data("credentials are left, or may be: tokens can still be had")?,
        }
        printer.data(format_args!("what was there is in {}", arguments.record.display()))?;
        customers.print(identity.client_id, printer)?;
    }
    if record.is_done() {
        return Ok(());
    }
    let left = record.left.len() + record.unseen.len();
    let mut failure = Failure::failed(format_args!("the cut is not complete: {left} things are left"));
    for step in &record.left {
        let tried = |one: &&Outcome| one.action == *step && one.failure.is_some();
        let why = record.outcomes.iter().rev().find(tried).and_then(|one| one.failure.as_deref());
        failure = failure.cause(format_args!("{step}: {}", why.unwrap_or("it is still there")));
    }
    for words in &record.unseen {
        failure = failure.cause(format_args!("not seen: {words}"));
    }
    let hint = record.failures().last().and_then(|one| one.hint.as_deref()).map(|hint| format!("; {hint}"));
    Err(failure.hint(format_args!("run it again: it does what is left{}", hint.unwrap_or_default())))
}

/// `2026-11-24 02:07 UTC (in 59 min)`.
fn when(at: OffsetDateTime) -> String {
    moment::relative(moment::unix(at.into()), moment::unix(SystemClock.now()))
}

impl From<CutError> for Failure {
    fn from(error: CutError) -> Self {
        match error {
            CutError::Call(error) => error.into(),
            CutError::Record { .. } => {
                Self::usage(&error).because_of(&error).hint("nothing was removed; name another file with --record")
            }
            error => Self::failed(error),
        }
    }
}
