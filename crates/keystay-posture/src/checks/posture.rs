//! The facts with what several checks work out of them, once.

use std::collections::{HashMap, HashSet};

use time::{Duration, OffsetDateTime};

use crate::{
    access::{Groups, Powers, Reach, Roles, Targets},
    facts::{
        AccessPolicy, CertificateVersion, Document, Facts, Host, KeyCredential, KeyVersion, Known, Missing, Names,
        Place, RoleAssignment, Seen, SignerCredential, SignerSettings, Thumbprint,
    },
};

/// What the checks take for good enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How much life the newest registered certificate must have left.
    pub certificate_left: Duration,
    /// How long a registered certificate may live.
    pub certificate_life: Duration,
    /// How old a review of who has access, a breach drill and the newest look at the log may be.
    pub review_age: Duration,
    /// For how many days the log must be kept.
    pub log_days: i64,
    /// How many owners the app may have.
    pub owners: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            certificate_left: Duration::days(7),
            certificate_life: Duration::days(90),
            review_age: Duration::days(90),
            log_days: 90,
            owners: 3,
        }
    }
}

/// What is taken out of the facts before anything borrows from it.
pub(crate) struct Prepared {
    names: Names,
    settings: Known<SignerSettings>,
    policies: Known<Vec<AccessPolicy>>,
    vault_id: Known<String>,
    certificate: Known<String>,
    registered: Known<Vec<KeyCredential>>,
    registered_at_principal: Result<Vec<KeyCredential>, Missing>,
}

impl Prepared {
    pub(crate) fn new(facts: &Facts) -> Self {
        Self {
            names: facts.names(),
            settings: facts.signer_settings(),
            policies: facts.vault().access_policies(),
            vault_id: facts.vault().id(),
            certificate: facts.certificate().certificate_name(),
            registered: facts.application().key_credentials(),
            registered_at_principal: facts.home_principal().and_then(|principal| match principal {
                Some(principal) => Ok(principal.key_credentials()?.value),
                None => Ok(Vec::new()),
            }),
        }
    }
}

/// What the checks look at.
pub(crate) struct Posture<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) now: OffsetDateTime,
    pub(crate) limits: &'a Limits,
    pub(crate) names: &'a Names,
    settings: &'a Known<SignerSettings>,
    registered: &'a Known<Vec<KeyCredential>>,
    registered_at_principal: &'a Result<Vec<KeyCredential>, Missing>,
    certificates: Result<HashMap<Thumbprint, &'a CertificateVersion>, Missing>,
    keys: HashMap<&'a str, &'a KeyVersion>,
    pub(crate) groups: Groups<'a>,
    /// Why the members of groups are not known.
    pub(crate) groups_missing: Option<Missing>,
    /// Who can do something at the vault, now.
    pub(crate) standing: Result<Reach<'a>, Missing>,
    /// The same after activating a role.
    pub(crate) eligible: Result<Reach<'a>, Missing>,
    /// Who can run code as the signing identity.
    pub(crate) deploying: Result<Reach<'a>, Missing>,
}

impl<'a> Posture<'a> {
    pub(crate) fn new(facts: &'a Facts, prepared: &'a Prepared, limits: &'a Limits, now: OffsetDateTime) -> Self {
        let groups = facts.group_members();
        let groups_missing = groups.as_ref().err().cloned();
        let groups = groups.map(Groups::new).unwrap_or_default();
        let (definitions, undefined) = match facts.role_definitions() {
            Ok(definitions) => (definitions, None),
            Err(missing) => (&[] as &[_], Some(missing)),
        };
        let roles = Roles::new(definitions);
        let mut posture = Self {
            facts,
            now,
            limits,
            names: &prepared.names,
            settings: &prepared.settings,
            registered: &prepared.registered,
            registered_at_principal: &prepared.registered_at_principal,
            certificates: facts.certificate_versions().map(|all| all.iter().map(|one| (one.thumbprint, one)).collect()),
            keys: facts.key_versions().unwrap_or_default().iter().map(|one| (one.version.as_str(), one)).collect(),
            groups,
            groups_missing,
            standing: at_vault(facts, prepared, facts.role_assignments(), &roles, true),
            eligible: at_vault(facts, prepared, facts.eligibility_schedules(), &roles, false),
            deploying: Ok(Reach::default()),
        };
        posture.deploying = posture.at_hosts(&roles);
        for reach in [&mut posture.standing, &mut posture.eligible, &mut posture.deploying].into_iter().flatten() {
            reach.explain(Document::RoleDefinitions, undefined.as_ref());
        }
        posture
    }

