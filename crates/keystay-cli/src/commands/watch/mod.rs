//! `keystay watch`: the ledger against the vault's own log.

mod files;
mod state;

use std::process::ExitCode;

use keystay::{Clock, SystemClock};
use keystay_broker::watch::{Alarm, KeyName, LedgerLine, Watch, WatchSettings, read_log};
use time::OffsetDateTime;
use tokio::signal::unix::{SignalKind, signal};

use self::{files::Files, state::State};
use crate::{
    args::{Since, WatchArguments},
    diagnostics::{Exit, Failure},
    printer::Printer,
};

/// Tells every alarm once. The exit code says whether there was one.
pub(super) async fn run(arguments: &WatchArguments, printer: &mut Printer) -> Result<ExitCode, Failure> {
    let clock = SystemClock;
    let state = State::load(arguments.state.as_deref())?;
    let mut files = Files::new(state.read);
    let mut watch = Watch::new(settings(arguments, clock.now().into())?, state.memory);
    let stopped = |error| Failure::failed("signals cannot be received").because(error);
    let mut terminate = signal(SignalKind::terminate()).map_err(stopped)?;
    let mut told = 0;
    loop {
        let outcome = look(arguments, &mut files, &mut watch, printer);
        match (outcome, arguments.follow) {
            (Ok(()), _) => {}
            (Err(failure), false) => return Err(failure),
            // a file that is written or moved at this moment is read the next time
            (Err(failure), true) => printer.failure(&failure),
        }
        let alarms = watch.alarms(clock.now().into());
        told += alarms.len();
        for alarm in &alarms {
            tell(alarm, arguments.json, printer)?;
        }
        // only now: an alarm that was not told must not be forgotten
        State { memory: watch.memory().clone(), read: files.read().clone() }.save(arguments.state.as_deref())?;
        if !arguments.follow {
            break;
        }
        tokio::select! {
            () = clock.sleep(arguments.every) => {}
            _ = terminate.recv() => break,
            _ = tokio::signal::ctrl_c() => break,
        }
    }
    if watch.pending() > 0 {
        printer.note(format_args!("{} records wait for their line of the ledger; look again later", watch.pending()));
    }
    if told == 0 {
        printer.note("no alarm");
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::from(Exit::NotAllowed as u8))
}

/// Reads what is new. The ledger first: a signature that is in the log by then has its line.
fn look(
    arguments: &WatchArguments,
    files: &mut Files,
    watch: &mut Watch,
    printer: &mut Printer,
) -> Result<(), Failure> {
    for file in &arguments.ledger {
        for line in files.new_lines(file)? {
            if let Some(line) = LedgerLine::read(&line) {
                watch.ledger(&line);
            }
        }
    }
    for file in arguments.log.iter().map(|path| files::all(path)).collect::<Result<Vec<_>, _>>()?.iter().flatten() {
        let Some(text) = files.if_changed(file)? else { continue };
        let wrong = |error| Failure::usage(format_args!("`{}` is no log of a vault", file.display())).because(error);
        let (records, others) = read_log(&text).map_err(wrong)?;
        if others > 0 {
            printer.warning(format_args!("`{}`: {others} entries are no records of a vault", file.display()));
        }
        for record in &records {
            watch.record(record);
        }
    }
    Ok(())
}

fn settings(arguments: &WatchArguments, now: OffsetDateTime) -> Result<WatchSettings, Failure> {
    let key = |text: &String| {
        KeyName::of(text).ok_or_else(|| {
            let expected = "expected `https://{vault}.vault.azure.net/keys/{name}`";
            Failure::usage(format_args!("`--key {text}` is no key; {expected}"))
        })
    };
    Ok(WatchSettings {
        keys: arguments.key.iter().map(key).collect::<Result<_, _>>()?,
        known: arguments.known.iter().cloned().collect(),
        ledger_grace: arguments.ledger_grace,
        log_grace: arguments.log_grace,
        since: arguments.since.map(|since| match since {
            Since::Moment(moment) => moment,
            Since::Ago(span) => now - span,
        }),
    })
}

fn tell(alarm: &Alarm, json: bool, printer: &mut Printer) -> Result<(), Failure> {
    if json {
        let line =
            serde_json::to_string(alarm).map_err(|error| Failure::failed("an alarm is no JSON").because(error))?;
        return printer.data(line);
    }
    printer.data(alarm)?;
    printer.data(format_args!("  {}", alarm.hint))
}
