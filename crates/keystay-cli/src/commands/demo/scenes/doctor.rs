//! The doctor looks at the usual way, the app is repaired, and the doctor looks again.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use keystay::{Clock, Cloud, DEFAULT_LIFETIME, SigningKey, Vault, VaultKey, VaultUrl};
use keystay_lifecycle::{
    collect::{Collector, Subject},
    graph::Graph,
    resource_manager::{ResourceId, ResourceManager},
    setup::SIGNER_ACTIONS,
    vault::{Creation, SigningCertificate, SigningPolicy},
};
use keystay_posture::{
    Report, ReportOptions, State,
    exposure::Length,
    facts::{AssertionSettings, Document, Facts, GivesOut, SignIn, SignerCredential, SignerSettings},
};
use reqwest::Method;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{App, three_people};
use crate::{
    commands::{
        demo::{script::Script, stage::Stage},
        tenants::stamp,
    },
    diagnostics::Failure,
};

const CERTIFICATE: &str = "insights-sample";
/// What the usual sample code leaves behind from the days of development.
const SECRET_LIFE: Duration = Duration::from_secs(2 * 365 * 86_400);
/// Versions are dated by whole seconds: the second one comes visibly later.
const BETWEEN_VERSIONS_SECS: u64 = 60;
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// The lab issues certificates at once.
const LOOKS: u32 = 100;

/// What the doctor said each time.
#[derive(Debug, Serialize)]
pub(in crate::commands::demo) struct Visits {
    before: Headline,
    after: Headline,
}

/// The headline of a report, and the faults behind it.
#[derive(Debug, Serialize)]
struct Headline {
    now: Length,
    after_cut: Length,
    with_fixes: Length,
    faults: Vec<&'static str>,
}

/// Where the app and what signs run. The lab plays no hosts, so this is what the story says of them.
struct Hosts {
    /// The host that signs, by the computer's own identity.
    signer: ResourceId,
    /// The app's own, and its identity, once it has one.
    app: Option<(ResourceId, Uuid)>,
}

/// The vendor's app and vault, and who looks after them.
struct House<'a> {
    stage: &'a Stage,
    app: App,
    vault_id: ResourceId,
    vault: VaultUrl,
}

pub(super) async fn play(stage: &Stage, script: &mut Script<'_>, app: App) -> Result<Visits, Failure> {
    let resources = ResourceManager::new(&Cloud::Public, stage.as_admin());
    let vault: VaultUrl = stage.vault_url().parse().context("the lab's vault has a strange name")?;
    let vault_id = resources.find_vault(vault.name()).await?.context("the lab has lost its vault")?;
    let house = House { stage, app, vault_id, vault };
    house.settle().await?;
    script.line("Back to the usual way: a certificate for 12 months that can be exported, a client secret from the")?;
    script.line("days of development, one host for everything. `keystay doctor` reads what Azure says about it:")?;
    let mut hosts = Hosts { signer: house.site("harbor-app")?, app: None };
    let before = house.visit(&hosts).await?;
    tell(script, &before)?;
    script.line("Then what it says is done, by the calls its commands make:")?;
    house.repair(script, &resources, &mut hosts).await?;
    let after = house.visit(&hosts).await?;
    script.line("And the doctor comes again:")?;
    tell(script, &after)?;
    if after.now != before.with_fixes {
        return Err(Failure::failed("a theft from the repaired app lasts another time than the doctor foretold"));
    }
    Ok(Visits { before, after })
}

fn tell(script: &mut Script<'_>, Headline { now, after_cut, with_fixes, faults }: &Headline) -> Result<(), Failure> {
    script.line(format_args!("  a theft today lasts              {now}"))?;
    script.line(format_args!("  the same, after the cut          {after_cut}"))?;
    script.line(format_args!("  a theft with all fixes made      {with_fixes}   ({} faults)", faults.len()))
}

