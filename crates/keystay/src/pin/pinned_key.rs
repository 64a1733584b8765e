//! A key that a pin file names, for as long as the program runs.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use futures::future::BoxFuture;
use parking_lot::RwLock;

use super::{Following, Pin, PinError, follow};
use crate::{
    client::Client,
    clock::Clock,
    key::{KeyError, SigningKey, Vault},
};

/// Turns a pin into the key that signs.
type Find = dyn Fn(Pin) -> BoxFuture<'static, Result<Arc<dyn SigningKey>, KeyError>> + Send + Sync;

/// The key a pin file names. [`follow`](Self::follow) has one client sign with whatever version the file names next;
/// every client has a pinned key of its own ([`for_another_client`](Self::for_another_client)).
///
/// ```no_run
/// # async fn example(vault: keystay::Vault) -> Result<(), Box<dyn std::error::Error>> {
/// use keystay::{Client, PinnedKey};
///
/// let pinned = PinnedKey::open(&vault, "/var/lib/keystay/graph-signer.pin").await?;
/// let client = Client::builder("6a2f1c0e-0b6c-4d0e-9b34-51f3a5d7c0aa".parse()?).key(pinned.key()).build()?;
/// let following = pinned.follow(&client); // until it is dropped
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct PinnedKey {
    path: PathBuf,
    find: Arc<Find>,
    clock: Arc<dyn Clock>,
    held: Arc<RwLock<Held>>,
}

#[derive(Clone)]
struct Held {
    pin: Pin,
    key: Arc<dyn SigningKey>,
}

impl PinnedKey {
    /// The key that the file names now, in `vault`. Reads the certificate once.
    pub async fn open(vault: &Vault, path: impl AsRef<Path> + Send) -> Result<Self, PinError> {
        let clock = vault.clock().clone();
        let vault = vault.clone();
        Self::open_with(path, clock, move |pin| {
            let vault = vault.clone();
            Box::pin(async move { Ok(Arc::new(pin.key(&vault).await?) as Arc<dyn SigningKey>) })
        })
        .await
    }

    /// As [`open`](Self::open), with a key that `find` makes of each pin: one that is counted, limited or written down.
    pub async fn open_with(
        path: impl AsRef<Path> + Send,
        clock: Arc<dyn Clock>,
        find: impl Fn(Pin) -> BoxFuture<'static, Result<Arc<dyn SigningKey>, KeyError>> + Send + Sync + 'static,
    ) -> Result<Self, PinError> {
        let path = path.as_ref().to_owned();
        let pin = Pin::read(&path)?;
        let key = find(pin.clone()).await?;
        Ok(Self { path, find: Arc::new(find), clock, held: Arc::new(RwLock::new(Held { pin, key })) })
    }

    /// The same key for another client, which follows the file by itself.
    pub fn for_another_client(&self) -> Self {
        Self { held: Arc::new(RwLock::new(self.held.read().clone())), ..self.clone() }
    }

    /// The key of the pin in use.
    pub fn key(&self) -> Arc<dyn SigningKey> {
        self.held.read().key.clone()
    }

    /// The pin in use.
    pub fn pin(&self) -> Pin {
        self.held.read().pin.clone()
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Looks at the file, and has `client` sign with the version it names. True when that is another one than before.
    ///
    /// The new version is found and checked before anything changes. **Concurrency:** one at a time.
    pub async fn take(&self, client: &Client) -> Result<bool, PinError> {
        let pin = Pin::read(&self.path)?;
        let used = self.pin();
        if pin == used {
            return Ok(false);
        }
        if pin.generation <= used.generation {
            return Err(PinError::WentBack { used: used.generation, found: pin.generation });
        }
        let key = (self.find)(pin.clone()).await?;
        client.replace_key(&key)?;
        tracing::info!(generation = pin.generation, key = key.id(), "another version signs from now on");
        *self.held.write() = Held { pin, key };
        Ok(true)
    }

    /// Has `client` follow the file, in a task of its own, until the [`Following`] is dropped.
    ///
    /// Looks every 2 seconds. A file that is missing, broken or goes back changes nothing, and neither does a version the
    /// vault does not give out: the old one goes on signing, and it is tried again.
    ///
    /// Where a directory `{file}.d` exists, the follower says there which generation it signs with, once a minute and at
    /// every change, so that whoever rotates knows when all have changed.
    pub fn follow(&self, client: &Client) -> Following {
        follow::start(self.clone(), client.clone(), self.clock.clone())
    }
}

impl fmt::Debug for PinnedKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = self.held.read();
        formatter
            .debug_struct("PinnedKey")
            .field("path", &self.path)
            .field("pin", &held.pin)
            .field("key", &held.key.id())
            .finish_non_exhaustive()
    }
}
