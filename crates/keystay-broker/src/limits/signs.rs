//! How many signatures the broker asks of each vault.

use std::{collections::HashMap, fmt, sync::Arc, time::Duration};

use keystay::{Clock, Keeper, KeyKind};
use parking_lot::Mutex;

use super::{Limits, bucket::Bucket};

/// A budget per vault, below what the service is documented to do, shared by all identities that sign there. A cold
/// start of many tenants waits its turn instead of being throttled, which would hit everybody who uses the vault.
#[derive(Debug)]
pub(crate) struct SignBudgets {
    clock: Arc<dyn Clock>,
    limits: Limits,
    vaults: Mutex<HashMap<String, Arc<SignBudget>>>,
}

/// The budget of one vault.
pub(crate) struct SignBudget {
    clock: Arc<dyn Clock>,
    patience: Duration,
    signs: Mutex<Bucket>,
}

/// Operations with RSA 2048 keys in software that a vault does in ten seconds ("Azure Key Vault service limits").
const VAULT_IN_TEN_SECONDS: f64 = 4_000.0;
/// The part of it that may be used at once. What a full bucket holds and what fills it in ten seconds together stay
/// below the limit in every window of ten seconds.
const AT_ONCE: f64 = 0.1;

impl SignBudgets {
    pub(crate) fn new(limits: Limits, clock: Arc<dyn Clock>) -> Self {
        Self { clock, limits, vaults: Mutex::default() }
    }

    /// The budget of this vault: the same one whoever asks.
    pub(crate) fn of(&self, vault: &str) -> Arc<SignBudget> {
        let new = || Arc::new(SignBudget::new(&self.limits, self.clock.clone()));
        self.vaults.lock().entry(vault.to_ascii_lowercase()).or_insert_with(new).clone()
    }
}

impl SignBudget {
    fn new(limits: &Limits, clock: Arc<dyn Clock>) -> Self {
        let share = f64::from(limits.vault_percent) / 100.0 * VAULT_IN_TEN_SECONDS;
        let signs = Mutex::new(Bucket::new(share * AT_ONCE, share * (1.0 - AT_ONCE) / 10.0, clock.now()));
        Self { clock, patience: limits.sign_wait, signs }
    }

    /// Waits until the vault may be asked for a signature with a key of this kind; fails at once with the time it would
    /// take when that is too long.
    ///
    /// **Cancellation:** a turn that was taken is lost.
    pub(crate) async fn turn(&self, kind: KeyKind, keeper: Keeper) -> Result<(), Duration> {
        let wait = self.signs.lock().take(weight(kind, keeper), self.clock.now(), self.patience)?;
        if !wait.is_zero() {
            tracing::debug!(?wait, "a signature waits for its turn at the vault");
            self.clock.sleep(wait).await;
        }
        Ok(())
    }

    /// The vault throttles all the same: others use it too, or its keys are in an HSM and nobody knew.
    pub(crate) fn throttled(&self) {
        self.signs.lock().empty(self.clock.now());
    }
}

/// Signatures in ten seconds with keys of this kind alone.
///
/// Vaults: "Azure Key Vault service limits"; a key in their HSM has half of what one in software has. A Managed HSM
/// throttles nothing and signs as fast as its hardware does: "Azure Managed HSM scaling guidance", of which the figures
/// are those of one partition of three.
pub(crate) fn in_ten_seconds(kind: KeyKind, keeper: Keeper) -> u32 {
    let in_software = match kind {
        KeyKind::Rsa { bits: 3073.. } => 500,
        KeyKind::Rsa { bits: 2049.. } => 1_000,
        _ => 4_000,
    };
    match (keeper, kind) {
        (Keeper::ManagedHsm, KeyKind::Rsa { bits: 3073.. }) => 1_500,
        (Keeper::ManagedHsm, KeyKind::Rsa { bits: 2049.. }) => 3_400,
        (Keeper::ManagedHsm, KeyKind::Rsa { .. }) => 9_000,
        (Keeper::ManagedHsm, KeyKind::P384) => 1_600,
        (Keeper::ManagedHsm, KeyKind::P521) => 2_000,
        (Keeper::ManagedHsm, _) => 3_300,
        (Keeper::VaultHsm, _) => in_software / 2,
        // a vault that throttles all the same empties the budget
        _ => in_software,
    }
}

