//! Another configuration while the broker runs: validated first, then swapped; a broken one changes nothing.

use std::{
    fmt, io,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use parking_lot::Mutex;
use serde::Serialize;
use time::OffsetDateTime;

use crate::{
    config::{Config, ConfigError, Listen},
    desk::Desk,
    listen::{Certificates, TlsError},
    telemetry::TelemetrySettings,
};

/// The configuration in force was read again.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Reloaded {
    /// The new one listens elsewhere or sends telemetry otherwise, which takes a restart.
    pub restart_needed: bool,
}

/// Why the broker goes on with the configuration it had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReloadError {
    /// It is broken.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// There is nothing to read again.
    #[error("the broker was not started from a file")]
    NoFile,
    /// The configuration was taken, but the file of the audit log cannot be opened anew; lines go where they went.
    #[error("the audit log cannot be opened again")]
    Audit(#[source] io::Error),
    /// The configuration was taken, but certificates cannot be read again; those there were stay.
    #[error("the certificates cannot be read again")]
    Tls(#[from] TlsError),
}

/// How the last reload went.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct LastReload {
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) at: OffsetDateTime,
    pub(crate) taken: bool,
    /// What was wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) mistakes: Vec<String>,
}

/// Reads the configuration again; one at a time.
pub(crate) struct Reload {
    desk: Arc<Desk>,
    file: Option<PathBuf>,
    listen: Listen,
    telemetry: Option<TelemetrySettings>,
    certificates: Option<Arc<Certificates>>,
    last: Mutex<Option<LastReload>>,
    tell: OnceLock<Box<dyn Fn(Reloading) + Send + Sync>>,
}

/// What a reload is about, for whoever supervises the broker.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reloading {
    /// The configuration is being read again.
    Begun,
    /// That has ended, with whatever outcome.
    Ended,
}

impl Reload {
    pub(crate) fn new(desk: Arc<Desk>, config: &Config, certificates: Option<Arc<Certificates>>) -> Self {
        let (file, listen, telemetry) = (config.file.clone(), config.listen.clone(), config.telemetry.clone());
        Self { desk, file, listen, telemetry, certificates, last: Mutex::default(), tell: OnceLock::new() }
    }

    /// Reads the file the broker was started from.
    pub(crate) fn again(&self) -> Result<Reloaded, ReloadError> {
        let mut last = self.last.lock();
        self.tell(Reloading::Begun);
        let outcome = self.file.as_deref().ok_or(ReloadError::NoFile).and_then(|file| self.take(&Config::load(file)?));
        let taken = outcome.is_ok();
        let mistakes = outcome.as_ref().err().map(ReloadError::mistakes).unwrap_or_default();
        self.desk.metrics().reloaded(if taken { "taken" } else { "refused" });
        *last = Some(LastReload { at: self.desk.clock().now().into(), taken, mistakes });
        self.tell(Reloading::Ended);
        outcome
    }

    pub(crate) fn when_reloading(&self, tell: Box<dyn Fn(Reloading) + Send + Sync>) {
        let _ = self.tell.set(tell);
    }

    fn tell(&self, reloading: Reloading) {
        if let Some(tell) = self.tell.get() {
            tell(reloading);
        }
    }

    /// Takes a configuration that was read elsewhere.
    pub(crate) fn take(&self, config: &Config) -> Result<Reloaded, ReloadError> {
        self.desk.reconfigure(config);
        self.desk.journal().reopen().map_err(ReloadError::Audit)?;
        if let (Some(certificates), Some(settings)) = (&self.certificates, &config.listen.tls) {
            certificates.reload(settings)?;
        }
        let restart_needed = self.listen.needs_restart(&config.listen) || self.telemetry != config.telemetry;
        Ok(Reloaded { restart_needed })
    }

    pub(crate) fn last(&self) -> Option<LastReload> {
        self.last.lock().clone()
    }

    pub(crate) fn file(&self) -> Option<&PathBuf> {
        self.file.as_ref()
    }
}

impl fmt::Debug for Reload {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Reload").field("file", &self.file).field("last", &self.last).finish_non_exhaustive()
    }
}

impl ReloadError {
    /// A stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Config(ConfigError::Unreadable { .. }) => "config-unreadable",
            Self::Config(_) => "config-mistakes",
            Self::NoFile => "no-config-file",
            Self::Audit(_) => "audit-unwritable",
            Self::Tls(_) => "certificates-unreadable",
        }
    }

    /// What is wrong, one line each.
    pub fn mistakes(&self) -> Vec<String> {
        match self {
            Self::Config(ConfigError::Mistakes { mistakes }) => mistakes.clone(),
            Self::Audit(source) => vec![format!("{self}: {source}")],
            Self::Tls(source) => vec![format!("{self}: {source}")],
            other => vec![other.to_string()],
        }
    }
}
