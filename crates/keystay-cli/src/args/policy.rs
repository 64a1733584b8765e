//! What can be said to `keystay policy`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use keystay::{Scopes, Tenant};
use keystay_broker::{CallerName, IdentityName};

use crate::settings::DEFAULT_FILE;

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// May this caller have such a token? Says which rule allows it, or what every rule lacks and which one would do
    ///
    /// Ends with 0 when it is allowed, with 1 when it is not.
    Explain(PolicyExplainArguments),
    /// Compare the rules with what is expected of them, so that a change of the one cannot go unnoticed
    #[command(after_help = EXPECTATIONS)]
    Test(PolicyTestArguments),
    /// Who could get what
    List(PolicyListArguments),
}

const EXPECTATIONS: &str = "\
Expectations, in TOML or JSON:
  [[expect]]
  caller = \"reports\"
  identity = \"graph\"
  tenant = \"customer.example\"
  scope = \"https://graph.microsoft.com/.default\"   # this one, when none is named
  allowed = true

Ends with 0 when all are met, with 1 when one is not.";

#[derive(Args, Debug)]
pub(crate) struct PolicyExplainArguments {
    /// The caller, as the configuration calls it
    #[arg(long, short)]
    pub(crate) caller: CallerName,
    /// The identity, as the configuration calls it
    #[arg(long, short)]
    pub(crate) identity: IdentityName,
    /// The customer's tenant, by the name the caller would use: its id or one of its domains
    #[arg(long, short)]
    pub(crate) tenant: Tenant,
    /// What the token is for
    #[arg(long, short, default_value = "https://graph.microsoft.com/.default")]
    pub(crate) scope: Scopes,
    #[command(flatten)]
    pub(crate) which: WhichPolicy,
}

#[derive(Args, Debug)]
pub(crate) struct PolicyTestArguments {
    /// The expectations
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) which: WhichPolicy,
}

#[derive(Args, Debug)]
pub(crate) struct PolicyListArguments {
    #[command(flatten)]
    pub(crate) which: WhichPolicy,
}

#[derive(Args, Debug)]
pub(crate) struct WhichPolicy {
    /// The configuration of the broker
    #[arg(long, env = "KEYSTAY_CONFIG", value_name = "FILE", default_value = DEFAULT_FILE)]
    pub(crate) config: PathBuf,
    /// Print an object instead of words
    #[arg(long)]
    pub(crate) json: bool,
}
