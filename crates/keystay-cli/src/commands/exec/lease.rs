//! A lease, held and taken again.

use std::{convert::Infallible, time::Duration};

use anyhow::Context;
use keystay::Secret;
use keystay_broker::BearerHash;
use reqwest::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{args::ExecArguments, commands::door::Door, diagnostics::Failure, printer::Printer};

/// How long a broker that starts again may be gone before it is looked for once more.
const PAUSE: Duration = Duration::from_millis(500);

/// A secret that is worth something while this is held.
pub(super) struct Lease {
    door: Door,
    request: Value,
    pub(super) terms: Terms,
    // the connection is the lease
    connection: Response,
}

/// What the broker says about a lease.
#[derive(Deserialize)]
pub(super) struct Terms {
    pub(super) lease: String,
    pub(super) endpoint: String,
}

impl Lease {
    /// Takes it. The broker learns the hash of the secret, so that the same secret works again with a broker that was
    /// started anew.
    pub(super) async fn take(door: Door, arguments: &ExecArguments, secret: &Secret) -> Result<Self, Failure> {
        let request = json!({
            "identity": arguments.identity,
            "tenant": arguments.tenant.to_string(),
            "scopes": arguments.scope.iter().map(keystay::Scopes::as_str).collect::<Vec<_>>(),
            "secret_sha256": BearerHash::of(secret.expose()).to_hex(),
        });
        let (terms, connection) = ask(&door, &request).await?;
        Ok(Self { door, request, terms, connection })
    }

    /// Holds it, and takes it again when the broker has ended it, for as long as it is waited for.
    pub(super) async fn keep(&mut self, printer: &mut Printer) -> Infallible {
        loop {
            // the answer goes on without a word until the broker ends it
            while let Ok(Some(_)) = self.connection.chunk().await {}
            printer.warning(format_args!(
                "the broker on `{}` ended the lease; the program gets no new tokens until it is taken again",
                self.door.socket().display()
            ));
            let mut told = String::new();
            let (terms, connection) = loop {
                match ask(&self.door, &self.request).await {
                    Ok(taken) => break taken,
                    Err(failure) => {
                        // the same words once
                        let words = failure.report().map(|report| report.message.clone()).unwrap_or_default();
                        if words != told {
                            printer.failure(&failure);
                            told = words;
                        }
                        tokio::time::sleep(PAUSE).await;
                    }
                }
            };
            if terms.endpoint == self.terms.endpoint {
                printer.note("the lease is taken again");
            } else {
                printer.warning("the broker listens elsewhere now; the program has to be started again");
            }
            self.connection = connection;
        }
    }
}

async fn ask(door: &Door, request: &Value) -> Result<(Terms, Response), Failure> {
    let mut connection = door.post("/v1/leases", request).await?;
    let mut line = Vec::new();
    while !line.contains(&b'\n') {
        let more = connection.chunk().await.context("the broker's answer broke off")?;
        line.extend_from_slice(&more.context("the broker's answer broke off")?);
    }
    let terms = serde_json::from_slice(&line).context("the broker's answer makes no sense")?;
    Ok((terms, connection))
}
