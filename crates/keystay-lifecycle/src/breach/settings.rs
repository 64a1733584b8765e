//! What a cut is told.

use std::{path::PathBuf, time::Duration};

use keystay::{ClientId, Cloud};
use uuid::Uuid;

use crate::resource_manager::ResourceId;

/// What a cut is told. [`new`](Self::new) has the usual values.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CutSettings {
    /// The app.
    pub app: ClientId,
    /// Its cloud.
    pub cloud: Cloud,
    /// The record: what was there, what was done. One that exists is gone on with; what was there at first stays in it.
    pub record: PathBuf,
    /// Credentials that stay, by their key id or, of federated ones, their id. None by default: the app then gets no token
    /// until it is opened again.
    pub keep: Vec<String>,
    /// Thumbprints (`x5t` or `x5t#S256`) of certificates that are known to be one's own, such as those a pin names: what
    /// tells them from a thief's while the vault cannot be asked.
    pub own: Vec<String>,
    /// The object id of the identity that may sign.
    pub identity: Option<Uuid>,
    /// The vault as a resource; needed for the role and the network.
    pub vault: Option<ResourceId>,
    /// Close the vault to public networks.
    pub close_network: bool,
    /// Remove the owners and disable the app in every tenant.
    pub disable_app: bool,
    /// How long a token lives at the longest: 90 minutes.
    pub token_life: Duration,
    /// How long a removal may take to reach all of the token service: 5 minutes, which is not documented.
    pub spread: Duration,
}

impl CutSettings {
    /// The usual values for an app.
    pub fn new(app: ClientId, record: impl Into<PathBuf>) -> Self {
        Self {
            app,
            cloud: Cloud::Public,
            record: record.into(),
            keep: Vec::new(),
            own: Vec::new(),
            identity: None,
            vault: None,
            close_network: false,
            disable_app: false,
            token_life: Duration::from_secs(5400),
            spread: Duration::from_secs(300),
        }
    }
}
