//! How long what a thief takes keeps working, for an identity behind this broker: its facts, as the exposure model wants them.

use std::time::SystemTime;

use keystay::{Exportability, VaultCredential};
use keystay_posture::exposure::{
    Bound, Certificate, Ends, FederatedIdentity, KeyPlace, Length, Responses, Setup, Signing,
};
use serde::Serialize;

use crate::{
    caller::CallerSettings,
    identity::{Identity, Proof},
};

/// A level with its words and figures. The levels: 1, the key itself can be taken; 2, the thief can have it sign; 3, tokens
/// alone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Exposure {
    /// None where it is not known yet.
    pub(crate) level: Option<u8>,
    pub(crate) words: String,
    /// After the thief is thrown out and nothing else is done. None where the level is not known.
    pub(crate) after_eviction: Option<Bound>,
    /// After the breach cut ([`Responses::breach_cut`]).
    pub(crate) after_cut: Option<Bound>,
}

/// Whether the broker stands between its callers and its keys.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Barrier {
    /// Every caller is another user than the broker's, and none is root, as far as the configuration says.
    Stands,
    /// A caller can do what the broker can.
    Missing,
}

impl Barrier {
    /// Of all callers together: a thief takes the weakest way.
    pub(crate) fn of(callers: &[CallerSettings], own: u32) -> Self {
        if callers.iter().any(|caller| no_barrier(caller, own).is_some()) { Self::Missing } else { Self::Stands }
    }
}

/// Why the broker, which runs as the user `own`, is no barrier for a caller; nothing if it is one.
pub(crate) fn no_barrier(caller: &CallerSettings, own: u32) -> Option<&'static str> {
    let users = [caller.uid, caller.bearer_uid];
    if users.contains(&Some(0)) {
        return Some("root can read the broker's memory: for this caller the broker is no barrier");
    }
    users
        .contains(&Some(own))
        .then_some("runs as the broker's own user and can use its rights: for this caller the broker is no barrier")
}

impl Exposure {
    /// Of one identity, now.
    pub(crate) fn of(identity: &Identity, barrier: Barrier, now: SystemTime) -> Self {
        let setup = match &identity.settings().proof {
            Proof::FederatedIdentity(credential) => Some(federated(credential, barrier)),
            proof => {
                let certificate = identity.connected().and_then(|connected| {
                    let key = connected.key()?;
                    let ends = Ends::At(key.certificate().not_after().into());
                    Some(Certificate { ends, key: place(key.exportability())?, rotated_every: None })
                });
                let in_a_file = matches!(proof, Proof::PemFile(_) | Proof::PfxFile { .. });
                // a file can be copied whether or not it has been read yet
                let unread = Certificate { ends: Ends::Unknown, key: KeyPlace::Exportable, rotated_every: None };
                certificate.or(in_a_file.then_some(unread)).map(|certificate| vaulted(certificate, barrier))
            }
        };
        setup.map_or_else(Self::unknown, |setup| Self::modelled(&setup, now))
    }

    /// The weakest of several: a chain is as strong as that. What is not known may be the weakest, but does not hide
    /// what is known to be weak.
    pub(crate) fn worst<'a>(several: impl Iterator<Item = &'a Self>) -> Self {
        let rank = |exposure: &&Self| match exposure.level {
            Some(level @ 1..=2) => level,
            None => 3,
            Some(level) => level + 1,
        };
        several.min_by_key(rank).cloned().unwrap_or_else(Self::unknown)
    }

    fn modelled(setup: &Setup, now: SystemTime) -> Self {
        let now = now.into();
        let after_eviction = setup.exposure(&Responses::eviction(), now);
        let level = setup.level().number();
        let first = match level {
            1 => "the private key can be copied from where it lies",
            2 if setup.federated_identities.is_empty() => {
                "a caller is root or the broker's own user: a thief there can have the key sign"
            }
            2 => "a caller is root or the broker's own user: a thief there can take the identity's token",
            _ => {
                "callers get tokens only; whoever takes over the broker's own user can have the key sign, which is level 2"
            }
        };
        Self {
            level: Some(level),
            words: format!("{first}. {}", after_eviction.worst.why.trim_end_matches('.')),
            after_eviction: Some(after_eviction),
            after_cut: Some(setup.exposure(&Responses::breach_cut(), now)),
        }
    }

    fn unknown() -> Self {
        Self {
            level: None,
            words: "not known: the key was not found yet, or the vault does not tell whether it can be exported"
                .to_owned(),
            after_eviction: None,
            after_cut: None,
        }
    }
}

