//! `keystay breach`: end what a stolen credential is worth, and rehearse it.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Subcommand};
use keystay::VaultCredential;
use keystay_lifecycle::resource_manager::ResourceId;
use uuid::Uuid;

use super::SettingsArguments;
use crate::duration;

#[derive(Debug, Subcommand)]
pub(crate) enum BreachCommand {
    /// Take every credential off the app, then the key, then the right to sign; say when the last token dies
    Cut(Box<BreachCutArguments>),
    /// Rehearse it in a lab: a theft, the cut, and how long the loot really works after it; needs no Azure
    Drill(BreachDrillArguments),
}

#[derive(Args, Clone, Copy, Debug)]
#[command(after_help = "\
A lab is started in this process. A thief has the vault sign an assertion ahead for as long as the
certificate lives and takes a token; the cut is made by the same code as `breach cut`; then the lab's
clock is moved, and the thief tries until nothing works. How fast Entra itself is, it cannot tell.

Exit codes: 0 what was measured is what the exposure model says, 1 it is not, or the drill failed.")]
pub(crate) struct BreachDrillArguments {
    /// Print an object instead of words
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Without --yes it tells what it found and what it would do, and changes nothing.
With --yes it first writes everything it is about to remove into the record, then goes on step by
step. A step that fails stops no other: with the vault out of reach the credentials go all the same.
Run again it does what is left; what was there at first stays in the record.

The app gets no token after it, in any tenant, until a certificate is registered again. Tokens that
were given out before work until they die: it says when, and which customers to tell.

Exit codes: 0 done or nothing to do, 1 something is left or could not be looked at (run it again),
2 wrong arguments.

Examples:
  keystay breach cut --operator azure-cli
  keystay breach cut --operator azure-cli --identity 5f0c… --yes
  keystay breach cut --operator azure-cli --disable-app --close-network --yes --json")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub(crate) struct BreachCutArguments {
    /// Do it; without, only tell what would be done
    #[arg(long)]
    pub(crate) yes: bool,
    /// Who does it, for Graph, Azure and the vault: an owner of the app, not the app's own identity; the same names as
    /// --vault-credential, which it is unless told otherwise
    #[arg(long, value_name = "NAME")]
    pub(crate) operator: Option<VaultCredential>,
    /// A credential that stays, by its key id or, of a federated one, its id; may be repeated
    #[arg(long, value_name = "ID")]
    pub(crate) keep: Vec<String>,
    /// The object id of the identity that signs: it loses the right to
    #[arg(long, value_name = "GUID")]
    pub(crate) identity: Option<Uuid>,
    /// The vault's resource id [default: looked for by its name in your subscriptions]
    #[arg(long, value_name = "ID")]
    pub(crate) vault_id: Option<ResourceId>,
    /// Close the vault to public networks, too
    #[arg(long)]
    pub(crate) close_network: bool,
    /// Remove the app's owners and disable it in every tenant, too; owners could undo the rest
    #[arg(long)]
    pub(crate) disable_app: bool,
    /// How long a token lives at the longest; 24h05m where a program asks for long-lived ones
    #[arg(long, value_name = "SPAN", value_parser = duration::parse, default_value = "90m")]
    pub(crate) token_life: Duration,
    /// Where what is removed and what was done is written
    #[arg(long, value_name = "FILE", default_value = "breach-cut.json")]
    pub(crate) record: PathBuf,
    /// The database of customers and tenants, which says whom to tell
    #[arg(long, env = "KEYSTAY_TENANTS", value_name = "FILE", default_value = "tenants.db")]
    pub(crate) tenants: PathBuf,
    /// Print an object instead of words
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) settings: SettingsArguments,
}