/// What a signature costs of the limit that all kinds of keys share, which is that of RSA 2048 in software.
fn weight(kind: KeyKind, keeper: Keeper) -> f64 {
    VAULT_IN_TEN_SECONDS / f64::from(in_ten_seconds(kind, keeper))
}

impl fmt::Debug for SignBudget {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SignBudget").field("patience", &self.patience).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use keystay::ManualClock;

    use super::*;

    fn budgets(limits: Limits) -> (SignBudgets, ManualClock) {
        let clock = ManualClock::new(UNIX_EPOCH);
        (SignBudgets::new(limits, Arc::new(clock.clone())), clock)
    }

    /// When each of `count` signatures that are asked for at once may be made, in milliseconds.
    fn cold_start(kind: KeyKind, keeper: Keeper, count: usize) -> Vec<u128> {
        let (budgets, clock) = budgets(Limits::default());
        let budget = budgets.of("https://a.vault.azure.net");
        let take = |_| budget.signs.lock().take(weight(kind, keeper), clock.now(), Duration::MAX).unwrap().as_millis();
        (0..count).map(take).collect()
    }

    fn most_in_ten_seconds(moments: &[u128]) -> usize {
        moments
            .iter()
            .map(|from| moments.iter().filter(|at| (*from..from + 10_000).contains(at)).count())
            .max()
            .unwrap()
    }

    #[test]
    fn no_ten_seconds_of_a_cold_start_hold_more_than_the_vault_does() {
        for (keeper, bits, limit) in [
            (Keeper::Software, 2048, 4_000),
            (Keeper::Software, 3072, 1_000),
            (Keeper::Unknown, 4096, 500),
            (Keeper::VaultHsm, 2048, 2_000),
            (Keeper::VaultHsm, 3072, 500),
            (Keeper::VaultHsm, 4096, 250),
            (Keeper::ManagedHsm, 2048, 9_000),
            (Keeper::ManagedHsm, 3072, 3_400),
            (Keeper::ManagedHsm, 4096, 1_500),
        ] {
            let moments = cold_start(KeyKind::Rsa { bits }, keeper, limit * 2);
            assert_eq!(moments.len(), limit * 2);
            let most = most_in_ten_seconds(&moments);
            assert!(most <= limit * 91 / 100, "{keeper:?} {bits}: {most}");
            // and not much less: the budget is used
            assert!(most >= limit * 85 / 100, "{keeper:?} {bits}: {most}");
        }
    }

    #[tokio::test]
    async fn identities_of_one_vault_wait_for_each_other_and_for_no_other_vault() {
        // four hundred operations in ten seconds, forty of them at once: five with RSA 4096
        let (budgets, clock) = budgets(Limits { vault_percent: 10, ..Limits::default() });
        let kind = KeyKind::Rsa { bits: 4096 };
        let (one, other) = (budgets.of("https://a.vault.azure.net"), budgets.of("https://A.vault.azure.net"));
        for _ in 0..5 {
            one.turn(kind, Keeper::Software).await.unwrap();
        }
        let waiting = tokio::spawn(async move { other.turn(kind, Keeper::Software).await });
        tokio::task::yield_now().await;
        budgets.of("https://b.vault.azure.net").turn(kind, Keeper::Software).await.unwrap();
        assert!(!waiting.is_finished());
        clock.advance(Duration::from_millis(223));
        waiting.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn who_would_wait_too_long_is_told_so_at_once() {
        let (budgets, clock) = budgets(Limits { sign_wait: Duration::ZERO, vault_percent: 10, ..Limits::default() });
        let budget = budgets.of("https://a.vault.azure.net");
        let kind = KeyKind::Rsa { bits: 4096 };
        for _ in 0..5 {
            budget.turn(kind, Keeper::Software).await.unwrap();
        }
        let wait = budget.turn(kind, Keeper::Software).await.unwrap_err();
        assert!(wait > Duration::from_millis(200) && wait < Duration::from_millis(240), "{wait:?}");
        clock.advance(wait + Duration::from_millis(1));
        budget.turn(kind, Keeper::Software).await.unwrap();
        clock.advance(Duration::from_secs(10));
        budget.throttled();
        assert!(budget.turn(kind, Keeper::Software).await.is_err());
    }
}
