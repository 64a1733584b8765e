//! `keystay.toml`, as far as the broker is concerned: read as a whole, every mistake at once.

mod section;

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::Hash,
    net::SocketAddr,
    path::{Path, PathBuf},
    str::FromStr,
};

use figment::{
    Figment,
    providers::{Format, Toml},
};
use serde_json::{Map, Value};

pub use section::{Mistakes, Section};

use crate::{
    caller::{CallerSettings, Callers, IssuerSettings},
    identity::IdentitySettings,
    limits::Limits,
    listen::{ServerCertificate, TlsSettings},
    name::{IdentityName, IssuerName},
    policy::{Allowed, Names, Policy, Rule},
    telemetry::TelemetrySettings,
};

/// The tables of the configuration file that are the broker's; commands that get tokens themselves pass over them.
pub const BROKER_TABLES: [&str; 10] =
    ["listen", "identities", "issuers", "callers", "rules", "audit", "limits", "compat", "metrics", "telemetry"];

/// What the broker is told. Every value is one that can work.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file it was read from, where it was read from one.
    pub file: Option<PathBuf>,
    /// Where it listens.
    pub listen: Listen,
    /// The apps it gets tokens for.
    pub identities: BTreeMap<IdentityName, IdentitySettings>,
    /// Who vouches for callers.
    pub issuers: BTreeMap<IssuerName, IssuerSettings>,
    /// Who may call.
    pub callers: Vec<CallerSettings>,
    /// Who may have what.
    pub policy: Policy,
    /// The file of the audit log; the standard output without one.
    pub audit: Option<PathBuf>,
    /// How much anybody may ask for.
    pub limits: Limits,
    /// Whether the routes of az-kv-proxy are open.
    pub compat: bool,
    /// Where traces and numbers are sent. Whoever starts the broker makes a [`Telemetry`](crate::Telemetry) of it.
    pub telemetry: Option<TelemetrySettings>,
}

/// Where the broker listens. Changes take effect at the next start.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Listen {
    /// The unix socket: callers are known by their user.
    pub socket: Option<PathBuf>,
    /// TCP on this computer: callers are known by their secret. The port may be 0.
    pub loopback: Option<SocketAddr>,
    /// TLS: callers are known by their certificate or token, on this computer also by their secret.
    pub tls: Option<TlsSettings>,
    /// The operator's own socket.
    pub admin: Option<PathBuf>,
    /// The operator's page, on TCP of this computer. The port may be 0.
    pub dashboard: Option<SocketAddr>,
    /// The numbers alone, for Prometheus, on TCP of this computer (`[metrics]`). The port may be 0.
    pub metrics: Option<SocketAddr>,
}

/// A configuration that cannot work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// There is no such file, or it cannot be read.
    #[error("the configuration file `{}` cannot be read: {detail}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why, without a word from the file: it may hold a password.
        detail: String,
    },
    /// It was read, and cannot work.
    #[error("the configuration has {}", count(mistakes.len()))]
    Mistakes {
        /// Everything that is wrong.
        mistakes: Vec<String>,
    },
}

