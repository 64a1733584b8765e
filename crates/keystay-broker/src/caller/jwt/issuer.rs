//! One issuer: its keys as they were last seen, and the tokens that were used.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use arc_swap::ArcSwapOption;
use jsonwebtoken::DecodingKey;
use parking_lot::Mutex;

use super::{
    IssuerSettings, JwtFault, Vouched,
    check::{Head, check},
    keys::KeySet,
    spent::Spent,
};
use crate::{identity::Surroundings, name::IssuerName};

/// An issuer the configuration trusts. Its keys are read when they are first needed, again when they have grown old,
/// and when a token names a key that is not among them.
pub struct Issuer {
    name: IssuerName,
    settings: IssuerSettings,
    around: Surroundings,
    keys: ArcSwapOption<Keys>,
    // one look at a time; holds when the last one began
    looked: tokio::sync::Mutex<Option<SystemTime>>,
    spent: Mutex<Spent>,
}

struct Keys {
    set: KeySet,
    since: SystemTime,
}

/// Keys older than this are read again: an issuer that withdraws one is heard.
const FRESH: Duration = Duration::from_secs(5 * 60);
/// Keys are used for so long while the issuer cannot be asked.
const USABLE: Duration = Duration::from_secs(24 * 60 * 60);
/// A look does not follow another sooner, however many tokens name keys that do not exist.
const PAUSE: Duration = Duration::from_secs(10);

impl Issuer {
    pub(super) fn new(name: IssuerName, settings: IssuerSettings, around: &Surroundings) -> Self {
        let spent = Mutex::new(Spent::new(around.clock.now()));
        let looked = tokio::sync::Mutex::new(None);
        Self { name, settings, around: around.clone(), keys: ArcSwapOption::empty(), looked, spent }
    }

    /// What the configuration says about it.
    pub fn settings(&self) -> &IssuerSettings {
        &self.settings
    }

    /// What the token proves.
    pub(super) async fn verify(self: &Arc<Self>, token: &str, head: &Head) -> Result<Vouched, JwtFault> {
        let key = self.key(head).await?;
        check(token, head, &key, &self.name, &self.settings, self.around.clock.now())
    }

    /// Marks the token as used, where it is good for one use.
    pub(super) fn spend(&self, vouched: &Vouched) -> Result<(), JwtFault> {
        if !self.settings.one_time {
            return Ok(());
        }
        self.spent.lock().add(vouched, self.around.clock.now())
    }

    async fn key(self: &Arc<Self>, head: &Head) -> Result<DecodingKey, JwtFault> {
        if let Some(key) = self.known_key(head, FRESH) {
            return Ok(key);
        }
        // in a task of its own: a caller that goes away does not take the keys from the others
        let issuer = self.clone();
        let known = self.known_key(head, USABLE);
        let look = tokio::spawn(async move { issuer.look().await });
        if let Some(key) = known {
            return Ok(key);
        }
        let _ = look.await;
        match self.known_key(head, USABLE) {
            Some(key) => Ok(key),
            None if self.keys(USABLE).is_some() => Err(JwtFault::Key),
            None => Err(JwtFault::KeysNotAvailable),
        }
    }

    fn keys(&self, age: Duration) -> Option<Arc<Keys>> {
        let keys = self.keys.load_full()?;
        passed(keys.since, self.around.clock.now()).is_some_and(|passed| passed <= age).then_some(keys)
    }

    fn known_key(&self, head: &Head, age: Duration) -> Option<DecodingKey> {
        self.keys(age)?.set.find(head.key.as_deref(), head.algorithm).cloned()
    }

    /// Reads the keys, unless somebody did just now.
    async fn look(&self) {
        let mut looked = self.looked.lock().await;
        let now = self.around.clock.now();
        if looked.and_then(|then| passed(then, now)).is_some_and(|passed| passed < PAUSE) {
            return;
        }
        *looked = Some(now);
        match self.settings.keys.read_keys(&self.around).await {
            Ok(set) => self.keys.store(Some(Arc::new(Keys { set, since: now }))),
            Err(error) => tracing::warn!(issuer = %self.name, %error, "the issuer's keys could not be read"),
        }
    }
}

/// How much time has passed; none when the clock was set back, which makes everything old.
fn passed(then: SystemTime, now: SystemTime) -> Option<Duration> {
    now.duration_since(then).ok()
}

impl fmt::Debug for Issuer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Issuer").field("name", &self.name).finish_non_exhaustive()
    }
}
