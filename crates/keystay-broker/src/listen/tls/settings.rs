//! What the configuration says about the TLS listener.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use keystay::SystemClock;

use super::server::server_config;
use crate::{config::Section, name::shorten};

/// The table `[listen.tls]`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TlsSettings {
    /// Where it listens. The port may be 0.
    pub address: SocketAddr,
    /// What it is called by its clients, besides the address and `localhost`.
    pub hosts: Vec<String>,
    /// What it shows.
    pub certificate: ServerCertificate,
    /// Whose certificates it believes of clients; nobody's without one.
    pub client_ca: Option<PathBuf>,
}

/// The certificate of the listener.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ServerCertificate {
    /// From files in PEM, read again at every reload.
    Files {
        /// The certificate and those between it and its authority.
        certificate: PathBuf,
        /// Its key.
        key: PathBuf,
    },
    /// Made at the start, for this computer.
    Own {
        /// Where the certificate of its authority is written, for programs to trust.
        ca_file: PathBuf,
    },
}

impl TlsSettings {
    pub(crate) fn read(section: &mut Section<'_>) -> Option<Self> {
        let address: Option<SocketAddr> = section.required("address", "an address such as `127.0.0.1:5617`");
        let hosts: Vec<String> = section.list("hosts").unwrap_or_default();
        if let Some(host) = hosts.iter().find(|host| !is_host(host)) {
            let name = section.name("hosts");
            section.mistake(format!("`{name}`: `{}` is not the name of a host, without a port", shorten(host)));
        }
        let client_ca = section.file("client_ca");
        let certificate = ServerCertificate::read(section);
        let settings = Self { address: address?, hosts, certificate: certificate?, client_ca };
        if let ServerCertificate::Own { .. } = settings.certificate {
            if !settings.is_loopback() {
                let name = section.name("certificate");
                section.mistake(format!(
                    "`{name}` and `key` are missing: other computers trust no certificate the broker makes"
                ));
            }
        } else if let Err(error) = server_config(&settings, None, Arc::new(SystemClock)) {
            section.mistake(format!("`listen.tls`: {error}"));
        }
        Some(settings)
    }

    /// Whether only programs on this computer come here.
    pub fn is_loopback(&self) -> bool {
        self.address.ip().is_loopback()
    }

    /// What a request may call the listener at `address`.
    pub(crate) fn names(&self, address: SocketAddr) -> Vec<String> {
        let port = address.port();
        let mut names = vec![address.to_string()];
        if address.ip().is_loopback() || address.ip().is_unspecified() {
            names.extend(["localhost", "127.0.0.1", "[::1]"].map(|host| format!("{host}:{port}")));
        }
        for host in &self.hosts {
            names.push(format!("{host}:{port}"));
            // clients leave out the usual port, and what a port is mapped to nobody here knows
            names.push(host.clone());
        }
        names
    }
}

impl ServerCertificate {
    fn read(section: &mut Section<'_>) -> Option<Self> {
        let certificate = section.file("certificate");
        let key = section.file("key");
        let ca_file = section.text("ca_file").map(PathBuf::from);
        let place = section.name("certificate");
        match (section.has("certificate"), section.has("key"), ca_file) {
            (true, true, None) => Some(Self::Files { certificate: certificate?, key: key? }),
            (false, false, Some(ca_file)) => Some(Self::Own { ca_file }),
            _ => {
                section.mistake(format!(
                    "expected `{place}` and `key`, or `ca_file` alone: where the broker writes the authority of a certificate it makes"
                ));
                None
            }
        }
    }
}

/// As the `Host` of a request has it; an address of IPv6 in brackets.
fn is_host(text: &str) -> bool {
    !text.contains(':') && matches!(url::Host::parse(text), Ok(host) if host.to_string() == text)
        || text.starts_with('[') && url::Host::parse(text).is_ok()
}
