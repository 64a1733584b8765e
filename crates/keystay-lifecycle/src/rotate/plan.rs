//! From what there is to what is still to be done. Pure: the same observation gives the same plan.

use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use keystay::{Pin, Tenant};
use serde::Serialize;
use uuid::Uuid;

use super::{Due, Observed, RotationSettings};
use crate::{
    graph::KeyCredential,
    vault::{CertificateVersion, Creation, PolicyFault},
};

/// One thing to do. A version that does not exist yet has no name.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Step {
    /// Wait for the version the vault is making.
    AwaitVersion,
    /// Have the vault make a new version.
    Create {
        /// What is corrected in the policy on the way.
        corrects: Vec<PolicyFault>,
    },
    /// Register the version with a proof by another one.
    Register {
        /// The new version.
        version: Option<String>,
        /// The version that signs the proof.
        proof_by: String,
    },
    /// Register the version by PATCH, as an owner: no version is left that could sign a proof.
    RegisterByOwner {
        /// The new version.
        version: Option<String>,
    },
    /// Get real tokens by the version.
    Probe {
        /// The new version.
        version: Option<String>,
        /// Where.
        tenants: Vec<String>,
    },
    /// Set the pin to the version.
    Flip {
        /// The version that signed before.
        from: Option<String>,
        /// The new version.
        to: Option<String>,
        /// The pin's new generation.
        generation: u64,
    },
    /// Leave both registered until nobody uses the old one.
    Overlap {
        /// Seconds to wait yet.
        seconds: u64,
        /// Followers that still sign with the old one.
        waiting_for: Vec<String>,
    },
    /// Take the old certificate off the app.
    Remove {
        /// Which version.
        version: String,
        /// Its credential; none while that is not known.
        key_id: Option<Uuid>,
    },
    /// Disable the old version in the vault.
    Disable {
        /// Which version.
        version: String,
    },
    /// Write down what was done.
    Record {
        /// The generation.
        generation: u64,
    },
}

/// Why nothing can be done without a decision.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Blocked {
    /// No version that is usable and registered is left, so nobody can sign the proof for a new one.
    NoProof,
    /// The vault could not make the version.
    CreationFailed,
    /// There is no sample tenant to try the new version in.
    NoSample,
    /// The certificate does not exist.
    NoCertificate,
}

/// What is to be done, in order; nothing when all is as it should be.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Plan {
    /// The steps.
    pub steps: Vec<Step>,
    /// Why they cannot be done.
    pub blocked: Option<Blocked>,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// A version that the pinned one took the place of, and what is left of it.
struct Superseded {
    version: String,
    key_id: Option<Uuid>,
    enabled: bool,
}

impl Plan {
    /// What is still to be done, by what was observed.
    pub fn of(observed: &Observed, settings: &RotationSettings) -> Self {
        let mut plan = Self::default();
        if observed.versions.is_empty() && observed.creation == Creation::None {
            plan.blocked = Some(Blocked::NoCertificate);
            return plan;
        }
        plan.note_faults(observed);
        match observed.pin.as_ref().and_then(|pin| Some((pin, observed.version(pin.version())?))) {
            Some((pin, pinned)) if pinned.is_usable(observed.at) && observed.credential_of(pinned).is_none() => {
                plan.note_others(observed, pin, pinned);
                plan.register(observed, settings, Some(pinned.version.clone()));
            }
            Some((pin, pinned)) => {
                plan.note_others(observed, pin, pinned);
                if !plan.finish(observed, settings, pin) && !plan.begin(observed, settings, Some(pin), pinned) {
                    plan.record(observed, pin.generation);
                }
            }
            None => plan.adopt(observed, settings),
        }
        let probes = plan.steps.iter().any(|step| matches!(step, Step::Probe { .. }));
        if probes && settings.samples.is_empty() && plan.blocked.is_none() {
            plan.blocked = Some(Blocked::NoSample);
        }
        plan
    }

    /// There is no pin, or it names a version that is gone: it is set to what is registered and works.
    fn adopt(&mut self, observed: &Observed, settings: &RotationSettings) {
        let generation = observed.pin.as_ref().map_or(0, |pin| pin.generation) + 1;
        if let Some(working) = observed.prover() {
            let to = Some(working.version.clone());
            self.steps.push(Step::Flip { from: None, to, generation });
            self.begin(observed, settings, None, working);
            if self.steps.len() == 1 {
                self.record(observed, generation);
            }
            return;
        }
        // nothing works: the newest usable version, or a new one, is registered by an owner
        let newest = observed.versions.last().filter(|newest| newest.is_usable(observed.at));
        let version = newest.map(|newest| newest.version.clone());
        if version.is_none() {
            self.create(observed);
        }
        self.register_by_owner(version.clone(), settings);
        self.probe(version.clone(), settings);
        self.steps.push(Step::Flip { from: None, to: version, generation });
        self.record(observed, generation);
    }

