//! Setups against the lab: from nothing to a token, and the same end wherever they are broken off.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use std::{sync::Arc, time::Duration};

use keystay::{Client, Cloud, Scopes, TokenCredential, Transport, Vault, VaultKey};
use keystay_lab::ManagedIdentity;
use keystay_lifecycle::{
    Remote,
    collect::{Collector, Subject},
    resource_manager::ResourceId,
    setup::{Done, LogSettings, Obstacle, Plan, Setup, SetupError, SetupSettings, Step},
    vault::{SigningCertificate, SigningPolicy},
};
use keystay_posture::{
    Report, ReportOptions, State,
    facts::{Document, Facts},
};
use serde_json::json;
use support::{Azure, crash::Crash, time::RealSleep};

const WORKSPACE: &str = "/subscriptions/4a8b0000-0000-4000-8000-0000000000f1/resourceGroups/harbor/providers/Microsoft.OperationalInsights/workspaces/logs";
const NAME: &str = "reports-signer";

struct Scene {
    azure: Azure,
    signer: ManagedIdentity,
    vault: ResourceId,
}

impl Scene {
    async fn new() -> Self {
        let azure = Azure::start().await;
        let signer = azure.lab.directory().create_managed_identity("reports");
        let vault = azure.resource_manager().find_vault("harborvault").await.unwrap().unwrap();
        Self { azure, signer, vault }
    }

    fn settings(&self) -> SetupSettings {
        let signer = self.signer.object_id;
        let mut settings =
            SetupSettings::new(Cloud::Public, self.vault.clone(), NAME, "Harbor Reports", signer).unwrap();
        settings.app.permissions = vec!["User.Read.All".parse().unwrap()];
        settings.log = Some(LogSettings::new(WORKSPACE.parse().unwrap()).unwrap());
        settings
    }

    fn setup(&self, settings: SetupSettings) -> Setup {
        self.setup_over(settings, self.azure.transport())
    }

    fn setup_over(&self, settings: SetupSettings, transport: Transport) -> Setup {
        self.setup_as(settings, self.azure.operator(), transport)
    }

    fn setup_as(&self, settings: SetupSettings, who: Arc<dyn TokenCredential>, transport: Transport) -> Setup {
        let clock = Arc::new(RealSleep(self.azure.lab.clock().clone()));
        let vault = Vault::new(&settings.vault_url, who.clone(), transport.clone()).unwrap();
        let signer = SigningCertificate::new(vault.with_clock(clock.clone()), &settings.certificate.name).unwrap();
        let remote = Remote { clock, ..Remote::new(transport, who) };
        Setup::new(settings, signer, remote)
    }

    async fn plan(&self, settings: SetupSettings) -> Plan {
        self.setup(settings).plan().await.unwrap().1
    }

    /// A token of a customer, signed for by the signer's own identity.
    async fn token(&self, done: &Done) -> Result<String, keystay::Error> {
        let transport = self.azure.transport();
        let credential = self.azure.identity_of_the_host(self.signer.client_id);
        let vault = Vault::new(&self.settings().vault_url, credential, transport.clone()).unwrap();
        let key = VaultKey::from_certificate_name(&vault, NAME).await.unwrap();
        let client =
            Client::builder(done.ids.client_id.into()).key(Arc::new(key)).transport(transport).build().unwrap();
        let token = client.token(&self.azure.customer(), &Scopes::graph()).await?;
        Ok(token.secret().to_owned())
    }

    /// The end every setup comes to: one of each, and nothing left to do.
    async fn assert_set_up(&self) {
        let plan = self.plan(self.settings()).await;
        assert_eq!((plan.steps, plan.in_the_way), (vec![], vec![]), "{:?}", plan.notes);
        let named = self.azure.graph().applications_named("Harbor Reports").await.unwrap();
        assert_eq!(named.len(), 1);
        let app = self.azure.graph().application(named[0]).await.unwrap();
        assert_eq!(app.key_credentials.len(), 1);
        let resources = self.azure.resource_manager();
        let group = self.settings().assignable_scope();
        assert_eq!(resources.roles_named(&group, "Key Signer").await.unwrap().len(), 1);
        let given = resources.role_assignments_of(&self.vault, self.signer.object_id).await.unwrap();
        let mut places: Vec<_> = given.iter().map(|one| one.properties.scope.clone()).collect();
        places.sort();
        assert_eq!(places, [self.settings().certificate_scope(), self.settings().key_scope()]);
    }
}

fn quietly(_: &str) {}

