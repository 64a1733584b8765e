//! All callers, and how each is recognised.

use std::{collections::HashMap, time::SystemTime};

use super::{BearerHash, Caller, CertificateHash, Evidence, JwtFault, JwtSubjects, Peer, Vouched};
use crate::{
    config::{Mistakes, Section},
    listen::ClientCertificate,
    name::{CallerName, IssuerName, shorten},
};

/// What the configuration says about one caller.
#[derive(Clone, Debug)]
pub struct CallerSettings {
    /// Its name.
    pub name: CallerName,
    /// It comes through the unix socket as this user.
    pub uid: Option<u32>,
    /// It comes through the unix socket as a user with this primary group.
    pub gid: Option<u32>,
    /// It knows a secret with one of these hashes: two while one replaces the other.
    pub bearers: Vec<BearerHash>,
    /// Its secret counts only from processes of this user.
    pub bearer_uid: Option<u32>,
    /// It shows one of these certificates.
    pub certificates: Vec<CertificateHash>,
    /// It shows a certificate of the client authority for one of these URIs.
    pub certificate_uris: Vec<String>,
    /// An issuer vouches for it.
    pub jwt: Option<JwtSubjects>,
}

impl CallerSettings {
    /// Reads them from a table `[callers.NAME]`.
    pub fn read(name: CallerName, section: &mut Section<'_>) -> Option<Self> {
        let uid = user(section, "user").or(section.parsed("uid"));
        let gid = group(section, "group").or(section.parsed("gid"));
        let bearers: Vec<BearerHash> = section.list("bearer_sha256").unwrap_or_default();
        let bearer_uid = user(section, "bearer_user");
        let jwt = section.table("jwt").and_then(|mut section| {
            let jwt = JwtSubjects::read(&mut section);
            section.end();
            jwt
        });
        let certificates: Vec<CertificateHash> = section.list("certificate_sha256").unwrap_or_default();
        let certificate_uris: Vec<String> = section.list("certificate_uri").unwrap_or_default();
        let known = [uid.is_some(), gid.is_some(), !bearers.is_empty(), section.has("jwt")];
        if !known.contains(&true) && certificates.is_empty() && certificate_uris.is_empty() {
            section.mistake(format!(
                "caller `{name}` cannot be recognised; expected `user`, `uid`, `group`, `gid`, `bearer_sha256`, `jwt`, `certificate_sha256` or `certificate_uri`"
            ));
            return None;
        }
        Some(Self { name, uid, gid, bearers, bearer_uid, certificates, certificate_uris, jwt })
    }
}

/// A user by name or number.
fn user(section: &mut Section<'_>, setting: &'static str) -> Option<u32> {
    let text = section.text(setting)?;
    let found = text.parse().ok().or_else(|| uzers::get_user_by_name(&text).map(|user| user.uid()));
    if found.is_none() {
        let name = section.name(setting);
        section.mistake(format!("`{name}`: there is no user `{text}`"));
    }
    found
}

fn group(section: &mut Section<'_>, setting: &'static str) -> Option<u32> {
    let text = section.text(setting)?;
    let found = text.parse().ok().or_else(|| uzers::get_group_by_name(&text).map(|group| group.gid()));
    if found.is_none() {
        let name = section.name(setting);
        section.mistake(format!("`{name}`: there is no group `{text}`"));
    }
    found
}

/// Recognises callers. Every way of recognition leads to one caller only.
#[derive(Clone, Debug, Default)]
pub struct Callers {
    uids: HashMap<u32, CallerName>,
    gids: HashMap<u32, CallerName>,
    bearers: HashMap<BearerHash, Bearer>,
    subjects: HashMap<IssuerName, HashMap<String, CallerName>>,
    certificates: HashMap<CertificateHash, CallerName>,
    certificate_uris: HashMap<String, CallerName>,
}

#[derive(Clone, Debug)]
struct Bearer {
    caller: CallerName,
    uid: Option<u32>,
}

/// Nobody the configuration knows.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Unknown {
    /// Nothing was presented where something must be.
    #[error("this door needs the caller's secret, and the request holds none")]
    NothingPresented,
    /// The secret is nobody's.
    #[error("the secret is not one of a caller")]
    WrongSecret,
    /// The secret is right, the user is not.
    #[error("the secret belongs to a caller that runs as another user")]
    WrongUser,
    /// The user on the socket is no caller.
    #[error("the user of this process is not one of a caller")]
    UnknownPeer,
    /// The certificate is nobody's.
    #[error("the certificate is not one of a caller")]
    UnknownCertificate,
    /// The certificate ended while the connection was open.
    #[error("the certificate of this connection has ended")]
    CertificateEnded,
    /// Secrets can be copied: they are not taken from other computers.
    #[error("secrets are taken on this computer only; show a certificate, or bring a token of an issuer")]
    SecretFromAfar,
    /// A proof that anybody could read on its way.
    #[error("the token endpoint is for TLS (`[listen.tls]`) and the unix socket only")]
    InTheClear,
    /// The token proves nothing.
    #[error(transparent)]
    Jwt(#[from] JwtFault),
    /// The process that opened the connection has ended.
    #[error("the process that opened this connection has ended")]
    Gone,
}

