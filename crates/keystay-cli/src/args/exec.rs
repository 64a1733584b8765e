//! What can be said to `keystay exec`.

use std::{ffi::OsString, path::PathBuf};

use clap::Args;
use keystay::{Scopes, Tenant};

/// Which broker is asked.
#[derive(Args, Clone, Debug)]
pub(crate) struct WhichBroker {
    /// The unix socket of the broker [default: the one in keystay.toml, in $XDG_RUNTIME_DIR/keystay or in /run/keystay]
    #[arg(long, env = "KEYSTAY_SOCKET", value_name = "PATH")]
    pub(crate) socket: Option<PathBuf>,
}

#[derive(Args, Debug)]
#[command(after_help = "\
The program meets a managed identity (IDENTITY_ENDPOINT, IDENTITY_HEADER): official Azure SDKs need no change. Azure variables
it would inherit (AZURE_…, ARM_…, IDENTITY_…, IMDS_…, MSI_…) are taken away. Its secret works while it runs, on this computer only.

Examples:
  keystay exec --identity graph --tenant customer.example -- python report.py
  keystay exec -i graph -t customer.example --scope https://graph.microsoft.com/.default -- node sync.js")]
pub(crate) struct ExecArguments {
    /// The identity, as the broker calls it
    #[arg(long, short)]
    pub(crate) identity: String,
    /// The customer's tenant: its id or one of its verified domains
    #[arg(long, short)]
    pub(crate) tenant: Tenant,
    /// Tokens for these scopes only; whatever the broker allows without any
    #[arg(long, short)]
    pub(crate) scope: Vec<Scopes>,
    /// Let the program inherit this Azure variable
    #[arg(long, value_name = "NAME")]
    pub(crate) keep: Vec<String>,
    #[command(flatten)]
    pub(crate) broker: WhichBroker,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
}
