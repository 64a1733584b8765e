//! Who is calling, and how that is known.

mod bearer;
mod callers;
pub(crate) mod jwt;
mod peer;

use std::fmt;

use serde::Serialize;

pub use bearer::{BearerHash, BearerHashError};
pub use callers::{CallerSettings, Callers, Unknown};
pub use jwt::{Issuer, IssuerSettings, Issuers, JwtFault, JwtSubjects, KeySource, Vouched};
pub use peer::Peer;

use crate::name::{CallerName, IssuerName};

/// A program that asks, recognised.
#[derive(Clone, Debug)]
pub struct Caller {
    /// What the configuration calls it.
    pub name: CallerName,
    /// How it was recognised, for the audit log.
    pub evidence: Evidence,
}

/// How a caller was recognised.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Evidence {
    /// The kernel said who opened the unix socket.
    Peer {
        /// The user.
        uid: u32,
        /// The process, where the system tells.
        #[serde(skip_serializing_if = "Option::is_none")]
        pid: Option<i32>,
    },
    /// It knew a secret.
    Bearer {
        /// The user on the other end, where the caller is pinned to one.
        #[serde(skip_serializing_if = "Option::is_none")]
        uid: Option<u32>,
    },
    /// An issuer vouched for it.
    Jwt {
        /// Who.
        issuer: IssuerName,
        /// For whom.
        subject: String,
        /// Which token, where it has an id; its beginning, where that is long.
        #[serde(skip_serializing_if = "Option::is_none")]
        jti: Option<String>,
    },
}

impl fmt::Display for Caller {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(formatter)
    }
}
