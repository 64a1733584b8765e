//! Observe, plan, do the first step, look again.

use std::{sync::Arc, time::Duration};

use keystay::{Clock, ObjectId, Pin, Previous, SigningKey};
use serde::Serialize;

use super::{Blocked, Due, Observed, Plan, Record, RotateError, RotationSettings, Step};
use crate::{
    call::Remote,
    files::{Lock, replace},
    graph::{Graph, KeyCredential, KeyProof},
    vault::{Creation, SigningCertificate},
};

/// How often a version in the making is looked at.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// The longest stretch of one wait: followers and clocks are looked at in between.
const STRETCH: Duration = Duration::from_secs(15);
/// Failures in a row that pass by themselves, before it is left to whoever runs this.
const FAILURES: u32 = 6;
/// The pause after the first of them; it doubles.
const FIRST_PAUSE: Duration = Duration::from_secs(2);

/// Hears what is being done, in words.
pub type Progress<'a> = &'a (dyn Fn(&str) + Send + Sync);

/// The rotation of one app's certificate.
#[derive(Debug)]
pub struct Rotation {
    pub(super) settings: RotationSettings,
    pub(super) signer: SigningCertificate,
    pub(super) graph: Graph,
    pub(super) remote: Remote,
    /// The time, and how the long waits are waited.
    pub(super) clock: Arc<dyn Clock>,
}

/// How a rotation ended.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Rotated {
    /// What was done, in order; nothing when all was as it should be.
    pub steps: Vec<Step>,
    /// The pin now.
    pub pin: Option<Pin>,
}

impl Rotation {
    /// A rotation of the certificate in `signer`. `remote` is how Graph is asked: in the name of an owner of the app, or
    /// of the app itself in its home tenant.
    pub fn new(settings: RotationSettings, signer: SigningCertificate, remote: Remote) -> Self {
        let graph = Graph::new(&settings.cloud, remote.clone());
        let clock = remote.clock.clone();
        Self { settings, signer, graph, remote, clock }
    }

    /// The same rotation, with another clock for its waits: the overlap, and between probes. Limits of single requests stay
    /// with the clock of `remote` and of the vault.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// What is there and what is to be done. Changes nothing.
    pub async fn plan(&self) -> Result<(Observed, Plan), RotateError> {
        self.plan_with(&self.settings).await
    }

    async fn plan_with(&self, settings: &RotationSettings) -> Result<(Observed, Plan), RotateError> {
        let observed = self.observe().await?;
        let plan = Plan::of(&observed, settings);
        Ok((observed, plan))
    }

