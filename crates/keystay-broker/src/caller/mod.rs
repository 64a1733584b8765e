//! Who is calling, and how that is known.

mod bearer;
mod callers;
mod certificate;
pub(crate) mod jwt;
mod leases;
mod peer;
mod sha256;

use std::{fmt, sync::Arc};

use serde::Serialize;
use uuid::Uuid;

pub use bearer::{BearerHash, BearerHashError};
pub use callers::{CallerSettings, Callers, Unknown};
pub use certificate::{CertificateHash, CertificateHashError};
pub use jwt::{Issuer, IssuerSettings, Issuers, JwtFault, JwtSubjects, KeySource, Vouched};
pub use leases::{Hold, Lease, LeaseDenial, Leases};
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
    /// It showed a certificate in the TLS handshake.
    Certificate {
        /// Which.
        sha256: CertificateHash,
        /// The URI it is for, where it is for one.
        #[serde(skip_serializing_if = "Option::is_none")]
        uri: Option<String>,
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
    /// It knew the secret of a lease this caller took.
    Lease {
        /// The lease, as the journal calls it.
        id: Uuid,
        /// What it is for.
        #[serde(skip)]
        lease: Arc<Lease>,
    },
}

impl Evidence {
    /// The user at the other end, where it is part of the evidence.
    pub fn uid(&self) -> Option<u32> {
        match self {
            Self::Peer { uid, .. } => Some(*uid),
            Self::Bearer { uid } => *uid,
            _ => None,
        }
    }
}

impl Caller {
    /// The lease by which it was recognised: it has no more than that is for.
    pub fn lease(&self) -> Option<&Lease> {
        match &self.evidence {
            Evidence::Lease { lease, .. } => Some(lease),
            _ => None,
        }
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(formatter)
    }
}
