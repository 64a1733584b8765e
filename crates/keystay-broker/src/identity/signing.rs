//! A key whose every signature is on record, and within the budget of its vault.

use std::sync::Arc;

use async_trait::async_trait;
use keystay::{Certificate, Digest, Exportability, Keeper, KeyError, KeyErrorKind, Signature, SigningKey};
use uuid::Uuid;

use crate::{ledger::Ledger, limits::SignBudget, name::IdentityName};

/// Signs as the key inside it does, and writes each signature into the ledger.
#[derive(Debug)]
pub(crate) struct LedgeredKey {
    key: Arc<dyn SigningKey>,
    identity: IdentityName,
    ledger: Arc<Ledger>,
    budget: Option<Arc<SignBudget>>,
}

impl LedgeredKey {
    /// Without a budget, as fast as the key can.
    pub(crate) fn new(
        key: Arc<dyn SigningKey>,
        identity: IdentityName,
        ledger: Arc<Ledger>,
        budget: Option<Arc<SignBudget>>,
    ) -> Self {
        Self { key, identity, ledger, budget }
    }

    /// Waits for a turn at the vault, if that comes soon enough.
    async fn turn(&self) -> Result<(), KeyError> {
        let Some(budget) = &self.budget else { return Ok(()) };
        budget.turn(self.key.certificate().key_kind(), self.key.keeper()).await.map_err(|wait| {
            KeyError::new(self.key.id(), KeyErrorKind::Throttled { retry_after: Some(wait) })
                .with_detail("by the broker: its budget of signatures for this vault is spoken for, see `[limits]`")
        })
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

    fn keeper(&self) -> Keeper {
        self.key.keeper()
    }

    async fn sign(&self, digest: &Digest, request: Uuid) -> Result<Signature, KeyError> {
        self.turn().await?;
        // written before the vault is asked: a signature that is made is on record even if this process dies now
        self.ledger.begins(&self.identity, self.key.id(), request).await;
        let outcome = self.key.sign(digest, request).await;
        if let (Some(budget), Err(error)) = (&self.budget, &outcome)
            && matches!(error.kind(), KeyErrorKind::Throttled { .. })
        {
            budget.throttled();
        }
        self.ledger.ended(&self.identity, self.key.id(), request, outcome.as_ref().err());
        outcome
    }
}
