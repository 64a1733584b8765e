//! Another program, run to its end.

use std::{
    ffi::OsStr,
    io::{IsTerminal, stdin},
    os::unix::process::ExitStatusExt,
    process::{ExitCode, ExitStatus},
};

use futures::future::select_all;
use rustix::process::{Pid, kill_process};
use tokio::{
    process::{Child, Command},
    signal::unix::{Signal, SignalKind, signal},
};

use crate::diagnostics::Failure;

/// Runs it and returns its exit code, as a shell would tell it. Signals go on to the program; it is killed when the
/// future is dropped.
pub(super) async fn run_to_end(program: &OsStr, mut command: Command, hint: &str) -> Result<ExitCode, Failure> {
    // before the program starts: no signal is to end this one first
    let mut signals = Forwarded::new()?;
    let mut child = command.kill_on_drop(true).spawn().map_err(|error| {
        Failure::usage(format_args!("`{}` cannot be started", program.display())).because(error).hint(hint)
    })?;
    loop {
        tokio::select! {
            ended = child.wait() => {
                let status = ended.map_err(|error| Failure::failed("the program was lost").because(error))?;
                return Ok(ExitCode::from(code(status)));
            }
            signal = signals.next() => pass_on(&child, signal),
        }
    }
}

/// The signals that are meant for the program.
struct Forwarded(Vec<(Signal, Meaning)>);

#[derive(Clone, Copy)]
struct Meaning {
    signal: rustix::process::Signal,
    /// A terminal sends it to the program as well.
    typed: bool,
}

impl Forwarded {
    fn new() -> Result<Self, Failure> {
        use rustix::process::Signal as S;
        let meant = [
            (SignalKind::hangup(), S::HUP, true),
            (SignalKind::interrupt(), S::INT, true),
            (SignalKind::quit(), S::QUIT, true),
            (SignalKind::terminate(), S::TERM, false),
            (SignalKind::user_defined1(), S::USR1, false),
            (SignalKind::user_defined2(), S::USR2, false),
        ];
        let receive = |(kind, meant, typed)| {
            signal(kind)
                .map(|received| (received, Meaning { signal: meant, typed }))
                .map_err(|error| Failure::failed("signals cannot be received").because(error))
        };
        meant.into_iter().map(receive).collect::<Result<_, _>>().map(Self)
    }

    async fn next(&mut self) -> Meaning {
        let all = self.0.iter_mut().map(|(signal, meaning)| {
            Box::pin(async move {
                signal.recv().await;
                *meaning
            })
        });
        select_all(all).await.0
    }
}

fn pass_on(child: &Child, Meaning { signal, typed }: Meaning) {
    if typed && stdin().is_terminal() {
        return;
    }
    if let Some(pid) = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw) {
        // it may have ended just now
        let _ = kill_process(pid, signal);
    }
}

fn code(status: ExitStatus) -> u8 {
    if let Some(signal) = status.signal() {
        return u8::try_from(128 + signal).unwrap_or(u8::MAX);
    }
    status.code().and_then(|code| u8::try_from(code & 0xff).ok()).unwrap_or(1)
}
