//! Every signature, with the id by which Key Vault's own log knows it.

use std::sync::Arc;

use keystay::{Clock, KeyError};
use serde::Serialize;
use uuid::Uuid;

use crate::{journal::Journal, metrics::Signs, name::IdentityName};

/// Writes two lines per signature: one before the vault is asked, one when it has answered.
///
/// `correlation_id` is sent to the vault as the request's id and appears in its `AuditEvent` as `correlationId`
/// ("Azure Key Vault logging"): a signature in the vault's log without a line here was made by somebody else.
#[derive(Debug)]
pub struct Ledger {
    journal: Arc<Journal>,
    signs: Arc<Signs>,
    clock: Arc<dyn Clock>,
}

/// One line of the ledger.
#[derive(Debug, Serialize)]
struct Line<'a> {
    event: &'static str,
    identity: &'a IdentityName,
    key: &'a str,
    correlation_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
}

impl Ledger {
    /// A ledger in this journal, which also counts.
    pub(crate) fn new(journal: Arc<Journal>, signs: Arc<Signs>, clock: Arc<dyn Clock>) -> Self {
        Self { journal, signs, clock }
    }

    pub(crate) async fn begins(&self, identity: &IdentityName, key: &str, correlation_id: Uuid) {
        self.signs.begins(key, self.clock.now());
        self.journal.write_through(&Line { event: "sign-begins", identity, key, correlation_id, error: None }).await;
    }

    pub(crate) fn ended(&self, identity: &IdentityName, key: &str, correlation_id: Uuid, error: Option<&KeyError>) {
        self.signs.ended(identity, error);
        let event = if error.is_none() { "signed" } else { "sign-failed" };
        self.journal.write(&Line { event, identity, key, correlation_id, error: error.map(KeyError::code) });
    }
}
