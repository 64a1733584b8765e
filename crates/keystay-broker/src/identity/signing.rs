//! A key whose every signature is on record.

use std::sync::Arc;

use async_trait::async_trait;
use keystay::{Certificate, Digest, Exportability, KeyError, Signature, SigningKey};
use uuid::Uuid;

use crate::{ledger::Ledger, name::IdentityName};

/// Signs as the key inside it does, and writes each signature into the ledger.
#[derive(Debug)]
pub(crate) struct LedgeredKey {
    key: Arc<dyn SigningKey>,
    identity: IdentityName,
    ledger: Arc<Ledger>,
}

impl LedgeredKey {
    pub(crate) fn new(key: Arc<dyn SigningKey>, identity: IdentityName, ledger: Arc<Ledger>) -> Self {
        Self { key, identity, ledger }
    }
}

#[async_trait]
impl SigningKey for LedgeredKey {
    fn id(&self) -> &str {
        self.key.id()
    }

    fn certificate(&self) -> &Certificate {
        self.key.certificate()
    }

    fn exportability(&self) -> Exportability {
        self.key.exportability()
    }

    async fn sign(&self, digest: &Digest, request: Uuid) -> Result<Signature, KeyError> {
        // written before the vault is asked: a signature that is made is on record even if this process dies now
        self.ledger.begins(&self.identity, self.key.id(), request);
        let outcome = self.key.sign(digest, request).await;
        self.ledger.ended(&self.identity, self.key.id(), request, outcome.as_ref().err());
        outcome
    }
}