impl House<'_> {
    /// What most sample code leads to.
    async fn settle(&self) -> Result<(), Failure> {
        let stage = self.stage;
        let der = stage.create_certificate(CERTIFICATE, true).await?;
        self.app.register_certificates(stage, &[&der]).await?;
        let admin = stage.graph_token(&stage.seed.home, &stage.seed.home.admin).await?;
        let ends = time::OffsetDateTime::from(stage.clock.now()) + SECRET_LIFE;
        let ends = stamp(ends);
        let secret = json!({ "passwordCredential": { "displayName": "development", "endDateTime": ends } });
        let path = format!("/applications/{}/addPassword", self.app.object);
        stage.graph(Method::POST, &path, admin.expose(), Some(&secret)).await?;
        Ok(())
    }

    fn site(&self, name: &str) -> Result<ResourceId, Failure> {
        let id = format!(
            "/subscriptions/{}/resourceGroups/harbor/providers/Microsoft.Web/sites/{name}",
            self.vault_id.subscription()
        );
        Ok(id.parse().context("the host has a strange id")?)
    }

    /// One look, read from the lab as `keystay doctor` reads Azure.
    async fn visit(&self, hosts: &Hosts) -> Result<Headline, Failure> {
        let subject = Subject {
            app: self.app.id.into(),
            vault: self.vault.clone(),
            vault_id: self.vault_id.clone(),
            certificate: CERTIFICATE.to_owned(),
            hosts: Vec::new(),
        };
        let collector = Collector::new(&Cloud::Public, &self.stage.as_admin(), subject);
        let mut facts = Facts::default();
        for (document, outcome) in collector.collect(|_| {}).await.iter() {
            match outcome {
                // the lab has none to show
                _ if document == Document::Hosts => {}
                Ok(content) => facts.add(document, content.to_string().as_bytes()),
                Err(absence) => facts.refuse(document, absence.code()),
            }
        }
        let signer = self.stage.seed.host_identity.object_id;
        facts.add(Document::Hosts, hosts.document(signer).to_string().as_bytes());
        let settings = serde_json::to_vec(&hosts.settings(signer)).context("the signer's settings are no JSON")?;
        facts.add(Document::SignerSettings, &settings);
        let now = self.stage.clock.now().into();
        let report = Report::new(&facts, &ReportOptions::default(), now);
        let faults = report.findings.iter().filter(|finding| finding.state == State::Fail);
        Ok(Headline {
            now: report.outlook.now.worst.length,
            after_cut: report.outlook.after_cut.worst.length,
            with_fixes: report.outlook.with_fixes.worst.length,
            faults: faults.map(|finding| finding.id).collect(),
        })
    }

    async fn repair(
        &self,
        script: &mut Script<'_>,
        resources: &ResourceManager,
        hosts: &mut Hosts,
    ) -> Result<(), Failure> {
        let graph = Graph::new(&Cloud::Public, self.stage.as_admin());
        for secret in graph.application(self.app.id.into()).await?.password_credentials {
            graph.remove_password(self.app.object, secret.key_id).await?;
        }
        script.line("- KS002: the client secret is removed")?;
        self.replace_certificate().await?;
        script.line(
            "- KS001, KS004, KS006, KS009: a new version for a month, to sign with and nothing else, whose key stays",
        )?;
        script.line("  in the vault, takes its place; the old one is removed from the app and disabled")?;
        self.narrow_roles(resources).await?;
        script.line("- KS012, KS013: the signing identity may read and use this one key, and nothing else")?;
        let identity = self.stage.new_identity("insights-web").await?;
        let refusal = self.stage.try_to_sign(CERTIFICATE, &identity).await?;
        hosts.app = Some((self.site("insights-web")?, identity.object_id));
        script.line(
            "- KS033: the app moves to a host of its own and asks a broker for its tokens; when it tries to sign,",
        )?;
        script.line(format_args!("  the vault says {refusal}"))?;
        let key = Arc::new(VaultKey::from_certificate_name(&self.stage.vault()?, CERTIFICATE).await?);
        let client = self.app.client(self.stage, key, true)?;
        let customer = &self.stage.seed.juniper;
        let people = three_people(self.stage, &client, customer.id).await?;
        script.line(format_args!(
            "The signing identity still gets tokens with its narrow role. {}: {people}",
            customer.name
        ))
    }

    async fn replace_certificate(&self) -> Result<(), Failure> {
        self.stage.wait(BETWEEN_VERSIONS_SECS).await?;
        let remote = self.stage.as_admin();
        let vault = Vault::new(&self.vault, remote.credential, remote.transport)?;
        let certificate = SigningCertificate::new(vault, CERTIFICATE)?;
        let old = certificate.versions().await?;
        certificate.create_version(SigningPolicy::new(&format!("CN={CERTIFICATE}"), 1)).await?;
        let mut looks = 0;
        while certificate.creation().await? == Creation::InProgress && looks < LOOKS {
            looks += 1;
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        let new = certificate.versions().await?.pop().context("the certificate has no version")?;
        if old.iter().any(|version| version.version == new.version) {
            return Err(Failure::failed("the lab made no new version of the certificate"));
        }
        let key = certificate.key(&new.version).await?;
        self.app.register_certificates(self.stage, &[key.certificate().der()]).await?;
        for version in old {
            certificate.disable(&version.version).await?;
        }
        Ok(())
    }

    /// The narrow role first, then the wide ones away.
    async fn narrow_roles(&self, resources: &ResourceManager) -> Result<(), Failure> {
        let signer = self.stage.seed.host_identity.object_id;
        let wide = resources.role_assignments_of(&self.vault_id, signer).await?;
        let subscription = format!("/subscriptions/{}", self.vault_id.subscription());
        let (id, name) = (Uuid::new_v4(), ("Key Signer", "Reads a key and its certificate, and signs with it."));
        resources.put_role(&subscription, id, name, &SIGNER_ACTIONS).await?;
        let role = format!("{subscription}/providers/Microsoft.Authorization/roleDefinitions/{id}");
        // to sign is a right on the key, to find it by the certificate's name one on the certificate
        for kind in ["keys", "certificates"] {
            resources.give_role(&format!("{}/{kind}/{CERTIFICATE}", self.vault_id), &role, signer).await?;
        }
        for assignment in &wide {
            resources.remove_role_assignment(assignment).await?;
        }
        Ok(())
    }
}

