//! `keystay watch`

use std::{path::PathBuf, time::Duration};

use clap::Args;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::duration;

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keystay watch --ledger /var/log/keystay/audit.jsonl --log insights-logs-auditevent/ --state watch.json --follow
  keystay watch --ledger audit.jsonl --log query_data.csv --since 24h --json

The log is what a diagnostic setting of the vault writes into a storage account (`PT1H.json`, or a folder of them), or an
export of the tables AZKVAuditLogs or AzureDiagnostics as CSV or JSON. Exit code 3 when there was an alarm.")]
pub(crate) struct WatchArguments {
    /// The broker's audit log, which holds the ledger; may be given again, for the files of a rotated log
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) ledger: Vec<PathBuf>,
    /// The vault's log: a file, or a folder with everything in it; may be given again
    #[arg(long, value_name = "PATH", required = true)]
    pub(crate) log: Vec<PathBuf>,
    /// Go on looking until stopped
    #[arg(long)]
    pub(crate) follow: bool,
    /// How often to look, with --follow
    #[arg(long, value_parser = duration::parse, value_name = "SPAN", default_value = "10s")]
    pub(crate) every: Duration,
    /// Print alarms as objects, one a line
    #[arg(long)]
    pub(crate) json: bool,
    /// Pass over what is older: a moment such as `2026-11-24T00:00:00Z`, or a span such as `24h`
    #[arg(long, value_parser = since, value_name = "WHEN")]
    pub(crate) since: Option<Since>,
    /// A small file with what is known already, so that the next run tells nothing twice
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// How late a line of the ledger may come after the vault's record of the same signature
    #[arg(long, value_parser = duration::parse, value_name = "SPAN", default_value = "2m")]
    pub(crate) ledger_grace: Duration,
    /// How late the vault's record may come after our signature
    #[arg(long, value_parser = duration::parse, value_name = "SPAN", default_value = "20m")]
    pub(crate) log_grace: Duration,
    /// A key to watch besides those of the ledger: `https://{vault}.vault.azure.net/keys/{name}`; may be given again
    #[arg(long, value_name = "URL")]
    pub(crate) key: Vec<String>,
    /// The object id of a principal that may look at the keys; may be given again
    #[arg(long, value_name = "ID")]
    pub(crate) known: Vec<String>,
}

/// From when on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Since {
    /// A moment.
    Moment(OffsetDateTime),
    /// So long ago.
    Ago(Duration),
}

/// A moment by RFC 3339.
pub(super) fn moment(text: &str) -> Result<OffsetDateTime, String> {
    OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|_| format!("`{text}` is not a moment such as `2026-11-24T00:00:00Z`"))
}

fn since(text: &str) -> Result<Since, String> {
    if let Ok(moment) = OffsetDateTime::parse(text, &Rfc3339) {
        return Ok(Since::Moment(moment));
    }
    duration::parse(text).map(Since::Ago).map_err(|_| {
        format!("`{text}` is neither a moment such as `2026-11-24T00:00:00Z` nor a span of time such as `24h`")
    })
}
