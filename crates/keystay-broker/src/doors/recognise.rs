//! From a request to a caller.

use super::Shared;
use crate::{
    caller::{Caller, Issuers, Unknown},
    desk::Setup,
    listen::{Connection, Origin},
};

/// The caller, by the secret or the token it presents, else by what the kernel says about the unix socket. Who is not recognised is
/// put on record.
///
/// A secret that is wrong is refused also where the socket would have been enough: a caller that presents one means to
/// be that one.
pub(crate) async fn recognise(
    shared: &Shared,
    connection: &Connection,
    secret: Option<&str>,
    door: &'static str,
) -> Result<Caller, Unknown> {
    let setup = shared.desk.setup();
    let found = match (secret, &connection.origin) {
        (Some(token), _) if Issuers::could_be_token(token) => by_token(&setup, token).await,
        (Some(_), _) if !connection.is_local() => Err(Unknown::SecretFromAfar),
        (Some(secret), _) => {
            let leased = shared.desk.leases().by_secret(secret, || connection.uid());
            leased.unwrap_or_else(|| setup.callers.by_bearer(secret, || connection.uid()))
        }
        (None, Origin::Unix(peer)) => setup.callers.by_peer(peer),
        (None, Origin::Tls { certificate: Some(shown), .. }) => {
            setup.callers.by_certificate(shown, shared.desk.clock().now())
        }
        (None, Origin::Tcp { .. } | Origin::Tls { .. }) => Err(Unknown::NothingPresented),
    };
    match (&found, connection.trace) {
        (Err(why), _) => shared.desk.turned_away(door, &connection.to_string(), *why),
        (Ok(_), Some(trace)) => trace.adopt(),
        (Ok(_), None) => {}
    }
    found
}

async fn by_token(setup: &Setup, token: &str) -> Result<Caller, Unknown> {
    let vouched = setup.issuers.verify(token).await?;
    let caller = setup.callers.by_token(&vouched)?;
    // last: a token that opens nothing is not used up
    setup.issuers.spend(&vouched)?;
    Ok(caller)
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::UNIX_EPOCH};

    use serde_json::json;

    use super::*;
    use crate::{
        caller::{BearerHash, CertificateHash},
        config::Config,
        desk::Desk,
        identity::Surroundings,
        journal::Journal,
        listen::ClientCertificate,
    };

    const SECRET: &str = "planted-secret-of-reports-0123456789abcdefghijkl";

    fn shared() -> (Shared, std::path::PathBuf) {
        let config = Config::read(&json!({
            "listen": { "loopback": "127.0.0.1:0" },
            "callers": { "reports": { "bearer_sha256": BearerHash::of(SECRET).to_hex() } },
        }));
        let around = Surroundings::default();
        let file = std::env::temp_dir().join(format!("keystay-recognise-{}.jsonl", uuid::Uuid::new_v4()));
        let journal = Journal::open(Some(file.clone()), around.clock.clone()).unwrap();
        (Shared { desk: Arc::new(Desk::new(&config.unwrap(), around, journal)), loopback: None }, file)
    }

    fn tls(local: &str, certificate: Option<ClientCertificate>) -> Connection {
        let certificate = certificate.map(Arc::new);
        Connection::tls("192.0.2.7:5000".parse().unwrap(), local.parse().unwrap(), certificate)
    }

    #[tokio::test]
    async fn a_secret_is_taken_on_this_computer_only() {
        let (shared, file) = shared();
        let asked = async |local| recognise(&shared, &tls(local, None), Some(SECRET), "test").await;
        assert_eq!(asked("127.0.0.1:443").await.unwrap().name.as_str(), "reports");
        assert_eq!(asked("[::1]:443").await.unwrap().name.as_str(), "reports");
        for afar in ["192.0.2.1:443", "[2001:db8::1]:443"] {
            assert_eq!(asked(afar).await.unwrap_err(), Unknown::SecretFromAfar);
        }
        std::fs::remove_file(file).unwrap();
    }

    #[tokio::test]
    async fn a_certificate_does_not_outlive_its_end_on_an_open_connection() {
        let (shared, file) = shared();
        let shown = ClientCertificate { sha256: CertificateHash::of(b"certificate"), uri: None, ends: UNIX_EPOCH };
        let connection = tls("127.0.0.1:443", Some(shown));
        assert_eq!(recognise(&shared, &connection, None, "test").await.unwrap_err(), Unknown::CertificateEnded);
        std::fs::remove_file(file).unwrap();
    }
}