impl Unknown {
    /// A stable name, for scripts, metrics and the audit log.
    pub fn code(self) -> &'static str {
        match self {
            Self::NothingPresented => "nothing-presented",
            Self::WrongSecret => "wrong-secret",
            Self::WrongUser => "wrong-user",
            Self::UnknownPeer => "unknown-peer",
            Self::UnknownCertificate => "unknown-certificate",
            Self::CertificateEnded => "certificate-ended",
            Self::SecretFromAfar => "secret-from-afar",
            Self::InTheClear => "in-the-clear",
            Self::Jwt(fault) => fault.code(),
            Self::Gone => "peer-gone",
        }
    }
}

impl Callers {
    /// Sorts the callers by how they are recognised. Two with the same mark are a mistake.
    pub fn new(settings: &[CallerSettings], mistakes: &mut Mistakes) -> Self {
        let mut callers = Self::default();
        for caller in settings {
            let name = &caller.name;
            if let Some(other) = caller.uid.and_then(|uid| callers.uids.insert(uid, name.clone())) {
                mistakes.push(format!("callers `{other}` and `{name}` are the same user on the unix socket"));
            }
            if let Some(other) = caller.gid.and_then(|gid| callers.gids.insert(gid, name.clone())) {
                mistakes.push(format!("callers `{other}` and `{name}` are the same group on the unix socket"));
            }
            for hash in &caller.bearers {
                let bearer = Bearer { caller: name.clone(), uid: caller.bearer_uid };
                if let Some(other) = callers.bearers.insert(*hash, bearer) {
                    mistakes.push(format!("callers `{}` and `{name}` have the same secret", other.caller));
                }
            }
            for hash in &caller.certificates {
                if let Some(other) = callers.certificates.insert(*hash, name.clone()) {
                    mistakes.push(format!("callers `{other}` and `{name}` have the same certificate"));
                }
            }
            for uri in &caller.certificate_uris {
                if let Some(other) = callers.certificate_uris.insert(uri.clone(), name.clone()) {
                    mistakes.push(format!("callers `{other}` and `{name}` have certificates for the same URI"));
                }
            }
            if let Some(jwt) = &caller.jwt {
                let subjects = callers.subjects.entry(jwt.issuer.clone()).or_default();
                for subject in &jwt.subjects {
                    if let Some(other) = subjects.insert(subject.clone(), name.clone()) {
                        mistakes.push(format!("callers `{other}` and `{name}` are the same subject of an issuer"));
                    }
                }
            }
        }
        callers
    }

    /// The caller at the other end of a unix socket: by user, else by primary group.
    pub fn by_peer(&self, peer: &Peer) -> Result<Caller, Unknown> {
        if !peer.lives() {
            return Err(Unknown::Gone);
        }
        let name = self.uids.get(&peer.uid).or_else(|| self.gids.get(&peer.gid)).ok_or(Unknown::UnknownPeer)?;
        Ok(Caller { name: name.clone(), evidence: Evidence::Peer { uid: peer.uid, pid: peer.pid } })
    }

    /// The caller who knows this secret. `uid` finds the user at the other end; it is asked only where it matters.
    ///
    /// The secret is looked up by its hash, so the time this takes tells nothing about secrets that exist.
    pub fn by_bearer(&self, secret: &str, uid: impl FnOnce() -> Option<u32>) -> Result<Caller, Unknown> {
        if !BearerHash::could_be_secret(secret) {
            return Err(Unknown::WrongSecret);
        }
        let bearer = self.bearers.get(&BearerHash::of(secret)).ok_or(Unknown::WrongSecret)?;
        if bearer.uid.is_some() && uid() != bearer.uid {
            return Err(Unknown::WrongUser);
        }
        Ok(Caller { name: bearer.caller.clone(), evidence: Evidence::Bearer { uid: bearer.uid } })
    }

    /// The caller an issuer vouched for.
    pub fn by_token(&self, vouched: &Vouched) -> Result<Caller, Unknown> {
        let name = self.subjects.get(&vouched.issuer).and_then(|subjects| subjects.get(&vouched.subject));
        let evidence = Evidence::Jwt {
            issuer: vouched.issuer.clone(),
            subject: vouched.subject.clone(),
            jti: vouched.id.as_deref().map(shorten),
        };
        Ok(Caller { name: name.ok_or(JwtFault::Subject)?.clone(), evidence })
    }

    /// The caller with this certificate, which was verified: the certificate itself, else the URI it is for.
    pub(crate) fn by_certificate(&self, shown: &ClientCertificate, now: SystemTime) -> Result<Caller, Unknown> {
        if shown.ends < now {
            return Err(Unknown::CertificateEnded);
        }
        let by_uri = || self.certificate_uris.get(shown.uri.as_ref()?);
        let name = self.certificates.get(&shown.sha256).or_else(by_uri).ok_or(Unknown::UnknownCertificate)?;
        let evidence = Evidence::Certificate { sha256: shown.sha256, uri: shown.uri.as_deref().map(shorten) };
        Ok(Caller { name: name.clone(), evidence })
    }

    /// Whether any caller has a certificate.
    pub fn have_certificates(&self) -> bool {
        !self.certificates.is_empty() || !self.certificate_uris.is_empty()
    }

    /// Whether any caller is known by its user, and so comes to the unix socket.
    pub fn have_users(&self) -> bool {
        !self.uids.is_empty() || !self.gids.is_empty()
    }

    /// Whether any caller has a secret or a token: without one, no TCP door can be opened to anybody.
    pub fn can_come_by_tcp(&self) -> bool {
        !self.bearers.is_empty() || !self.subjects.is_empty()
    }
}
