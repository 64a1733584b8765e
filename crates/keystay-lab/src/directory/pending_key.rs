//! The key of the token service, which may still be in the making when the lab is ready.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use tokio::{
    sync::OnceCell,
    task::{JoinHandle, spawn_blocking},
};

use super::token_key::{TokenKey, TokenKeyError};

/// A key that is there, or will be in some tens of milliseconds. Clones are the same key.
#[derive(Clone, Default)]
pub(crate) struct PendingKey {
    key: Arc<OnceLock<Result<TokenKey, TokenKeyError>>>,
    /// However many wait, one thread does.
    waited: Arc<OnceCell<()>>,
}

impl PendingKey {
    /// Begins to make a key beside everything else; needs a tokio runtime. A lab that goes before it is made leaves only the
    /// rest of that work behind.
    pub(crate) fn begin() -> Self {
        let pending = Self::default();
        drop(pending.make());
        pending
    }

    /// Waits until the key is there, or cannot be made, which [`get`](Self::get) then says. May be cancelled: the work goes on.
    pub(crate) async fn made(&self) {
        if self.key.get().is_none() {
            self.waited
                .get_or_init(|| async {
                    // a thread that is lost leaves the work to `get`
                    let _lost = self.make().await;
                })
                .await;
        }
    }

    /// The key. Whoever did not await [`made`](Self::made) before waits here, with the whole thread.
    pub(crate) fn get(&self) -> Result<&TokenKey, TokenKeyError> {
        self.key.get_or_init(TokenKey::generate).as_ref().map_err(|error| *error)
    }

    /// A thread at whose end the key is made, by itself or by the one that began before.
    fn make(&self) -> JoinHandle<()> {
        let key = Arc::clone(&self.key);
        spawn_blocking(move || {
            key.get_or_init(TokenKey::generate);
        })
    }
}

impl From<TokenKey> for PendingKey {
    fn from(key: TokenKey) -> Self {
        Self { key: Arc::new(OnceLock::from(Ok(key))), waited: Arc::default() }
    }
}

impl fmt::Debug for PendingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PendingKey").field("made", &self.key.get().is_some()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_who_wait_get_the_one_key_and_who_gives_up_spoils_it_for_nobody() {
        let pending = PendingKey::begin();
        let impatient = tokio::spawn({
            let pending = pending.clone();
            async move { pending.made().await }
        });
        tokio::task::yield_now().await;
        impatient.abort();
        futures::future::join_all((0..50).map(|_| pending.made())).await;
        let kid = pending.get().unwrap().kid();
        assert_eq!(pending.clone().get().unwrap().kid(), kid);
    }

    #[test]
    fn a_key_is_there_without_anybody_having_begun_it() {
        assert!(PendingKey::default().get().is_ok());
    }

    #[tokio::test]
    async fn a_key_that_cannot_be_made_is_an_error_to_all() {
        let broken = PendingKey { key: Arc::new(OnceLock::from(Err(TokenKeyError))), waited: Arc::default() };
        broken.made().await;
        assert!(broken.get().is_err());
    }
}
