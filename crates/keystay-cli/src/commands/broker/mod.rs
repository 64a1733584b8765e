//! `keystay broker`: what a running broker says to its operator.

mod dashboard;
mod socket;
mod status;

use serde::Deserialize;
use serde_json::Value;

use self::socket::AdminSocket;
use crate::{
    args::{BrokerArguments, BrokerCommand},
    diagnostics::Failure,
    printer::Printer,
};

pub(super) async fn run(command: BrokerCommand, printer: &mut Printer) -> Result<(), Failure> {
    match command {
        BrokerCommand::Status(about) => status::run(&about, printer).await,
        BrokerCommand::Ready(about) => ready(&about, printer).await,
        BrokerCommand::Reload(about) => reload(&about, printer).await,
        BrokerCommand::ClearCache { tenant, identity, about } => {
            let query = [("tenant", tenant.map(|tenant| tenant.to_string())), ("identity", identity)];
            clear_cache(&query, &about, printer).await
        }
        BrokerCommand::Metrics(about) => metrics(&about, printer).await,
        BrokerCommand::Dashboard { open, user, about } => dashboard::run(open, user, &about, printer).await,
    }
}

#[derive(Deserialize)]
struct Readiness {
    ready: bool,
    reasons: Vec<String>,
}

async fn ready(about: &BrokerArguments, printer: &mut Printer) -> Result<(), Failure> {
    let answer = AdminSocket::of(about)?.get("/readyz").await?;
    let readiness: Readiness = answer.read()?;
    if about.json {
        printer.raw(answer.text())?;
        printer.data("")?;
    } else {
        printer.data(if readiness.ready { "ready" } else { "not ready" })?;
        for reason in &readiness.reasons {
            printer.data(format_args!("  {reason}"))?;
        }
    }
    if readiness.ready { Ok(()) } else { Err(Failure::silent()) }
}

async fn reload(about: &BrokerArguments, printer: &mut Printer) -> Result<(), Failure> {
    #[derive(Deserialize)]
    struct Reloaded {
        restart_needed: bool,
    }
    let answer = AdminSocket::of(about)?.post("/reload", &[]).await?.must_succeed()?;
    if about.json {
        return printer.data(answer.read::<Value>()?);
    }
    printer.note("the configuration was read again");
    if answer.read::<Reloaded>()?.restart_needed {
        printer.warning("changes of `[listen]` need a restart");
    }
    Ok(())
}

async fn clear_cache(
    query: &[(&str, Option<String>)],
    about: &BrokerArguments,
    printer: &mut Printer,
) -> Result<(), Failure> {
    #[derive(Deserialize)]
    struct Cleared {
        forgotten: std::collections::BTreeMap<String, usize>,
    }
    let answer = AdminSocket::of(about)?.post("/cache/clear", query).await?.must_succeed()?;
    if about.json {
        return printer.data(answer.read::<Value>()?);
    }
    for (identity, count) in answer.read::<Cleared>()?.forgotten {
        printer.data(format_args!("{identity}: {count} forgotten"))?;
    }
    Ok(())
}

async fn metrics(about: &BrokerArguments, printer: &mut Printer) -> Result<(), Failure> {
    let answer = AdminSocket::of(about)?.get("/metrics").await?.must_succeed()?;
    printer.raw(answer.text())
}