impl Config {
    /// Reads a file.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let unreadable = |detail: &str| ConfigError::Unreadable { path: path.to_owned(), detail: detail.to_owned() };
        if !path.is_file() {
            return Err(unreadable("there is no such file"));
        }
        untouched(path).map_err(|detail| unreadable(&detail))?;
        let document: Value = Figment::from(Toml::file_exact(path)).extract().map_err(|error| {
            // the parser's words go on to quote the line
            let words = error.to_string();
            unreadable(
                words.lines().next().filter(|line| line.starts_with("TOML parse error at")).unwrap_or("it is no TOML"),
            )
        })?;
        Ok(Self { file: Some(path.to_owned()), ..Self::read(&document)? })
    }

    /// Reads a document that was parsed.
    pub fn read(document: &Value) -> Result<Self, ConfigError> {
        let empty = Map::new();
        let mut mistakes = Mistakes::default();
        let mut root = Section::root(document.as_object().unwrap_or(&empty), &mut mistakes);
        // the one identity of commands that get tokens themselves may stand in the same file
        root.ignore(&[
            "client_id",
            "home_tenant",
            "cloud",
            "algorithm",
            "refuse_exportable",
            "vault_credential",
            "key",
        ]);

        let mut listen = root.table("listen").map(Listen::read).unwrap_or_default();
        listen.metrics = root.table("metrics").and_then(|mut section| {
            let address = on_this_computer(&mut section, "listen", "127.0.0.1:9464");
            section.end();
            address
        });
        let identities: BTreeMap<_, _> = root
            .each_table("identities", |name, section| {
                let name = named(name, section);
                let settings = IdentitySettings::read(section);
                // without it, nobody could refuse a caller the tokens that register another key
                if section.has("home_tenant") {
                    if let Some(IdentitySettings { home_tenant: Some(tenant), .. }) = &settings
                        && tenant.as_uuid().is_none()
                    {
                        let setting = section.name("home_tenant");
                        section.mistake(format!("`{setting}` is `{tenant}`; expected the tenant's id, a GUID"));
                    }
                } else {
                    let setting = section.name("home_tenant");
                    section.mistake(format!(
                        "`{setting}` is missing; expected the id of the tenant the app is registered in"
                    ));
                }
                Some((name?, settings?))
            })
            .into_iter()
            .collect();
        let issuers: BTreeMap<IssuerName, IssuerSettings> = root
            .each_table("issuers", |name, section| {
                let name = named(name, section);
                let settings = IssuerSettings::read(section);
                Some((name?, settings?))
            })
            .into_iter()
            .collect();
        let callers = root.each_table("callers", |name, section| CallerSettings::read(named(name, section)?, section));
        let known = Known { identities: names_of(document, "identities"), callers: names_of(document, "callers") };
        let rules = root.each_entry("rules", |_, section| rule(section, &known));
        let audit = root.table("audit").and_then(|mut audit| {
            let file = audit.text("file").map(PathBuf::from);
            audit.end();
            file
        });
        let limits = root.table("limits").map(Limits::read).unwrap_or_default();
        let compat = root.one_of("compat", &[("az-kv-proxy", true)]).unwrap_or(false);
        let telemetry = root.table("telemetry").and_then(TelemetrySettings::read);
        root.end();

        vouching(&issuers, &callers, &names_of(document, "issuers"), &mut mistakes);
        let recognised = Callers::new(&callers, &mut mistakes);
        let can_lease = listen.socket.is_some() && recognised.have_users();
        if listen.loopback.is_some() && !can_lease && !recognised.can_come_by_tcp() {
            mistakes.push(
                "`listen.loopback` needs callers with `bearer_sha256` or `jwt`, or with `uid` or `gid` and `listen.socket`, \
                 where they take leases: TCP does not tell who calls",
            );
        }
        if let Some(tls) = &listen.tls {
            who_comes_by_tls(tls, !issuers.is_empty(), &recognised, &mut mistakes);
        }
        if listen.socket.is_none() && listen.loopback.is_none() && listen.tls.is_none() && !tls_given(document) {
            mistakes.push("`listen` opens no door; expected `socket`, `loopback` or `[listen.tls]`");
        }
        if !mistakes.is_empty() {
            return Err(ConfigError::Mistakes { mistakes: mistakes.into_vec() });
        }
        let policy = Policy::new(rules);
        Ok(Self { file: None, listen, identities, issuers, callers, policy, audit, limits, compat, telemetry })
    }

    /// The callers, sorted by how they are recognised.
    pub fn recognise(&self) -> Callers {
        Callers::new(&self.callers, &mut Mistakes::default())
    }
}

/// Whether nobody else can change the file: it says who gets tokens.
fn untouched(path: &Path) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt;
    const GROUP_WRITES: u32 = 0o020;
    const OTHERS_WRITE: u32 = 0o002;
    let file = std::fs::metadata(path).map_err(|error| error.to_string())?;
    let (user, group) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    if file.uid() != 0 && file.uid() != user {
        return Err(format!("it belongs to user {}, who could change who gets tokens; `chown` it", file.uid()));
    }
    // many systems give each user a group of its own and let it write
    let by_group = file.mode() & GROUP_WRITES != 0 && file.gid() != group;
    if by_group || file.mode() & OTHERS_WRITE != 0 {
        return Err("others can write it, and so change who gets tokens; `chmod go-w` it".into());
    }
    Ok(())
}

impl Listen {
    /// Whether a running broker cannot become one that listens like this. Certificates can be exchanged.
    pub(crate) fn needs_restart(&self, next: &Self) -> bool {
        let mut next = next.clone();
        if let (Some(next), Some(tls)) = (&mut next.tls, &self.tls) {
            let from_files = |settings: &TlsSettings| matches!(settings.certificate, ServerCertificate::Files { .. });
            if from_files(next) && from_files(tls) {
                next.certificate = tls.certificate.clone();
            }
            next.client_ca.clone_from(&tls.client_ca);
        }
        *self != next
    }

    fn read(mut section: Section<'_>) -> Self {
        let loopback = on_this_computer(&mut section, "loopback", "127.0.0.1:5616");
        let tls = section.table("tls").and_then(|mut section| {
            let tls = TlsSettings::read(&mut section);
            section.end();
            tls
        });
        let dashboard = on_this_computer(&mut section, "dashboard", "127.0.0.1:0");
        if section.has("dashboard") && !section.has("admin") {
            section.mistake("`listen.dashboard` needs `listen.admin`: the links that open it are made there");
        }
        let listen = Self {
            socket: section.text("socket").map(PathBuf::from),
            loopback,
            tls,
            admin: section.text("admin").map(PathBuf::from),
            dashboard,
            metrics: None,
        };
        section.end();
        listen
    }
}

