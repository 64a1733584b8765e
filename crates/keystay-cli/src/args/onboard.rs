//! `keystay onboard`: customers come in.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, Subcommand};
use keystay::Tenant;
use keystay_lifecycle::onboard::{AppRole, ProbePath, PublicUrl};

use super::{LogFormat, SettingsArguments, TenantsFile};
use crate::duration;

#[derive(Debug, Subcommand)]
pub(crate) enum OnboardCommand {
    /// Make a link for a customer's administrator, and put the customer on record
    Link(OnboardLinkArguments),
    /// Serve the pages behind the links: to Entra, back, and the proof by a real token
    Serve(Box<OnboardServeArguments>),
}

#[derive(Args, Debug)]
#[command(after_help = "\
Whoever opens the link can connect a tenant in this customer's name: send it to the
customer's administrator alone. With --tenant it works for that tenant alone. Without,
say with `keystay tenants confirm` that the tenant which came back is this customer's.

Examples:
  keystay onboard link --customer 'Contoso Ltd' --tenant contoso.com
  keystay onboard link --customer C-1017 --json")]
pub(crate) struct OnboardLinkArguments {
    /// How you call the customer: a name or a reference; the administrator reads it, too
    #[arg(long, value_name = "NAME")]
    pub(crate) customer: String,
    /// The customer's tenant, where you know it: its id or one of its verified domains
    #[arg(long, value_name = "TENANT")]
    pub(crate) tenant: Option<Tenant>,
    /// How long the link works
    #[arg(long, value_parser = duration::parse, value_name = "SPAN", default_value = "7d")]
    pub(crate) valid_for: Duration,
    /// The address by which browsers reach `onboard serve`
    #[arg(long, env = "KEYSTAY_PUBLIC_URL", value_name = "URL", default_value = "http://localhost:8400")]
    pub(crate) public_url: PublicUrl,
    #[command(flatten)]
    pub(crate) file: TenantsFile,
    /// Print an object instead of words
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Register the redirect URI it prints on the app (platform \"Web\"), letter by letter.

It speaks plain HTTP: on this computer, or behind a reverse proxy that speaks TLS with
browsers and passes `Host` on.

Signals:
  TERM, INT    stop: no new connections, 10 seconds for the requests under way;
               a consent that is being checked is checked on at the next start

Examples:
  keystay onboard serve --require User.ReadBasic.All --app-name 'Harbor Reports'
  keystay onboard serve --require User.Read.All,Group.Read.All \
    --public-url https://onboard.example.com --listen 127.0.0.1:8400")]
pub(crate) struct OnboardServeArguments {
    #[command(flatten)]
    pub(crate) required: RequiredRoles,
    /// How the app is called on the pages
    #[arg(long, env = "KEYSTAY_APP_NAME", value_name = "NAME", default_value = "The app")]
    pub(crate) app_name: String,
    /// The address by which browsers reach it [default: http://localhost and the port of --listen]
    #[arg(long, env = "KEYSTAY_PUBLIC_URL", value_name = "URL")]
    pub(crate) public_url: Option<PublicUrl>,
    /// Where it listens
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8400")]
    pub(crate) listen: SocketAddr,
    /// The key that signs `state`, for several servers behind one address; made when missing [default: in memory]
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// How long an administrator may take from the button to the way back
    #[arg(long, value_parser = duration::parse, value_name = "SPAN", default_value = "15m")]
    pub(crate) return_within: Duration,
    /// How long to wait for permissions after a consent: Entra needs minutes at times
    #[arg(long, value_parser = duration::parse, value_name = "SPAN", default_value = "5m")]
    pub(crate) patience: Duration,
    #[command(flatten)]
    pub(crate) file: TenantsFile,
    /// Print one object when it listens, instead of words
    #[arg(long)]
    pub(crate) json: bool,
    /// How the log on stderr looks; its level is set by KEYSTAY_LOG, such as `debug`
    #[arg(long, value_enum, default_value_t)]
    pub(crate) log: LogFormat,
    #[command(flatten)]
    pub(crate) settings: SettingsArguments,
}

/// What the app needs.
#[derive(Args, Debug)]
pub(crate) struct RequiredRoles {
    /// An application permission without which the app is of no use, such as `User.ReadBasic.All`; may be given again, or
    /// with commas
    #[arg(long, env = "KEYSTAY_REQUIRED_ROLES", value_name = "ROLE", value_delimiter = ',', required = true)]
    pub(crate) require: Vec<AppRole>,
    /// Try the permission, too: a path of Microsoft Graph to read, such as `/users?$top=1`
    #[arg(long, value_name = "PATH")]
    pub(crate) probe: Option<ProbePath>,
}
