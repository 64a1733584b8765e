//! `keystay rotate`: a new version in the old one's place.

use std::{path::PathBuf, time::Duration};

use clap::{ArgGroup, Args};
use keystay::{Tenant, VaultCredential};

use super::SettingsArguments;
use crate::duration;

#[derive(Args, Debug)]
#[command(
    group = ArgGroup::new("due").multiple(false),
    after_help = "\
Without --yes it tells what it found and what it would do, and changes nothing.
With --yes it does it, one step after the other: create a new version, register it with a
proof by the old one, get real tokens by it, set the pin, wait until no assertion of the old
one is left, remove and disable the old one, write the record.

It keeps no state: killed at any point and run again, it goes on from what it finds. A
version that is there but not yet used is brought to its end whether or not one is due, so
a timer may run it every day.

Programs follow the pin file without a restart: `pin` in keystay.toml, or PinnedKey in Rust.
A program that does not follow it loses its access when the old certificate is removed.

Exit codes: 0 done or nothing to do, 1 it stopped (run it again), 2 wrong arguments.

Examples:
  keystay rotate --pin graph-signer.pin --probe customer.example
  keystay rotate --pin graph-signer.pin --probe customer.example --operator azure-cli --yes
  keystay rotate --pin graph-signer.pin --probe customer.example --older-than 20d --yes --json"
)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub(crate) struct RotateArguments {
    /// Do it; without, only tell what would be done
    #[arg(long)]
    pub(crate) yes: bool,
    /// Only tell what would be done, also where --yes is given
    #[arg(long)]
    pub(crate) plan: bool,
    /// A tenant that has consented, to try the new version in before it is used; may be repeated
    #[arg(long, value_name = "TENANT")]
    pub(crate) probe: Vec<Tenant>,
    /// Who does it, for Graph and the vault: an owner of the app that may make and disable versions; the same names as
    /// --vault-credential, which it is unless told otherwise
    #[arg(long, value_name = "NAME")]
    pub(crate) operator: Option<VaultCredential>,
    /// Rotate when so many hundredths of the certificate's life have passed
    #[arg(long, value_name = "PERCENT", default_value_t = 50, value_parser = clap::value_parser!(u8).range(1..=100), group = "due")]
    pub(crate) after: u8,
    /// Rotate when the version in use was made longer ago than this
    #[arg(long, value_name = "SPAN", value_parser = duration::parse, group = "due")]
    pub(crate) older_than: Option<Duration>,
    /// Rotate now, however young the version in use is
    #[arg(long, group = "due")]
    pub(crate) now: bool,
    /// How long both certificates stay registered: at least the longest life of an assertion (10 minutes)
    #[arg(long, value_name = "SPAN", value_parser = duration::parse, default_value = "15m")]
    pub(crate) overlap: Duration,
    /// How long the token service may take to learn of the new certificate
    #[arg(long, value_name = "SPAN", value_parser = duration::parse, default_value = "30m")]
    pub(crate) patience: Duration,
    /// Where the record goes, a line of JSON per rotation; beside the pin unless told otherwise
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
    /// Register the certificate as an owner, without a proof, when no version is left that could sign one
    #[arg(long)]
    pub(crate) break_glass: bool,
    /// Print an object instead of words
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) settings: SettingsArguments,
}
