//! How long a change takes to reach those who go by it: for the directory, the token service.
//!
//! Graph shows a change at once; the token service reads copies that follow some seconds later. Which door a change came
//! through makes no difference, so changes are found by comparing, after every write.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Application, FederatedCredential, KeyCredential, PasswordCredential, ServicePrincipal, Tenant};

/// How long changes take to reach the token service and the vaults, in seconds of the lab's clock. None by default.
///
/// A delay counts for changes made from now on. Setting it to zero lets everything arrive that is on its way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Propagation {
    /// Certificates, secrets and federated credentials of applications: one that was added is unknown until then, one
    /// that was removed goes on working. Also whether an application is disabled, for
    /// tokens on its own behalf.
    pub credential_seconds: u32,
    /// Service principals: consents given and taken back, principals disabled and enabled.
    pub consent_seconds: u32,
    /// Role assignments, as vaults know them: a new one does not count until then, one that was removed goes on counting.
    /// Resource Manager knows at once; so does everybody of members of groups, role definitions and access policies.
    pub role_seconds: u32,
}

/// What an application may authenticate with, and whether it may at all, as the token service knows it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Credentials<'a> {
    pub(crate) disabled: bool,
    pub(crate) keys: &'a [KeyCredential],
    pub(crate) passwords: &'a [PasswordCredential],
    pub(crate) federated: &'a [FederatedCredential],
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct OwnedCredentials {
    #[serde(default)]
    disabled: bool,
    keys: Vec<KeyCredential>,
    passwords: Vec<PasswordCredential>,
    federated: Vec<FederatedCredential>,
}

/// What the token service still believes of things that changed a moment ago.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Replica {
    delay: Propagation,
    /// By client id.
    credentials: Lag<Uuid, OwnedCredentials>,
    /// By tenant and client id.
    principals: Lag<(Uuid, Uuid), ServicePrincipal>,
}

impl Replica {
    pub(super) fn delay(&self) -> Propagation {
        self.delay
    }

    pub(super) fn set_delay(&mut self, delay: Propagation) {
        self.delay = delay;
        if delay.credential_seconds == 0 {
            self.credentials = Lag::default();
        }
        if delay.consent_seconds == 0 {
            self.principals = Lag::default();
        }
    }

    /// Takes the present for known: nothing in it counts as a change.
    pub(super) fn learn(&mut self, applications: &BTreeMap<Uuid, Application>, tenants: &BTreeMap<Uuid, Tenant>) {
        if self.delay.credential_seconds > 0 {
            self.credentials.known = credentials(applications);
        }
        if self.delay.consent_seconds > 0 {
            self.principals.known = principals(tenants);
        }
    }

    /// Looks for what changed since the last time.
    pub(super) fn note(
        &mut self,
        applications: &BTreeMap<Uuid, Application>,
        tenants: &BTreeMap<Uuid, Tenant>,
        now: OffsetDateTime,
    ) {
        let Propagation { credential_seconds, consent_seconds, .. } = self.delay;
        if credential_seconds > 0 {
            self.credentials.note(credentials(applications), now, credential_seconds);
        }
        if consent_seconds > 0 {
            self.principals.note(principals(tenants), now, consent_seconds);
        }
    }

    /// What the token service knows of an application's credentials.
    pub(super) fn credentials<'a>(&'a self, app: &'a Application, now: OffsetDateTime) -> Credentials<'a> {
        let Some(past) = self.credentials.belief(&app.app_id, now) else {
            return Credentials {
                disabled: app.disabled,
                keys: &app.key_credentials,
                passwords: &app.password_credentials,
                federated: &app.federated_credentials,
            };
        };
        past.was.as_ref().map_or_else(Credentials::default, |was| Credentials {
            disabled: was.disabled,
            keys: &was.keys,
            passwords: &was.passwords,
            federated: &was.federated,
        })
    }