    /// A rotation that is past the flip: true when there is something left of it.
    fn finish(&mut self, observed: &Observed, settings: &RotationSettings, pin: &Pin) -> bool {
        let Some(previous) = &pin.previous else { return false };
        let credential = observed
            .version(&previous.version)
            .and_then(|version| observed.credential_of(version))
            .or_else(|| observed.credential_by_thumbprint(&previous.thumbprint));
        let mut superseded = vec![Superseded {
            version: previous.version.clone(),
            key_id: credential.map(KeyCredential::id),
            enabled: observed.version(&previous.version).is_some_and(|version| version.enabled),
        }];
        superseded.extend(observed.between(pin).map(|version| Superseded {
            version: version.version.clone(),
            key_id: observed.credential_of(version).map(KeyCredential::id),
            enabled: version.enabled,
        }));
        superseded.retain(|one| one.key_id.is_some() || one.enabled);
        if superseded.is_empty() && observed.recorded.is_some_and(|last| last >= pin.generation) {
            return false;
        }
        // what cannot sign any more is used by nobody
        let signs = |one: &Superseded| observed.version(&one.version).is_some_and(|it| it.is_usable(observed.at));
        if superseded.iter().any(|one| one.key_id.is_some() && signs(one)) {
            self.overlap(observed, settings, pin);
        }
        for Superseded { version, key_id, enabled } in superseded {
            if key_id.is_some() {
                self.steps.push(Step::Remove { version: version.clone(), key_id });
            }
            if enabled {
                self.steps.push(Step::Disable { version });
            }
        }
        self.record(observed, pin.generation);
        true
    }

    fn overlap(&mut self, observed: &Observed, settings: &RotationSettings, pin: &Pin) {
        let end = SystemTime::from(pin.since) + settings.overlap;
        let left = end.duration_since(observed.at).unwrap_or_default();
        let waiting_for: Vec<String> = observed
            .followers
            .iter()
            .filter(|said| said.generation < pin.generation)
            .map(|said| said.instance.clone())
            .collect();
        if !left.is_zero() || !waiting_for.is_empty() {
            self.steps.push(Step::Overlap { seconds: seconds(left), waiting_for });
        }
    }

    /// A rotation before the flip: true when one is under way or due.
    fn begin(
        &mut self,
        observed: &Observed,
        settings: &RotationSettings,
        pin: Option<&Pin>,
        pinned: &CertificateVersion,
    ) -> bool {
        let successor = observed.successor(pinned);
        let in_progress = observed.creation == Creation::InProgress;
        if successor.is_none() && !in_progress && !is_due(observed, settings, pinned) {
            return false;
        }
        let version = successor.map(|version| version.version.clone());
        if version.is_none() {
            self.create(observed);
        }
        let registered = successor.is_some_and(|version| observed.credential_of(version).is_some());
        if !registered {
            self.register(observed, settings, version.clone());
        }
        self.probe(version.clone(), settings);
        let generation = pin.map_or(1, |pin| pin.generation) + 1;
        self.steps.push(Step::Flip { from: Some(pinned.version.clone()), to: version, generation });
        if pinned.is_usable(observed.at) {
            self.steps.push(Step::Overlap { seconds: seconds(settings.overlap), waiting_for: Vec::new() });
        }
        if let Some(credential) = observed.credential_of(pinned) {
            self.steps.push(Step::Remove { version: pinned.version.clone(), key_id: Some(credential.id()) });
        }
        self.steps.push(Step::Disable { version: pinned.version.clone() });
        self.steps.push(Step::Record { generation });
        true
    }

    fn create(&mut self, observed: &Observed) {
        self.steps.push(match &observed.creation {
            Creation::InProgress => Step::AwaitVersion,
            _ => Step::Create { corrects: observed.faults.clone() },
        });
    }

    fn register(&mut self, observed: &Observed, settings: &RotationSettings, version: Option<String>) {
        match observed.prover() {
            Some(prover) => self.steps.push(Step::Register { version, proof_by: prover.version.clone() }),
            None => self.register_by_owner(version, settings),
        }
    }

    fn register_by_owner(&mut self, version: Option<String>, settings: &RotationSettings) {
        if !settings.break_glass {
            self.blocked = Some(Blocked::NoProof);
        }
        self.steps.push(Step::RegisterByOwner { version });
    }

    fn probe(&mut self, version: Option<String>, settings: &RotationSettings) {
        self.steps.push(Step::Probe { version, tenants: settings.samples.iter().map(Tenant::to_string).collect() });
    }

    fn record(&mut self, observed: &Observed, generation: u64) {
        if observed.recorded.is_none_or(|last| last < generation) {
            self.steps.push(Step::Record { generation });
        }
    }

