//! What a rotation is told.

use std::{
    path::PathBuf,
    time::{Duration, SystemTime},
};

use keystay::{ClientId, Cloud, MAX_LIFETIME, Tenant};

/// When the version in use has had its time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Due {
    /// When this share of its life has passed, from 0 to 1.
    Share(f64),
    /// When it was made before this moment.
    MadeBefore(SystemTime),
}

/// What a rotation is told. [`new`](Self::new) has the usual values.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RotationSettings {
    /// The app.
    pub app: ClientId,
    /// Its cloud.
    pub cloud: Cloud,
    /// The pin file. Where it does not exist, it is made for the version that is registered now.
    pub pin: PathBuf,
    /// The record, a line of JSON per rotation; beside the pin unless told otherwise.
    pub record: PathBuf,
    /// When to rotate: half way through a certificate's life unless told otherwise. A rotation that was begun is always
    /// brought to its end.
    pub due: Due,
    /// Tenants in which the new version is tried before it is used.
    pub samples: Vec<Tenant>,
    /// How many tokens in a row each of them must give out: 5.
    pub probes: u32,
    /// How long the token service may take to learn of a certificate: 30 minutes.
    pub patience: Duration,
    /// How long the old certificate stays after the pin was changed: the longest life of an assertion, and 5 minutes for
    /// followers and clocks.
    pub overlap: Duration,
    /// Followers that say they are there are waited for this long beyond the overlap: 30 minutes.
    pub followers_patience: Duration,
    /// Register by PATCH, as an owner, when no version is left that could sign a proof.
    pub break_glass: bool,
}

impl RotationSettings {
    /// The usual values for an app, with the pin in this file.
    pub fn new(app: ClientId, pin: impl Into<PathBuf>) -> Self {
        let pin = pin.into();
        let mut record = pin.clone().into_os_string();
        record.push(".record.jsonl");
        Self {
            app,
            cloud: Cloud::Public,
            pin,
            record: record.into(),
            due: Due::Share(0.5),
            samples: Vec::new(),
            probes: 5,
            patience: Duration::from_secs(1800),
            overlap: MAX_LIFETIME + Duration::from_secs(300),
            followers_patience: Duration::from_secs(1800),
            break_glass: false,
        }
    }
}
