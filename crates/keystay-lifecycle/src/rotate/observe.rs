//! What there is.

use std::time::{Duration, SystemTime};

use keystay::{Certificate, Confirmation, Exportability, Pin, PinError, SigningKey};

use super::{Record, RotateError, Rotation};
use crate::{
    graph::{Application, KeyCredential},
    vault::{CertificateVersion, Creation, PolicyFault},
};

/// A follower that has said nothing for so long is gone.
const SILENT: Duration = Duration::from_secs(300);

/// Everything a rotation goes by, as it is at one moment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Observed {
    /// When it was looked at.
    pub at: SystemTime,
    /// The pin, where there is one.
    pub pin: Option<Pin>,
    /// The certificate's versions, oldest first.
    pub versions: Vec<CertificateVersion>,
    /// Whether the vault is making one.
    pub creation: Creation,
    /// What is wrong with the policy.
    pub faults: Vec<PolicyFault>,
    /// The newest version and why it could not take the place of the one in use; none where it could.
    pub newest_refused: Option<&'static str>,
    /// The app.
    pub application: Application,
    /// Who follows the pin and has said so lately.
    pub followers: Vec<Confirmation>,
    /// The last generation that is on record.
    pub recorded: Option<u64>,
}

impl Observed {
    /// The version of this name.
    pub fn version(&self, name: &str) -> Option<&CertificateVersion> {
        self.versions.iter().find(|version| version.version == name)
    }

    /// The app's credential for a version.
    pub fn credential_of(&self, version: &CertificateVersion) -> Option<&KeyCredential> {
        self.application.key_credentials.iter().find(|one| one.x5t().as_deref() == Some(&version.x5t))
    }

    /// The app's credential with this SHA-256 thumbprint: also of a version the vault no longer has.
    pub fn credential_by_thumbprint(&self, thumbprint: &str) -> Option<&KeyCredential> {
        let is = |one: &&KeyCredential| one.certificate().is_some_and(|own| own.x5t_s256() == thumbprint);
        self.application.key_credentials.iter().find(is)
    }

    /// A version that can sign a proof now: usable and registered. The pinned one first, then the newest.
    pub fn prover(&self) -> Option<&CertificateVersion> {
        let proves =
            |version: &&CertificateVersion| version.is_usable(self.at) && self.credential_of(version).is_some();
        let pinned = self.pin.as_ref().and_then(|pin| self.version(pin.version()));
        pinned.filter(proves).or_else(|| self.versions.iter().rev().find(proves))
    }

    /// Versions made after the one before and before the pinned one, and never pinned: of a request that was still on its
    /// way when a run was killed.
    pub(super) fn between(&self, pin: &Pin) -> impl Iterator<Item = &CertificateVersion> {
        let place = |name: &str| self.versions.iter().position(|version| version.version == name);
        let previous = pin.previous.as_ref().and_then(|previous| place(&previous.version));
        let range = previous.zip(place(pin.version())).map_or(0..0, |(previous, pinned)| previous + 1..pinned);
        self.versions.get(range).unwrap_or_default().iter()
    }

    /// The newest version, if it is usable, newer than `than`, and as good as a new one.
    pub fn successor(&self, than: &CertificateVersion) -> Option<&CertificateVersion> {
        let newest = self.versions.last()?;
        let fits = newest.created > than.created && newest.is_usable(self.at) && self.newest_refused.is_none();
        fits.then_some(newest)
    }
}

impl Rotation {
    /// Looks at the vault, the app, the pin and the record. Changes nothing.
    pub async fn observe(&self) -> Result<Observed, RotateError> {
        let at = self.clock.now();
        let pin = match Pin::read(&self.settings.pin) {
            Ok(pin) => Some(pin),
            Err(PinError::File { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(error.into()),
        };
        if let Some(pin) = &pin
            && (pin.certificate.vault != self.signer.id().vault || pin.certificate.name != self.signer.id().name)
        {
            return Err(RotateError::OtherCertificate {
                pin: self.settings.pin.clone(),
                pinned: pin.certificate.to_string(),
                asked: self.signer.id().to_string(),
            });
        }
        let versions = self.signer.versions().await?;
        let policy = self.signer.policy().await?;
        let creation = self.signer.creation().await?;
        let application = self.graph.application(self.settings.app).await?;
        let pinned = pin.as_ref().and_then(|pin| versions.iter().find(|one| one.version == pin.version()));
        let newest_refused = match (versions.last(), pinned) {
            (Some(newest), Some(pinned)) if newest.version != pinned.version && newest.enabled => {
                self.refused(newest, pin.as_ref()).await?
            }
            _ => None,
        };
        let recorded = Record::last(&self.settings.record, self.signer.id())?;
        let followers = Confirmation::read_all(&self.settings.pin)
            .map_err(|source| RotateError::File { path: Confirmation::directory(&self.settings.pin), source })?;
        let lately = |said: &Confirmation| at.duration_since(said.at.into()).is_ok_and(|ago| ago < SILENT);
        let followers = followers.into_iter().filter(|said| lately(said) || SystemTime::from(said.at) >= at).collect();
        Ok(Observed {
            at,
            pin,
            versions,
            creation,
            faults: policy.faults(),
            newest_refused,
            application,
            followers,
            recorded,
        })
    }

    /// Why a version that somebody made, or the vault by itself, is no successor.
    async fn refused(
        &self,
        newest: &CertificateVersion,
        pin: Option<&Pin>,
    ) -> Result<Option<&'static str>, RotateError> {
        // without a version, the answer tells whether the newest can be exported
        let key = keystay::VaultKey::from_certificate_id(self.signer.vault(), self.signer.id()).await?;
        if key.certificate().x5t() != newest.x5t {
            // it was overtaken while we looked; the next look sees it
            return Ok(Some("another version was made in this moment"));
        }
        if key.exportability() != Exportability::NonExportable {
            return Ok(Some("its private key can leave the vault"));
        }
        if let Some(pin) = pin
            && self.pinned_certificate(pin).await?.same_key(key.certificate())
        {
            return Ok(Some("it has the same private key as the version in use (`reuse_key`)"));
        }
        Ok(None)
    }

    async fn pinned_certificate(&self, pin: &Pin) -> Result<Certificate, RotateError> {
        Ok(self.signer.key(pin.version()).await?.certificate().clone())
    }
}