/// An address that no other computer reaches.
fn on_this_computer(section: &mut Section<'_>, setting: &'static str, example: &str) -> Option<SocketAddr> {
    let address: SocketAddr = section.parsed(setting)?;
    if !address.ip().is_loopback() {
        let name = section.name(setting);
        section.mistake(format!("`{name}` is `{address}`; expected an address of this computer such as `{example}`"));
    }
    Some(address)
}

/// Everybody can reach a port: somebody must be able to prove who they are there.
fn who_comes_by_tls(tls: &TlsSettings, issuers: bool, callers: &Callers, mistakes: &mut Mistakes) {
    if callers.have_certificates() && tls.client_ca.is_none() {
        mistakes.push("callers with certificates need `listen.tls.client_ca`: whose certificates are believed");
    }
    if !tls.is_loopback() && tls.client_ca.is_none() && !issuers {
        mistakes.push(format!(
            "`listen.tls.address` is `{}`; from other computers callers come by certificate or token, which needs `listen.tls.client_ca` or `[issuers.NAME]`",
            tls.address
        ));
    } else if tls.client_ca.is_none() && !callers.can_come_by_tcp() {
        mistakes.push("`[listen.tls]` needs callers with `bearer_sha256`, `jwt` or certificates");
    }
}

fn tls_given(document: &Value) -> bool {
    document["listen"]["tls"].is_object()
}

/// A token says in `iss` whose it is, so that must name one issuer; and whoever vouches must be known.
fn vouching(
    issuers: &BTreeMap<IssuerName, IssuerSettings>,
    callers: &[CallerSettings],
    known: &BTreeSet<String>,
    mistakes: &mut Mistakes,
) {
    let mut urls = BTreeMap::new();
    for (name, settings) in issuers {
        if let Some(other) = urls.insert(&settings.issuer, name) {
            mistakes.push(format!("issuers `{other}` and `{name}` have the same `issuer`"));
        }
    }
    for caller in callers {
        if let Some(jwt) = caller.jwt.as_ref().filter(|jwt| !known.contains(jwt.issuer.as_str())) {
            mistakes.push(format!("`callers.{}.jwt.issuer`: there is no `[issuers.{}]`", caller.name, jwt.issuer));
        }
    }
}

/// The names rules may use. Also those whose table is wrong: one mistake is told once.
struct Known {
    identities: BTreeSet<String>,
    callers: BTreeSet<String>,
}

fn names_of(document: &Value, table: &str) -> BTreeSet<String> {
    document[table].as_object().map(|table| table.keys().cloned().collect()).unwrap_or_default()
}

fn rule(section: &mut Section<'_>, known: &Known) -> Option<Rule> {
    let callers = names(section, "callers", &known.callers);
    let identities = names(section, "identities", &known.identities);
    let tenants = allowed(section, "tenants");
    let scopes = allowed(section, "scopes");
    Some(Rule { callers: callers?, identities: identities?, tenants: tenants?, scopes: scopes? })
}

/// Names that exist, at least one.
fn names(section: &mut Section<'_>, setting: &'static str, known: &BTreeSet<String>) -> Option<Names> {
    let place = section.name(setting);
    let Some(names) = section.list::<String>(setting) else {
        if !section.has(setting) {
            section.mistake(format!("`{place}` is missing; expected names from `[{setting}.NAME]`"));
        }
        return None;
    };
    for name in names.iter().filter(|name| !known.contains(*name)) {
        section.mistake(format!("`{place}`: there is no `[{setting}.{}]`", crate::name::shorten(name)));
    }
    if names.is_empty() {
        section.mistake(format!("`{place}` is empty: the rule allows nothing"));
    }
    Some(Names(names.into_iter().collect()))
}

/// A list, or `"*"` for all.
fn allowed<T>(section: &mut Section<'_>, setting: &'static str) -> Option<Allowed<T>>
where
    T: FromStr<Err: std::fmt::Display> + Eq + Hash,
{
    let place = section.name(setting);
    if !section.has(setting) {
        section.ignore(&[setting]);
        section.mistake(format!("`{place}` is missing; expected a list, or `\"*\"` for all"));
        return None;
    }
    let texts = section.list::<String>(setting)?;
    if texts.iter().any(|text| text == "*") {
        if texts.len() > 1 {
            section.mistake(format!("`{place}` holds `*` and more; expected one or the other"));
        }
        return Some(Allowed::Any);
    }
    if texts.is_empty() {
        section.mistake(format!("`{place}` is empty: the rule allows nothing"));
    }
    Some(Allowed::These(section.list::<T>(setting)?.into_iter().collect()))
}

fn named<T: FromStr<Err: std::fmt::Display>>(name: &str, section: &mut Section<'_>) -> Option<T> {
    name.parse().map_err(|error: T::Err| section.mistake(error.to_string())).ok()
}

fn count(mistakes: usize) -> String {
    if mistakes == 1 { "one mistake".into() } else { format!("{mistakes} mistakes") }
}

#[cfg(test)]
mod tests;