    fn note_faults(&mut self, observed: &Observed) {
        self.notes.extend(observed.faults.iter().map(|fault| {
            format!("the certificate's policy: {}; the next version is made by a corrected one", fault.words())
        }));
        if let Some(reason) = observed.newest_refused {
            self.notes.push(format!("the newest version in the vault is not used: {reason}"));
        }
    }

    /// Certificates of other versions are nobody's of this rotation: told, and left alone.
    fn note_others(&mut self, observed: &Observed, pin: &Pin, pinned: &CertificateVersion) {
        if observed.credential_of(pinned).is_none() {
            self.notes.push(format!("version {} is pinned but not registered on the app", pinned.version));
        }
        for credential in &observed.application.key_credentials {
            let x5t = credential.x5t();
            let version = observed.versions.iter().find(|one| Some(&one.x5t) == x5t.as_ref());
            let ours = version.is_some_and(|one| one.created >= pinned.created)
                || pin
                    .previous
                    .as_ref()
                    .is_some_and(|previous| version.is_some_and(|one| one.version == previous.version));
            if !ours {
                let what = version.map_or_else(
                    || "is no version of this certificate".to_owned(),
                    |one| format!("is the older version {}", one.version),
                );
                self.notes.push(format!(
                    "certificate {} ({}) on the app {what}: this rotation leaves it alone",
                    credential.id(),
                    credential.display_name().unwrap_or("without a name"),
                ));
            }
        }
    }
}

fn is_due(observed: &Observed, settings: &RotationSettings, pinned: &CertificateVersion) -> bool {
    if !pinned.is_usable(observed.at) {
        return true;
    }
    match settings.due {
        Due::Share(share) => {
            let age = observed.at.duration_since(pinned.not_before).unwrap_or_default();
            age >= pinned.life().mul_f64(share.clamp(0.0, 1.0))
        }
        // vaults date versions by whole seconds
        Due::MadeBefore(moment) => {
            let whole = moment.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
            pinned.created < UNIX_EPOCH + Duration::from_secs(whole)
        }
    }
}

/// Whole seconds, rounded up: a wait that ends too early is none.
fn seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |version: &Option<String>| {
            version.as_ref().map_or_else(|| "the new version".to_owned(), |version| format!("version {version}"))
        };
        match self {
            Self::AwaitVersion => formatter.write_str("wait for the version the vault is making"),
            Self::Create { corrects } if corrects.is_empty() => {
                formatter.write_str("create a new version of the certificate")
            }
            Self::Create { .. } => {
                formatter.write_str("create a new version of the certificate, by a corrected policy")
            }
            Self::Register { version, proof_by } => {
                write!(formatter, "register {} on the app, with a proof by version {proof_by}", name(version))
            }
            Self::RegisterByOwner { version } => {
                write!(formatter, "register {} on the app as an owner, without a proof", name(version))
            }
            Self::Probe { version, tenants } => {
                write!(formatter, "get tokens by {} in {}", name(version), tenants.join(", "))
            }
            Self::Flip { from: None, to, generation } => {
                write!(formatter, "pin {} (generation {generation})", name(to))
            }
            Self::Flip { from: Some(from), to, generation } => {
                write!(formatter, "pin {} in the place of version {from} (generation {generation})", name(to))
            }
            Self::Overlap { seconds, waiting_for } if waiting_for.is_empty() => {
                write!(formatter, "leave both registered for {seconds} s, until no assertion of the old one is left")
            }
            Self::Overlap { seconds, waiting_for } => write!(
                formatter,
                "leave both registered for {seconds} s, and until these have changed: {}",
                waiting_for.join(", ")
            ),
            Self::Remove { version, .. } => write!(formatter, "remove version {version} from the app"),
            Self::Disable { version } => write!(formatter, "disable version {version} in the vault"),
            Self::Record { generation } => write!(formatter, "record generation {generation}"),
        }
    }
}

impl Blocked {
    /// What is in the way.
    pub fn words(self) -> &'static str {
        match self {
            Self::NoProof => {
                "no version is left that is both usable and registered, so nobody can sign the proof for a new one"
            }
            Self::CreationFailed => "the vault could not make the new version",
            Self::NoSample => "there is no tenant to try the new version in",
            Self::NoCertificate => "the vault has no such certificate",
        }
    }

    /// What to do about it.
    pub fn hint(self) -> &'static str {
        match self {
            Self::NoProof => {
                "run this as an owner of the app registration with `--break-glass`: the certificate is then registered by PATCH, without a proof"
            }
            Self::CreationFailed => {
                "look at the certificate's pending operation in the vault, delete it, and run this again"
            }
            Self::NoSample => "name one or more tenants that have consented with `--probe`",
            Self::NoCertificate => "check the vault and the name; `keystay setup` makes the first version",
        }
    }
}
