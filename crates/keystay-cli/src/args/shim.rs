//! What can be said to `keystay shim`, and to it in the place of `az` and `azd`.

use std::{ffi::OsString, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use keystay::Tenant;

#[derive(Debug, Subcommand)]
pub(crate) enum ShimCommand {
    /// Write launchers named `az` and `azd` into a folder, which give out tokens of the broker when the folder comes first in PATH
    #[command(after_help = "\
Environment of the programs that use them:
  KEYSTAY_IDENTITY   the identity, where the user of the program may use several
  KEYSTAY_TENANT     the tenant, where the program names none
  KEYSTAY_SOCKET     the unix socket of the broker, where it is not found by itself

Example:
  keystay shim install ~/.local/keystay-shims
  PATH=~/.local/keystay-shims:$PATH python app.py       # AzureCliCredential(tenant_id=...)")]
    Install {
        /// The folder
        folder: PathBuf,
    },
}

/// Everything after `az` or `azd`.
#[derive(Args, Debug)]
#[command(disable_help_flag = true, disable_version_flag = true)]
pub(crate) struct ShimArguments {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) words: Vec<OsString>,
}

/// Tokens of the keystay broker, asked for as the Azure CLI is asked
#[derive(Debug, Parser)]
#[command(name = "az", disable_version_flag = true)]
pub(crate) enum Az {
    /// The signed-in account
    #[command(subcommand)]
    Account(AzAccount),
}

#[derive(Debug, Subcommand)]
pub(crate) enum AzAccount {
    /// Print a token
    GetAccessToken(AzToken),
}

#[derive(Args, Debug)]
pub(crate) struct AzToken {
    /// What the token is for, as version 1 of the endpoint names it
    #[arg(long)]
    pub(crate) resource: Option<String>,
    /// What the token is for
    #[arg(long, num_args = 1.., conflicts_with = "resource")]
    pub(crate) scope: Vec<String>,
    /// The customer's tenant
    #[arg(long, short, env = "KEYSTAY_TENANT")]
    pub(crate) tenant: Option<Tenant>,
    /// How to print it
    #[arg(long, short, value_enum, default_value_t)]
    pub(crate) output: AzOutput,
    /// One field of it
    #[arg(long)]
    pub(crate) query: Option<String>,
    /// Every word would be an error
    #[arg(long)]
    pub(crate) only_show_errors: bool,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum AzOutput {
    #[default]
    Json,
    Tsv,
}

/// Tokens of the keystay broker, asked for as the Azure Developer CLI is asked
#[derive(Debug, Parser)]
#[command(name = "azd", disable_version_flag = true)]
pub(crate) enum Azd {
    /// The signed-in account
    #[command(subcommand)]
    Auth(AzdAuth),
}

#[derive(Debug, Subcommand)]
pub(crate) enum AzdAuth {
    /// Print a token
    Token(AzdToken),
}

#[derive(Args, Debug)]
pub(crate) struct AzdToken {
    /// What the token is for
    #[arg(long, required = true)]
    pub(crate) scope: Vec<String>,
    /// The customer's tenant
    #[arg(long, env = "KEYSTAY_TENANT")]
    pub(crate) tenant_id: Option<Tenant>,
    /// How to print it
    #[arg(long, short, value_enum, default_value_t)]
    pub(crate) output: AzdOutput,
    /// Nobody is asked anything anyway
    #[arg(long)]
    pub(crate) no_prompt: bool,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum AzdOutput {
    #[default]
    Json,
}