#[tokio::test]
async fn from_nothing_to_a_token_and_a_second_run_does_nothing() {
    let scene = Scene::new().await;
    let planned = scene.plan(scene.settings()).await;
    assert_eq!(planned.steps.len(), 8, "{:#?}", planned.steps);
    assert!(planned.ready.is_empty() && planned.in_the_way.is_empty(), "{planned:#?}");

    let done = scene.setup(scene.settings()).run(&quietly).await.unwrap();
    let kinds = |steps: &[Step]| steps.iter().map(std::mem::discriminant).collect::<Vec<_>>();
    assert_eq!(kinds(&done.steps), kinds(&planned.steps), "what was planned is what was done");
    scene.assert_set_up().await;
    let again = scene.setup(scene.settings()).run(&quietly).await.unwrap();
    assert_eq!((again.steps, &again.ids), (vec![], &done.ids));

    let lab = &scene.azure.lab;
    lab.directory().consent(done.ids.client_id, lab.seed().juniper.id).unwrap();
    assert!(scene.token(&done).await.unwrap().starts_with("eyJ"));
    let at_home = lab.directory().principal(done.ids.client_id, lab.seed().home.id).unwrap();
    assert!(!at_home.account_enabled, "an app that does not work at home gets no tokens there");
    assert_eq!(done.ids.vault_credential.unwrap(), format!("managed-identity:{}", scene.signer.client_id));
}

#[tokio::test]
async fn a_plan_reads_and_nothing_else_and_takes_no_more_than_an_auditors_rights() {
    let scene = Scene::new().await;
    let auditor = scene.azure.auditor().await;
    for set_up in [false, true] {
        if set_up {
            scene.setup(scene.settings()).run(&quietly).await.unwrap();
        }
        let setup = scene.setup_as(scene.settings(), auditor.clone(), scene.azure.transport());
        scene.azure.lab.journal().clear();
        let (_, plan) = setup.plan().await.unwrap();
        assert_eq!(plan.steps.is_empty(), set_up, "{:?}", plan.steps);
        let entries = scene.azure.lab.journal().entries();
        assert!(entries.len() > 8, "{}", entries.len());
        for entry in entries {
            // a token is asked for by POST
            assert!(entry.method == "GET" || entry.path.ends_with("/token"), "{} {}", entry.method, entry.path);
        }
    }
}

#[tokio::test]
async fn broken_off_at_any_request_and_run_again_it_comes_to_the_same_end() {
    let mut whole = 0;
    for at in 1.. {
        let scene = Scene::new().await;
        let crash = Crash::at(scene.azure.http.clone(), at);
        let setup = scene.setup_over(scene.settings(), crash.transport());
        if let Some(done) = crash.survive(setup.run(&quietly)).await {
            done.unwrap();
            scene.assert_set_up().await;
            whole = at;
            break;
        }
        drop(setup);
        scene.setup(scene.settings()).run(&quietly).await.unwrap();
        scene.assert_set_up().await;
    }
    assert!(whole > 60, "it was broken off only {whole} times");
}

#[tokio::test]
async fn what_is_there_and_otherwise_is_named_and_left_as_it_is() {
    let scene = Scene::new().await;
    let lab = &scene.azure.lab;
    let host = lab.seed().vault_host.clone();
    lab.vaults().create_certificate(&host, NAME, true).unwrap();
    let before = lab.vaults().newest_version(&host, NAME).unwrap();
    let group = scene.settings().assignable_scope();
    let resources = scene.azure.resource_manager();
    let wide = ["Microsoft.KeyVault/vaults/keys/*"];
    resources.put_role(&group, uuid(7), ("Key Signer", "Anything with keys."), &wide).await.unwrap();
    for _ in 0..2 {
        scene.azure.graph().create_application("Harbor Reports", &[]).await.unwrap();
    }
    let other = WORKSPACE.replace("logs", "others").parse().unwrap();
    resources.send_log(&scene.vault, "keystay-audit", "AuditEvent", &other).await.unwrap();
    let mut settings = scene.settings();
    settings.app.permissions = vec!["User.Reed.All".parse().unwrap()];
    settings.signer = scene.signer.client_id;

    lab.journal().clear();
    let error = scene.setup(settings).run(&quietly).await.unwrap_err();
    let SetupError::InTheWay(obstacles) = &error else { panic!("{error}") };
    let is = |test: fn(&Obstacle) -> bool| assert!(obstacles.iter().any(test), "{obstacles:#?}");
    is(|one| matches!(one, Obstacle::Certificate { faults, .. } if faults[0].contains("exportable")));
    is(|one| matches!(one, Obstacle::Role { .. }));
    is(|one| matches!(one, Obstacle::SeveralApps { apps, .. } if apps.len() == 2));
    is(|one| matches!(one, Obstacle::Log { .. }));
    is(|one| matches!(one, Obstacle::NoSuchPermission { .. }));
    is(|one| matches!(one, Obstacle::NoSuchSigner { .. }));
    let entries = lab.journal().entries();
    assert!(entries.iter().all(|entry| entry.method == "GET" || entry.path.ends_with("/token")));
    assert_eq!(lab.vaults().newest_version(&host, NAME).unwrap(), before);
}