impl Hosts {
    /// As Resource Manager shows them.
    fn document(&self, signer: Uuid) -> Value {
        let host = |id: &ResourceId, principal: Uuid| json!({ "id": id.as_str(), "identity": { "type": "SystemAssigned", "principalId": principal } });
        let signing = [host(&self.signer, signer)];
        signing.into_iter().chain(self.app.as_ref().map(|(id, identity)| host(id, *identity))).collect()
    }

    /// What Azure does not know: an app that signs by itself until it has a host of its own, a broker from then on.
    fn settings(&self, signer: Uuid) -> SignerSettings {
        let broker = self.app.is_some();
        let app_host = self.app.as_ref().map_or(&self.signer, |(id, _)| id);
        SignerSettings {
            credential: if broker { SignerCredential::VaultKey } else { SignerCredential::CertificateFile },
            gives_out: if broker { GivesOut::Tokens } else { GivesOut::Signatures },
            key_version: None,
            sign_in: SignIn::ManagedIdentity,
            app_host: Some(app_host.to_string()),
            signer_host: Some(self.signer.to_string()),
            signer_principal: Some(signer.to_string()),
            assertion: AssertionSettings {
                lifetime_seconds: u32::try_from(DEFAULT_LIFETIME.as_secs()).unwrap_or(u32::MAX),
                unique_id: true,
                audience_per_tenant: true,
                algorithm: "PS256".to_owned(),
                thumbprint_header: "x5t#S256".to_owned(),
            },
            asks_for_long_tokens: false,
            answers_claims_challenges: false,
            registers_new_versions: broker,
            trusted_services_wanted: false,
            works_at_home: false,
            expected_principals: Vec::new(),
            expected_federations: Vec::new(),
            used_permissions: None,
        }
    }
}