    /// What the token service knows of a service principal; `present` is what there is.
    pub(super) fn principal<'a>(
        &'a self,
        tenant: Uuid,
        app: Uuid,
        present: Option<&'a ServicePrincipal>,
        now: OffsetDateTime,
    ) -> Option<&'a ServicePrincipal> {
        self.principals.belief(&(tenant, app), now).map_or(present, |past| past.was.as_ref())
    }
}

/// Values that are believed for a while after they changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound(
    serialize = "K: Serialize, V: Serialize",
    deserialize = "K: Deserialize<'de> + Ord, V: Deserialize<'de>"
))]
struct Lag<K, V> {
    /// As of the last write; follows from the directory.
    #[serde(skip)]
    known: BTreeMap<K, V>,
    /// Oldest first.
    past: Vec<Past<K, V>>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Past<K, V> {
    of: K,
    /// `None` when there was nothing.
    was: Option<V>,
    #[serde(with = "time::serde::rfc3339")]
    until: OffsetDateTime,
}

impl<K, V> Default for Lag<K, V> {
    fn default() -> Self {
        Self { known: BTreeMap::new(), past: Vec::new() }
    }
}

impl<K: Ord + Clone, V: PartialEq + Clone> Lag<K, V> {
    fn note(&mut self, present: BTreeMap<K, V>, now: OffsetDateTime, delay_secs: u32) {
        self.past.retain(|past| past.until > now);
        let until = now + Duration::seconds(delay_secs.into());
        let touched: BTreeSet<&K> = self.known.keys().chain(present.keys()).collect();
        let changed = touched.into_iter().filter(|key| self.known.get(key) != present.get(key));
        let changed: Vec<_> =
            changed.map(|key| Past { of: key.clone(), was: self.known.get(key).cloned(), until }).collect();
        self.past.extend(changed);
        self.known = present;
    }

    /// What is still believed, if the present value has not arrived.
    fn belief(&self, key: &K, now: OffsetDateTime) -> Option<&Past<K, V>> {
        self.past.iter().find(|past| past.of == *key && past.until > now)
    }
}

fn credentials(applications: &BTreeMap<Uuid, Application>) -> BTreeMap<Uuid, OwnedCredentials> {
    let owned = |app: &Application| OwnedCredentials {
        disabled: app.disabled,
        keys: app.key_credentials.clone(),
        passwords: app.password_credentials.clone(),
        federated: app.federated_credentials.clone(),
    };
    applications.iter().map(|(id, app)| (*id, owned(app))).collect()
}

fn principals(tenants: &BTreeMap<Uuid, Tenant>) -> BTreeMap<(Uuid, Uuid), ServicePrincipal> {
    let of = |tenant: &Tenant| {
        let tenant_id = tenant.id;
        tenant.principals.clone().into_iter().map(move |(app, principal)| ((tenant_id, app), principal))
    };
    tenants.values().flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_arrives_in_its_order_after_its_own_delay() {
        let start = OffsetDateTime::UNIX_EPOCH;
        let at = |secs| start + Duration::seconds(secs);
        let mut lag = Lag { known: BTreeMap::from([(1, "a")]), past: Vec::new() };
        lag.note(BTreeMap::from([(1, "b")]), at(0), 10);
        lag.note(BTreeMap::from([(1, "c"), (2, "x")]), at(5), 10);
        let belief = |lag: &Lag<i32, &'static str>, key, secs| lag.belief(&key, at(secs)).map(|past| past.was);
        assert_eq!(belief(&lag, 1, 9), Some(Some("a")));
        assert_eq!(belief(&lag, 1, 10), Some(Some("b")));
        assert_eq!(belief(&lag, 1, 15), None, "the present one arrived");
        assert_eq!(belief(&lag, 2, 14), Some(None), "there was nothing");
        lag.note(lag.known.clone(), at(20), 10);
        assert!(lag.past.is_empty(), "what arrived is forgotten");
    }
}
