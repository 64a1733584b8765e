//! The key of the token service, which may still be in the making when the lab is ready.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use tokio::sync::watch;

use super::token_key::{TokenKey, TokenKeyError};

/// A key that is there, or will be in some tens of milliseconds. Clones are the same key.
#[derive(Clone)]
pub(crate) struct PendingKey {
    key: Arc<OnceLock<Result<TokenKey, TokenKeyError>>>,
    /// Closes when nobody is making the key, or not any more.
    making: watch::Receiver<()>,
}

impl PendingKey {
    /// A key that somebody is making. Needs a tokio runtime; when that ends before, the work is given up with it.
    pub(crate) fn of(made: impl Future<Output = Result<TokenKey, TokenKeyError>> + Send + 'static) -> Self {
        let key = Arc::default();
        let (at_work, making) = watch::channel(());
        let pending = Self { key, making };
        let key = Arc::clone(&pending.key);
        tokio::spawn(async move {
            // `get` may have been quicker
            let _late = key.set(made.await);
            drop(at_work);
        });
        pending
    }

    /// Waits until the key is there, or cannot be made, which [`get`](Self::get) then says. May be cancelled: the work goes on.
    pub(crate) async fn made(&self) {
        if self.key.get().is_none() {
            // nothing is ever sent: what comes is the end
            let _end = self.making.clone().changed().await;
        }
    }

    /// The key. Whoever did not await [`made`](Self::made) before makes one here, and it is everybody's.
    pub(crate) fn get(&self) -> Result<&TokenKey, TokenKeyError> {
        self.key.get_or_init(TokenKey::generate).as_ref().map_err(|error| *error)
    }
}

impl From<TokenKey> for PendingKey {
    fn from(key: TokenKey) -> Self {
        Self { key: Arc::new(OnceLock::from(Ok(key))), making: watch::channel(()).1 }
    }
}

impl fmt::Debug for PendingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PendingKey").field("made", &self.key.get().is_some()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use futures::future::{join_all, pending};
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn all_who_wait_get_the_one_key_and_who_gives_up_spoils_it_for_nobody() {
        let (hand_over, awaited) = oneshot::channel();
        let key = PendingKey::of(async { awaited.await.map_err(|_| TokenKeyError) });
        let impatient = tokio::spawn({
            let key = key.clone();
            async move { key.made().await }
        });
        tokio::task::yield_now().await;
        impatient.abort();
        let made = TokenKey::generate().unwrap();
        let kid = made.kid().to_owned();
        hand_over.send(made).unwrap();
        join_all((0..50).map(|_| key.made())).await;
        assert_eq!(key.get().unwrap().kid(), kid);
    }

    #[tokio::test]
    async fn who_cannot_wait_makes_the_key_himself() {
        let key = PendingKey::of(pending());
        let kid = key.get().unwrap().kid();
        key.made().await;
        assert_eq!(key.clone().get().unwrap().kid(), kid);
    }

    #[tokio::test]
    async fn a_key_that_cannot_be_made_is_an_error_to_all() {
        let broken = PendingKey::of(async { Err(TokenKeyError) });
        broken.made().await;
        assert!(broken.get().is_err());
    }
}