    /// The certificates registered at the app.
    pub(crate) fn registered(&self) -> Result<&'a Seen<Vec<KeyCredential>>, Missing> {
        self.registered.as_ref().map_err(Clone::clone)
    }

    /// The certificates registered at the app's principal in its home tenant rather than at the app.
    pub(crate) fn registered_at_principal(&self) -> Result<&'a [KeyCredential], Missing> {
        self.registered_at_principal.as_deref().map_err(Clone::clone)
    }

    /// The version of the vault that has this certificate.
    pub(crate) fn version_of(&self, thumbprint: Thumbprint) -> Result<Option<&'a CertificateVersion>, Missing> {
        Ok(self.certificates.as_ref().map_err(Clone::clone)?.get(&thumbprint).copied())
    }

    /// The key of a version.
    pub(crate) fn key_of(&self, version: &str) -> Option<&'a KeyVersion> {
        self.keys.get(version).copied()
    }

    /// Whether Entra still takes a certificate.
    pub(crate) fn is_live(&self, credential: &KeyCredential) -> bool {
        credential.ends.is_none_or(|ends| ends > self.now)
    }

    /// The versions by whose certificate the app is still proven.
    pub(crate) fn registered_versions(&self) -> Result<HashSet<&'a str>, Missing> {
        let live = self.registered()?.value.iter().filter(|one| self.is_live(one));
        let mut versions = HashSet::new();
        for thumbprint in live.filter_map(|one| one.thumbprint.as_ref().ok()) {
            versions.extend(self.version_of(*thumbprint)?.map(|one| one.version.as_str()));
        }
        Ok(versions)
    }

    /// How the signer is set up.
    pub(crate) fn settings(&self) -> Result<&'a Seen<SignerSettings>, Missing> {
        self.settings.as_ref().map_err(Clone::clone)
    }

    /// What proves the app where no key in a vault does: then there is no key to check, and no vault. A certificate in a
    /// file is no such case: it is the key that should be in a vault.
    pub(crate) fn without_vault_key(&self) -> Option<SignerCredential> {
        let credential = self.settings().ok()?.value.credential;
        (credential == SignerCredential::FederatedIdentity).then_some(credential)
    }

    /// Object id of the principal that signs, in lower case.
    pub(crate) fn signer(&self) -> Result<String, Missing> {
        let signer = self.settings()?.value.signer_principal.as_deref();
        signer.map(str::to_ascii_lowercase).ok_or_else(|| absent_setting("signer_principal"))
    }

    /// Whether signing is somebody else's than the app's: a setting says where each runs.
    pub(crate) fn hosts_of(&self) -> Result<(String, String), Missing> {
        let settings = &self.settings()?.value;
        let host = |host: &Option<String>, name: &str| {
            host.as_deref().map(str::to_ascii_lowercase).ok_or_else(|| absent_setting(name))
        };
        Ok((host(&settings.app_host, "app_host")?, host(&settings.signer_host, "signer_host")?))
    }

    /// The hosts whose code can sign: those that hold the signing identity.
    pub(crate) fn signing_hosts(&self) -> Result<Vec<&'a Host>, Missing> {
        let signer = self.signer()?;
        Ok(self.facts.hosts()?.iter().filter(|host| host.identities.contains(&signer)).collect())
    }

    /// Ids, in lower case, of those who may be able to get a signature: the signer, and who is named.
    pub(crate) fn expected(&self) -> Result<HashSet<String>, Missing> {
        let settings = &self.settings()?.value;
        let named = settings.expected_principals.iter().map(|one| one.id.to_ascii_lowercase());
        Ok(named.chain([self.signer()?]).collect())
    }

    /// What gets somebody a signature in this vault.
    pub(crate) fn signing_powers(&self) -> Result<Powers, Missing> {
        let by_roles = self.facts.vault().uses_roles()?.value;
        let granting = if by_roles { Powers::SELF_GRANT } else { Powers::SELF_GRANT_BY_POLICY };
        let copied = if self.exportable() { Powers::COPY_EXPORTABLE } else { Powers::COPY };
        Ok(Powers::SIGN.or(granting).or(copied))
    }

    /// Whether some enabled version of the key can be taken out, as far as is known.
    fn exportable(&self) -> bool {
        let versions = self.facts.key_versions().unwrap_or_default();
        versions.iter().any(|version| version.enabled && version.exportable == Some(true))
    }

    fn at_hosts(&self, roles: &Roles<'a>) -> Result<Reach<'a>, Missing> {
        let (assignments, signer) = (self.facts.host_role_assignments()?, self.signer()?);
        let hosts = self.signing_hosts()?;
        let shared = hosts.iter().flat_map(|host| &host.shared_identities).filter(|(_, id)| *id == signer);
        let places = hosts.iter().map(|host| host.id.as_str());
        let targets = Targets::of_hosts(places, shared.map(|(resource, _)| resource.as_str()));
        Ok(Reach::by_roles(assignments, roles, &targets))
    }
}

/// The place of one setting of the signer.
pub(crate) fn setting(name: &str) -> Place {
    Place { document: Document::SignerSettings, path: format!("$.{name}") }
}

fn absent_setting(name: &str) -> Missing {
    let Place { document, path } = setting(name);
    Missing::Absent { document, path }
}

/// Who has powers at the vault. Where access policies decide, roles give nothing in the vault itself.
fn at_vault<'a>(
    facts: &Facts,
    prepared: &'a Prepared,
    assignments: Result<&'a [RoleAssignment], Missing>,
    roles: &Roles<'a>,
    standing: bool,
) -> Result<Reach<'a>, Missing> {
    let (vault, certificate) = (prepared.vault_id.as_ref(), prepared.certificate.as_ref());
    let vault = vault.map_err(Clone::clone)?;
    let targets = Targets::of_key(&vault.value, &certificate.map_err(Clone::clone)?.value);
    let by_roles = Reach::by_roles(assignments?, roles, &targets);
    if facts.vault().uses_roles()?.value {
        return Ok(by_roles);
    }
    let by_roles = by_roles.only(Powers::SELF_GRANT_BY_POLICY);
    if !standing {
        return Ok(by_roles);
    }
    let policies = prepared.policies.as_ref().map_err(Clone::clone)?;
    Ok(by_roles.and(Reach::by_policies(&policies.value, &vault.value)))
}
