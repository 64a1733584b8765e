//! `keystay serve`: the broker.

mod watched;
mod with_lab;

use std::{path::Path, sync::Arc};

use keystay::SystemClock;
use keystay_broker::{
    Broker, Config, ConfigError, ReloadError, Reloaded, Reloading, StartError, Surroundings, Telemetry,
    TelemetrySettings, harden,
};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::{EnvFilter, Layer, layer::SubscriberExt, util::SubscriberInitExt};

use self::watched::Watched;
use crate::{
    args::{LogFormat, ServeArguments},
    diagnostics::Failure,
    printer::Printer,
    settings::mistaken,
    supervisor,
};

/// Runs until it is told to stop.
pub(super) async fn run(arguments: &ServeArguments, printer: &mut Printer) -> Result<(), Failure> {
    if arguments.lab {
        let settings = arguments.otlp.clone().map(TelemetrySettings::to).transpose();
        let settings = settings.map_err(|why| Failure::usage(format_args!("the address in --otlp {why}")))?;
        let telemetry = telemetry(settings.as_ref())?;
        log(arguments.log, telemetry.as_deref());
        printer.note(harden());
        return with_lab::run(arguments, telemetry, printer).await;
    }
    let config = Config::load(&arguments.config)?;
    if arguments.check {
        printer.note(format_args!(
            "`{}` is good: {} identities, {} callers, {} rules",
            arguments.config.display(),
            config.identities.len(),
            config.callers.len(),
            config.policy.rules().len()
        ));
        return Ok(());
    }
    let telemetry = telemetry(config.telemetry.as_ref())?;
    log(arguments.log, telemetry.as_deref());
    let signals = Signals::new()?;
    printer.note(harden());
    trusts_somebody()?;
    let broker = Broker::start(&config, Surroundings { telemetry, ..Surroundings::default() }).await?;
    for (kind, place) in [
        ("socket", config.listen.socket.as_ref().map(|path| path.display().to_string())),
        ("admin", config.listen.admin.as_ref().map(|path| path.display().to_string())),
        ("loopback", broker.loopback().map(|address| format!("http://{address}"))),
        ("TLS", broker.tls().map(|address| format!("https://{address}"))),
        ("metrics", broker.metrics().map(|address| format!("http://{address}/metrics"))),
        ("dashboard", broker.dashboard().map(|address| format!("http://{address}"))),
    ] {
        if let Some(place) = place {
            printer.note(format_args!("listening on {place} ({kind})"));
        }
    }
    serve(broker, &arguments.config, signals, printer).await;
    Ok(())
}

/// What the system tells the broker.
struct Signals {
    hangup: Signal,
    terminate: Signal,
    /// Where files may only grow so far, the log then meets an error, as on a full disk; else this would end the process.
    _file_too_large: Signal,
}

impl Signals {
    /// From here on the signals no longer end the program by themselves.
    fn new() -> Result<Self, Failure> {
        let receive = |kind| signal(kind).map_err(|error| Failure::failed("signals cannot be received").because(error));
        Ok(Self {
            hangup: receive(SignalKind::hangup())?,
            terminate: receive(SignalKind::terminate())?,
            _file_too_large: receive(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()))?,
        })
    }
}

/// Goes on until a signal says stop.
async fn serve(broker: Broker, config: &Path, mut signals: Signals, printer: &mut Printer) {
    let mut file = Watched::new(config);
    broker.when_reloading(|reloading| match reloading {
        Reloading::Begun => supervisor::reloading(),
        Reloading::Ended => supervisor::ready(),
    });
    supervisor::ready();
    loop {
        tokio::select! {
            () = supervisor::beat() => {}
            () = file.changed() => reload(&broker, printer),
            _ = signals.hangup.recv() => {
                file.taken();
                reload(&broker, printer);
            }
            _ = signals.terminate.recv() => break,
            _ = tokio::signal::ctrl_c() => break,
        }
    }
    printer.note("stopping");
    supervisor::stopping();
    broker.stop().await;
}

/// Validates first, then swaps; a broken configuration changes nothing.
fn reload(broker: &Broker, printer: &mut Printer) {
    match broker.reload() {
        Ok(Reloaded { restart_needed: false, .. }) => printer.note("the configuration was read again"),
        Ok(_) => {
            printer.warning("the configuration was read again; changes of `[listen]` and `[telemetry]` need a restart");
        }
        Err(ReloadError::Config(error)) => {
            printer.failure(&Failure::from(error).hint("the broker goes on with the configuration it had"));
        }
        Err(error) => printer.failure(&Failure::failed(&error).because_of(&error)),
    }
}

/// Whether there are certificate authorities to know Entra by: the SDK panics where there are none.
fn trusts_somebody() -> Result<(), Failure> {
    reqwest::Client::builder().build().map(drop).map_err(|error| {
        Failure::failed("Entra and the vault cannot be asked: no connection could be trusted")
            .because_of(&error)
            .hint("install `ca-certificates`, or name a file of them in SSL_CERT_FILE")
    })
}

fn telemetry(settings: Option<&TelemetrySettings>) -> Result<Option<Arc<Telemetry>>, Failure> {
    let started = settings.map(|settings| Telemetry::new(settings, Arc::new(SystemClock))).transpose();
    started.map_err(|error| Failure::failed(&error).because_of(&error))
}

/// Begins the log on stderr, and the collection of spans where telemetry is sent.
pub(super) fn log(format: LogFormat, telemetry: Option<&Telemetry>) {
    let filter = EnvFilter::try_from_env("KEYSTAY_LOG")
        .unwrap_or_else(|_| EnvFilter::new("warn,keystay=info,keystay_broker=info,keystay_lifecycle=info"));
    let terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let Some(telemetry) = telemetry else {
        let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(terminal);
        return match format {
            LogFormat::Text => log.init(),
            LogFormat::Json => log.json().init(),
        };
    };
    // what is logged does not decide what is traced
    let log = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(terminal);
    let log = match format {
        LogFormat::Text => log.boxed(),
        LogFormat::Json => log.json().boxed(),
    };
    tracing_subscriber::registry().with(telemetry.layer()).with(log.with_filter(filter)).init();
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        match error {
            ConfigError::Mistakes { mistakes } => mistaken(mistakes),
            other => Self::usage(other),
        }
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        Self::failed(&error).because_of(&error)
    }
}