    /// Does what is to be done, until nothing is: one rotation at most, also where one was under way already.
    ///
    /// **Cancellation and crashes:** at any point; run again, it comes to the same end. **Concurrency:** one at a time per
    /// pin file; a second one is refused.
    pub async fn run(&self, progress: Progress<'_>) -> Result<Rotated, RotateError> {
        let pin = self.settings.pin.clone();
        let lock = Lock::take(&pin).map_err(|source| RotateError::File { path: pin.clone(), source })?;
        let _lock = lock.ok_or(RotateError::Locked { pin })?;
        let (mut done, mut failures, mut pause) = (Vec::new(), 0, FIRST_PAUSE);
        let mut settings = self.settings.clone();
        loop {
            if done.iter().any(|step| matches!(step, Step::Record { .. })) {
                // the one that was begun by an earlier run is the one that was asked for now
                settings.due = Due::MadeBefore(std::time::UNIX_EPOCH);
            }
            match Box::pin(self.one_round(&settings, &mut done, progress)).await {
                Ok(Some(rotated)) => return Ok(rotated),
                Ok(None) => (failures, pause) = (0, FIRST_PAUSE),
                Err(error) if error.is_passing() && failures < FAILURES => {
                    failures += 1;
                    progress(&format!("{error}; again in {} s", pause.as_secs()));
                    self.clock.sleep(pause).await;
                    pause *= 2;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// One look and one step; the end when there was nothing to do.
    async fn one_round(
        &self,
        settings: &RotationSettings,
        done: &mut Vec<Step>,
        progress: Progress<'_>,
    ) -> Result<Option<Rotated>, RotateError> {
        let (observed, plan) = self.plan_with(settings).await?;
        if let Some(blocked) = plan.blocked {
            return Err(RotateError::Blocked(blocked));
        }
        let mut steps = plan.steps.into_iter();
        let Some(step) = steps.next() else {
            return Ok(Some(Rotated { steps: std::mem::take(done), pin: observed.pin }));
        };
        progress(&step.to_string());
        self.perform(&step, &observed, progress).await?;
        let probed = matches!(step, Step::Probe { .. });
        let waits_on = matches!((&step, done.last()), (Step::Overlap { .. }, Some(Step::Overlap { .. })));
        if !waits_on {
            done.push(step);
        }
        // a probe leaves no trace to observe, so what it was for follows at once
        if probed && let Some(flip) = steps.next() {
            progress(&flip.to_string());
            self.perform(&flip, &observed, progress).await?;
            done.push(flip);
        }
        Ok(None)
    }

    async fn perform(&self, step: &Step, observed: &Observed, progress: Progress<'_>) -> Result<(), RotateError> {
        match step {
            Step::AwaitVersion => self.await_version().await,
            Step::Create { .. } => {
                if matches!(observed.creation, Creation::Failed { .. }) {
                    progress("the last attempt of the vault to make a version failed; another one is made");
                }
                self.signer.create_version(self.signer.policy().await?.corrected()).await?;
                self.await_version().await
            }
            Step::Register { version: Some(version), proof_by } => {
                let (new, prover) = (self.signer.key(version).await?, self.signer.key(proof_by).await?);
                let application = observed.application.id;
                let proof = KeyProof::sign(&prover, application, self.clock.now()).await?;
                self.graph.add_key(application, new.certificate(), &proof).await?;
                Ok(())
            }
            Step::RegisterByOwner { version: Some(version) } => {
                let certificate = self.signer.key(version).await?.certificate().clone();
                let add = |list: &[KeyCredential]| {
                    if list.iter().any(|one| one.is(&certificate)) {
                        return list.to_vec();
                    }
                    [list, &[KeyCredential::of(&certificate, &self.signer.id().name)]].concat()
                };
                self.graph.change_key_credentials(observed.application.id, add).await?;
                Ok(())
            }
            Step::Probe { version: Some(version), .. } => {
                self.probe(Arc::new(self.signer.key(version).await?), progress).await
            }
            Step::Flip { to: Some(to), generation, .. } => self.flip(to, *generation, observed).await,
            Step::Overlap { .. } => self.overlap(observed).await,
            Step::Remove { key_id: Some(key_id), .. } => {
                let signs = observed.pin.as_ref().map(Pin::version).unwrap_or_default();
                let application = observed.application.id;
                let proof = KeyProof::sign(&self.signer.key(signs).await?, application, self.clock.now()).await?;
                Ok(self.graph.remove_key(application, *key_id, &proof).await?)
            }
            Step::Disable { version } => Ok(self.signer.disable(version).await?),
            Step::Record { .. } => {
                let Some(pin) = &observed.pin else { return Ok(()) };
                let record = Record::of(self.settings.app, pin, self.clock.now().into());
                let path = &self.settings.record;
                record.append(path).map_err(|source| RotateError::File { path: path.clone(), source })
            }
            // a version without a name exists only further down a plan
            _ => Ok(()),
        }
    }

    async fn await_version(&self) -> Result<(), RotateError> {
        loop {
            match self.signer.creation().await? {
                Creation::InProgress => self.clock.sleep(LOOK_AGAIN).await,
                Creation::Failed { .. } => return Err(RotateError::Blocked(Blocked::CreationFailed)),
                Creation::None => return Ok(()),
            }
        }
    }

    /// Key version, thumbprint and generation change in one rename.
    async fn flip(&self, to: &str, generation: u64, observed: &Observed) -> Result<(), RotateError> {
        let key = self.signer.key(to).await?;
        // the policy tells of the newest version only
        let newest = observed.versions.last().is_some_and(|newest| newest.version == to);
        let exportable = if newest { self.signer.policy().await?.exportable() } else { None };
        let previous = observed
            .pin
            .as_ref()
            .filter(|pin| pin.version() != to)
            .map(|pin| Previous { version: pin.version().to_owned(), thumbprint: pin.thumbprint.clone() });
        let pin = Pin {
            generation,
            certificate: ObjectId { version: Some(to.to_owned()), ..self.signer.id().clone() },
            thumbprint: key.certificate().x5t_s256(),
            since: self.clock.now().into(),
            exportable,
            previous,
        };
        let path = &self.settings.pin;
        replace(path, pin.to_json().as_bytes()).map_err(|source| RotateError::File { path: path.clone(), source })
    }

    /// Waits a stretch of the overlap; the next look tells whether it is over.
    async fn overlap(&self, observed: &Observed) -> Result<(), RotateError> {
        let Some(pin) = &observed.pin else { return Ok(()) };
        let end = std::time::SystemTime::from(pin.since) + self.settings.overlap;
        let left = end.duration_since(observed.at).unwrap_or_default();
        if left.is_zero() && observed.at >= end + self.settings.followers_patience {
            let behind = observed.followers.iter().filter(|said| said.generation < pin.generation);
            return Err(RotateError::Followers { instances: behind.map(|said| said.instance.clone()).collect() });
        }
        let stretch = if left.is_zero() { LOOK_AGAIN } else { left.min(STRETCH) };
        self.clock.sleep(stretch).await;
        Ok(())
    }
}
