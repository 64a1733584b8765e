//! How long the lab's services take, so that a laptop can feel like a data centre far away.

use std::{sync::Arc, time::Duration};

use parking_lot::RwLock;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

use crate::journal::Kind;

/// The whole service time of a request, by kind of request.
///
/// The time runs from the arrival of a request: work is done first and the remainder waited, so a slow computer
/// does not add to it until the work alone takes longer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Latency {
    /// A signature by a vault. In JSON, as the others: `sign_millis`, in milliseconds.
    #[serde(rename = "sign_millis", serialize_with = "write_millis", deserialize_with = "read_millis")]
    #[schema(value_type = u64)]
    pub sign: Duration,
    /// A token of Entra or of the managed identity endpoint.
    #[serde(rename = "token_millis", serialize_with = "write_millis", deserialize_with = "read_millis")]
    #[schema(value_type = u64)]
    pub token: Duration,
    /// Everything else.
    #[serde(rename = "other_millis", serialize_with = "write_millis", deserialize_with = "read_millis")]
    #[schema(value_type = u64)]
    pub other: Duration,
}

fn write_millis<S: Serializer>(span: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(span.as_millis()).unwrap_or(u64::MAX))
}

fn read_millis<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(Duration::from_millis)
}

/// Reads and turns the latency of a running lab. Clones turn the same lab.
#[derive(Clone, Debug, Default)]
pub struct LatencyDial(Arc<RwLock<Latency>>);

impl LatencyDial {
    pub(crate) fn new(latency: Latency) -> Self {
        Self(Arc::new(RwLock::new(latency)))
    }

    /// The present setting.
    pub fn get(&self) -> Latency {
        *self.0.read()
    }

    /// Changes the setting for requests that arrive from now on.
    pub fn set(&self, latency: Latency) {
        *self.0.write() = latency;
    }

    pub(crate) fn of(&self, kind: Kind) -> Duration {
        let latency = self.get();
        match kind {
            Kind::Sign => latency.sign,
            Kind::Token | Kind::ManagedIdentity => latency.token,
            Kind::CertificateGet | Kind::KeyGet | Kind::SecretGet | Kind::GraphUsers | Kind::Other => latency.other,
        }
    }
}