#[tokio::test]
async fn an_app_of_that_name_is_taken_where_it_fits_and_only_added_to() {
    let scene = Scene::new().await;
    let app = scene.azure.graph().create_application("Harbor Reports", &[]).await.unwrap();
    let signer = scene.setup(scene.settings());
    let (_, plan) = signer.plan().await.unwrap();
    assert!(plan.steps.contains(&Step::AskFor { permissions: vec!["User.Read.All".to_owned()] }), "{:?}", plan.steps);
    let done = signer.run(&quietly).await.unwrap();
    assert_eq!(done.ids.client_id, app.app_id);
    scene.assert_set_up().await;
}

#[tokio::test]
async fn the_vault_takes_its_time_and_a_certificate_in_the_making_is_waited_for() {
    let scene = Scene::new().await;
    let host = scene.azure.lab.seed().vault_host.clone();
    scene.azure.lab.vaults().set_issuance_delay(&host, Duration::from_secs(60)).unwrap();
    let settings = scene.settings();
    let vault = scene.azure.vault();
    let policy = SigningPolicy::new("CN=reports-signer", 2);
    SigningCertificate::new(vault, NAME).unwrap().create_version(policy).await.unwrap();
    let plan = scene.plan(settings.clone()).await;
    assert_eq!(plan.steps[0], Step::AwaitCertificate { name: NAME.to_owned() });
    scene.azure.lab.clock().advance(Duration::from_secs(61));
    scene.setup(settings).run(&quietly).await.unwrap();
    scene.assert_set_up().await;
}

#[tokio::test]
async fn the_doctor_finds_nothing_to_mend_in_what_was_set_up() {
    let scene = Scene::new().await;
    let done = scene.setup(scene.settings()).run(&quietly).await.unwrap();
    let subject = Subject {
        app: done.ids.client_id.into(),
        vault: scene.settings().vault_url,
        vault_id: scene.vault.clone(),
        certificate: NAME.to_owned(),
        hosts: Vec::new(),
    };
    let remote = Remote { credential: scene.azure.auditor().await, ..scene.azure.remote() };
    let collected = Collector::new(&Cloud::Public, &remote, subject).collect(|_| {}).await;
    let mut facts = Facts::default();
    for (document, content) in collected.iter() {
        // the lab plays no workspaces of its own
        match content {
            _ if document == Document::LogWorkspaces => {}
            Ok(content) => facts.add(document, content.to_string().as_bytes()),
            Err(absence) => facts.refuse(document, absence.code()),
        }
    }
    let known = json!({
        "credential": "vault-key",
        "gives_out": "tokens",
        "sign_in": "managed-identity",
        "signer_principal": scene.signer.object_id,
        "assertion": {
            "lifetime_seconds": 300,
            "unique_id": true,
            "audience_per_tenant": true,
            "algorithm": "PS256",
            "thumbprint_header": "x5t#S256",
        },
    });
    facts.add(Document::SignerSettings, known.to_string().as_bytes());
    let workspaces = json!([{ "id": WORKSPACE, "name": "logs", "properties": { "retentionInDays": 90 } }]);
    facts.add(Document::LogWorkspaces, workspaces.to_string().as_bytes());
    let report = Report::new(&facts, &ReportOptions::default(), scene.azure.lab.clock().now().into());
    for slug in [
        "key-not-exportable",
        "no-client-secret",
        "no-rogue-key",
        "certificate-short-lived",
        "certificate-not-expiring",
        "key-signs-only",
        "key-strong-and-renewed",
        "no-silent-renewal",
        "vault-uses-roles",
        "signer-least-right",
        "signer-no-dangerous-right",
        "vault-log-kept",
        "instance-lock",
        "home-principal-disabled",
    ] {
        let finding = report.finding(slug).unwrap();
        assert_eq!(finding.state, State::Pass, "{slug}: {:#?} {:#?}", finding.seen, finding.missing);
    }
}

#[tokio::test]
async fn roles_must_decide_in_the_vault() {
    let scene = Scene::new().await;
    let host = scene.azure.lab.seed().vault_host.clone();
    scene.azure.lab.vaults().configure(&host, |vault| vault.enable_rbac_authorization = Some(false)).unwrap();
    let error = scene.setup(scene.settings()).run(&quietly).await.unwrap_err();
    let SetupError::InTheWay(obstacles) = &error else { panic!("{error}") };
    assert_eq!(obstacles, &[Obstacle::AccessPolicies { vault: "harborvault".to_owned() }]);
}

fn uuid(last: u128) -> ::uuid::Uuid {
    ::uuid::Uuid::from_u128(last)
}
