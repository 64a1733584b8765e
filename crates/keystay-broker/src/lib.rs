//! Tokens for every program on the host, the right to sign for none of them.
//!
//! A [`Broker`] has identities (an app and the key that proves it), knows callers (a user on the unix socket, the holder
//! of a secret), and decides by a policy which caller may have a token of which identity, in which tenant, for which
//! scope. What leaves it is access tokens, never an assertion or a signature: whoever breaks into a caller walks off with
//! tokens that live 60 to 90 minutes.
//!
//! ```text
//! a request
//!   -> listen   a connection, and what the kernel says about its other end
//!   -> guard    nothing a web page or a proxy could have sent
//!   -> doors    one shape per kind of client; all lead to
//!   -> desk     caller recognised, policy asked, token fetched, journal written
//!   -> identity the app, through `keystay::Client`: cache, assertion, key, exchange
//! ```

mod admin;
mod broker;
mod caller;
mod config;
mod dashboard;
mod desk;
mod doors;
mod exposure;
mod guard;
mod identity;
mod journal;
mod ledger;
mod limits;
mod listen;
mod metrics;
mod name;
mod policy;
mod process;
mod reload;
mod telemetry;
pub mod watch;

pub use admin::admin_routes;
pub use broker::{Broker, StartError};
pub use caller::{
    BearerHash, BearerHashError, Caller, CallerSettings, Callers, CertificateHash, CertificateHashError, Evidence,
    Hold, Issuer, IssuerSettings, Issuers, JwtFault, JwtSubjects, KeySource, Lease, LeaseDenial, Leases, Peer, Unknown,
    Vouched,
};
pub use config::{BROKER_TABLES, Config, ConfigError, Listen, Mistakes, Section};
pub use dashboard::dashboard_routes;
pub use desk::{Ask, Desk, Granted, LeaseHold, Refused, Setup};
pub use doors::{Route, openapi, routes};
pub use identity::{ConnectError, Connected, Identities, Identity, IdentitySettings, Proof, Surroundings};
pub use journal::Journal;
pub use ledger::Ledger;
pub use limits::Limits;
pub use listen::{ServerCertificate, TlsError, TlsSettings};
pub use metrics::{METRICS, Metric, MetricKind};
pub use name::{CallerName, IdentityName, IssuerName, NameError};
pub use policy::{Allowed, Decision, Denial, Forbidden, Names, Policy, Question, Rule};
pub use process::{Hardening, harden};
pub use reload::{ReloadError, Reloaded, Reloading};
pub use telemetry::{CollectorError, SamplingRatio, Telemetry, TelemetrySettings};
