//! `keystay broker`: a running broker, from its operator's side.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use keystay::Tenant;

#[derive(Debug, Subcommand)]
pub(crate) enum BrokerCommand {
    /// Show what it is doing: identities, certificates, refusals, exposure
    Status(BrokerArguments),
    /// Say whether it can serve callers, and if not, why; exit code 1 then
    Ready(BrokerArguments),
    /// Have it read its configuration again; a broken one is told and changes nothing
    Reload(BrokerArguments),
    /// Have it forget tokens, so that the next who asks gets new ones
    ClearCache {
        /// Those of one tenant, named as callers name it
        #[arg(long)]
        tenant: Option<Tenant>,
        /// Those of one identity
        #[arg(long)]
        identity: Option<String>,
        #[command(flatten)]
        about: BrokerArguments,
    },
    /// Print its numbers in Prometheus' format
    Metrics(BrokerArguments),
    /// Print a link that opens its dashboard: good once, for a minute, for one user's browser
    Dashboard {
        /// Open it in the browser, too
        #[arg(long)]
        open: bool,
        /// The user whose browser opens it, by number [default: you, also behind sudo]
        #[arg(long, value_name = "UID", env = "SUDO_UID", hide_env = true)]
        user: Option<u32>,
        #[command(flatten)]
        about: BrokerArguments,
    },
}

/// Which broker, and how to print.
#[derive(Args, Debug)]
pub(crate) struct BrokerArguments {
    /// The broker's admin socket (`[listen] admin`)
    #[arg(long, env = "KEYSTAY_ADMIN_SOCKET", value_name = "PATH", default_value = "/run/keystay/admin.sock")]
    pub(crate) socket: PathBuf,
    /// Print the broker's answer instead of words
    #[arg(long)]
    pub(crate) json: bool,
}