fn place(exportability: Exportability) -> Option<KeyPlace> {
    match exportability {
        Exportability::Exportable => Some(KeyPlace::Exportable),
        Exportability::NonExportable => Some(KeyPlace::Vault),
        _ => None,
    }
}

fn vaulted(certificate: Certificate, barrier: Barrier) -> Setup {
    let signing = match barrier {
        Barrier::Stands => Signing::Broker,
        Barrier::Missing => Signing::App,
    };
    Setup { certificates: vec![certificate], signing, ..Setup::default() }
}

/// Behind the barrier callers never meet the identity's own token.
fn federated(credential: &VaultCredential, barrier: Barrier) -> Setup {
    let identity = match credential {
        VaultCredential::ManagedIdentity { .. } => FederatedIdentity::ManagedIdentity,
        _ => FederatedIdentity::Issuer { token_life: Length::UNKNOWN },
    };
    let reachable = if barrier == Barrier::Missing { vec![identity] } else { Vec::new() };
    Setup { federated_identities: reachable, ..Setup::default() }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn of(key: KeyPlace, barrier: Barrier) -> Exposure {
        let ends = Ends::At((UNIX_EPOCH + Duration::from_secs(86_400)).into());
        Exposure::modelled(&vaulted(Certificate { ends, key, rotated_every: None }, barrier), UNIX_EPOCH)
    }

    fn caller(uid: Option<u32>, bearer_uid: Option<u32>) -> CallerSettings {
        CallerSettings {
            name: "reports".parse().unwrap(),
            uid,
            gid: None,
            bearers: Vec::new(),
            bearer_uid,
            certificates: Vec::new(),
            certificate_uris: Vec::new(),
            jwt: None,
        }
    }

    #[test]
    fn the_weakest_identity_says_how_exposed_the_broker_is() {
        let (key, signing) = (of(KeyPlace::Exportable, Barrier::Stands), of(KeyPlace::Vault, Barrier::Missing));
        let (tokens, unknown) = (of(KeyPlace::Vault, Barrier::Stands), Exposure::unknown());
        let worst = |several: &[&Exposure]| Exposure::worst(several.iter().copied());
        assert_eq!(worst(&[&tokens, &unknown, &signing, &key]), key);
        assert_eq!(worst(&[&tokens, &unknown, &signing]), signing);
        assert_eq!(worst(&[&tokens, &unknown]), unknown);
        assert_eq!(worst(&[&tokens]), tokens);
        assert_eq!(worst(&[]), unknown);
        assert_eq!([key.level, signing.level, tokens.level], [Some(1), Some(2), Some(3)]);
    }

    #[test]
    fn tokens_alone_are_what_a_thief_gets_only_where_no_caller_is_root_or_the_brokers_own_user() {
        const OWN: u32 = 4711;
        let barrier = |uid, bearer_uid| Barrier::of(&[caller(Some(4712), None), caller(uid, bearer_uid)], OWN);
        assert_eq!(barrier(Some(4713), Some(4713)), Barrier::Stands);
        assert_eq!(barrier(None, None), Barrier::Stands);
        for (uid, bearer_uid) in [(Some(0), None), (None, Some(0)), (Some(OWN), None), (None, Some(OWN))] {
            assert_eq!(barrier(uid, bearer_uid), Barrier::Missing, "{uid:?} {bearer_uid:?}");
        }
        let tokens = of(KeyPlace::Vault, Barrier::Stands).after_eviction.unwrap().worst;
        assert_eq!(tokens.length, Length::minutes(90));
        let signing = of(KeyPlace::Vault, Barrier::Missing);
        assert_eq!(signing.after_eviction.unwrap().worst.length, Length::Unbounded);
        assert_eq!(signing.after_cut.unwrap().worst.length, Length::minutes(95));
        assert!(signing.words.contains("can have the key sign"), "{}", signing.words);
    }

    #[test]
    fn a_federated_identity_is_out_of_reach_behind_the_barrier_and_replayed_for_a_day_without() {
        let credential = VaultCredential::ManagedIdentity { client_id: None };
        let now = UNIX_EPOCH;
        let behind = Exposure::modelled(&federated(&credential, Barrier::Stands), now);
        let beside = Exposure::modelled(&federated(&credential, Barrier::Missing), now);
        assert_eq!((behind.level, beside.level), (Some(3), Some(2)));
        let lasts = beside.after_eviction.unwrap().worst.length;
        assert_eq!(lasts, Length::days(1) + Length::minutes(90));
    }
}
