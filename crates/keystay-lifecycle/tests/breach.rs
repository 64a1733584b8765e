//! The breach cut against the lab: what the thief still gets afterwards, also while the vault cannot be reached.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use std::{sync::Arc, time::Duration};

use keystay::{AssertionGenerator, Client, Cloud, SigningKey};
use keystay_lab::Fault;
use keystay_lifecycle::breach::{Action, Cut, CutRecord, CutSettings, Whose};
use reqwest::StatusCode;
use support::Azure;
use time::OffsetDateTime;

struct Scene {
    azure: Azure,
    folder: tempfile::TempDir,
}

impl Scene {
    async fn new() -> Self {
        Self { azure: Azure::start().await, folder: tempfile::tempdir().unwrap() }
    }

    async fn settings(&self) -> CutSettings {
        let mut settings = CutSettings::new(self.azure.app(), self.folder.path().join("cut.json"));
        settings.identity = Some(self.azure.lab.seed().host_identity.object_id);
        settings.vault = self.azure.resource_manager().find_vault("harborvault").await.unwrap();
        settings
    }

    fn cut(&self, settings: CutSettings) -> Cut {
        Cut::new(settings, Some(self.azure.signer()), self.azure.remote())
    }

    fn saved(&self) -> CutRecord {
        serde_json::from_slice(&std::fs::read(self.folder.path().join("cut.json")).unwrap()).unwrap()
    }

    /// An assertion the thief had signed ahead, while inside.
    async fn loot(&self) -> String {
        let version = self.azure.signer().versions().await.unwrap().remove(0).version;
        let key: Arc<dyn SigningKey> = Arc::new(self.azure.signer().key(&version).await.unwrap());
        let generator = AssertionGenerator::new(self.azure.app(), key).unwrap();
        let endpoint = Cloud::Public.token_endpoint(&self.azure.customer());
        generator.generate(&endpoint, self.azure.lab.clock().now()).await.unwrap().jwt().expose().to_owned()
    }

    async fn replay(&self, assertion: &str) -> StatusCode {
        let form = [
            ("client_id", self.azure.app().to_string()),
            ("scope", "https://graph.microsoft.com/.default".to_owned()),
            ("grant_type", "client_credentials".to_owned()),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned()),
            ("client_assertion", assertion.to_owned()),
        ];
        let url = Cloud::Public.token_endpoint(&self.azure.customer());
        self.azure.http.post(url).form(&form).send().await.unwrap().status()
    }
}

fn quietly(_: &str) {}

#[tokio::test]
async fn a_plan_changes_nothing_and_names_foreign_certificates_first() {
    let scene = Scene::new().await;
    let plan = scene.cut(scene.settings().await).plan().await.unwrap();
    assert!(matches!(plan.actions[0], Action::RemoveCertificates { whose: Whose::Foreign, .. }), "{:#?}", plan.actions);
    let place = |wanted: fn(&Action) -> bool| plan.actions.iter().position(wanted).unwrap();
    let own = place(|action| matches!(action, Action::RemoveCertificates { whose: Whose::Own, .. }));
    let disabled = place(|action| matches!(action, Action::DisableVersion { .. }));
    let role = place(|action| matches!(action, Action::RemoveRole { .. }));
    assert!(own < disabled && disabled < role, "the credential before the key: {:#?}", plan.actions);
    assert_eq!(scene.azure.application().await.key_credentials.len(), 2);
    assert!(!scene.folder.path().join("cut.json").exists());
}

#[tokio::test]
async fn after_the_cut_neither_the_loot_nor_a_new_signature_gets_a_token_and_the_record_says_until_when() {
    let scene = Scene::new().await;
    let loot = scene.loot().await;
    assert_eq!(scene.replay(&loot).await, StatusCode::OK);
    let version = scene.azure.signer().versions().await.unwrap().remove(0).version;
    let record = scene.cut(scene.settings().await).run(&quietly).await.unwrap();
    assert_eq!(record.failures().count(), 0, "{:#?}", record.outcomes);
    assert_eq!(scene.replay(&loot).await, StatusCode::UNAUTHORIZED);
    assert!(!scene.azure.signer().key_is_enabled(&version).await.unwrap());
    let now = OffsetDateTime::from(scene.azure.lab.clock().now());
    let dies = record.last_token_dies.unwrap() - now;
    assert!(dies > time::Duration::minutes(94) && dies <= time::Duration::minutes(95), "{dies}");
    let saved = scene.saved().saved;
    assert_eq!((saved.certificates.len(), saved.roles.len(), saved.versions.len()), (2, 1, 1));
    assert!(saved.certificates.iter().all(|one| one.certificate().is_some()), "they can be put back");

    let again = scene.cut(scene.settings().await).run(&quietly).await.unwrap();
    assert_eq!(again.outcomes.len(), record.outcomes.len(), "nothing was left to do");
    assert_eq!(again.last_token_dies, record.last_token_dies);
    assert_eq!(scene.saved().saved.certificates.len(), 2, "what was there at first stays on record");
}

#[tokio::test]
async fn with_the_vault_out_of_reach_the_credentials_go_all_the_same_and_a_second_run_does_the_rest() {
    let scene = Scene::new().await;
    let loot = scene.loot().await;
    let version = scene.azure.signer().versions().await.unwrap().remove(0).version;
    scene.azure.lab.faults().add(Fault::status(403).on_host("vault.azure.net"));
    let record = scene.cut(scene.settings().await).run(&quietly).await.unwrap();
    assert_eq!(scene.replay(&loot).await, StatusCode::UNAUTHORIZED, "cut without the vault");
    assert!(record.last_token_dies.is_some());
    assert!(record.saved.unread.iter().any(|words| words.contains("harborvault")), "{:?}", record.saved.unread);
    assert!(!record.outcomes.iter().any(|one| matches!(one.action, Action::DisableVersion { .. })));
    let whose = |one: &keystay_lifecycle::breach::Outcome| match &one.action {
        Action::RemoveCertificates { whose, .. } => Some(*whose),
        _ => None,
    };
    let told: Vec<_> = record.outcomes.iter().filter_map(whose).collect();
    assert_eq!(told, [Whose::Unknown], "nobody said that they are a stranger's: {:#?}", record.outcomes);
    assert!(!record.is_done() && !record.unseen.is_empty(), "the key still signs");

    scene.azure.lab.faults().clear();
    let record = scene.cut(scene.settings().await).run(&quietly).await.unwrap();
    assert_eq!(record.failures().count(), 0);
    assert!(record.is_done(), "{:#?} {:?}", record.left, record.unseen);
    assert!(!scene.azure.signer().key_is_enabled(&version).await.unwrap());
}

#[tokio::test]
async fn with_graph_out_of_reach_key_and_role_go_all_the_same_and_a_second_run_does_the_rest() {
    let scene = Scene::new().await;
    let loot = scene.loot().await;
    let version = scene.azure.signer().versions().await.unwrap().remove(0).version;
    scene.azure.lab.faults().add(Fault::status(503).on_host("graph.microsoft.com"));
    let mut settings = scene.settings().await;
    settings.disable_app = true;
    let record = scene.cut(settings).run(&quietly).await.unwrap();
    assert!(!scene.azure.signer().key_is_enabled(&version).await.unwrap());
    assert!(record.outcomes.iter().any(|one| matches!(one.action, Action::RemoveRole { .. }) && one.failure.is_none()));
    assert!(record.outcomes.iter().all(|one| one.failure.is_none()), "{:#?}", record.outcomes);
    assert!(!record.is_done() && record.last_token_dies.is_none(), "the certificates may still be there");
    assert_eq!(scene.replay(&loot).await, StatusCode::OK, "and are");

    scene.azure.lab.faults().clear();
    let record = scene.cut(scene.settings().await).run(&quietly).await.unwrap();
    assert!(record.is_done(), "{:#?} {:?}", record.left, record.unseen);
    assert!(record.last_token_dies.is_some());
    assert_eq!(scene.replay(&loot).await, StatusCode::UNAUTHORIZED);
    let saved = scene.saved().saved;
    assert_eq!((saved.certificates.len(), saved.roles.len(), saved.versions.len()), (2, 1, 1), "each as it was first");
}

#[tokio::test]
async fn what_the_settings_know_as_their_own_is_told_from_the_rest_without_the_vault() {
    let scene = Scene::new().await;
    let own = scene.azure.signer().versions().await.unwrap().remove(0).x5t;
    scene.azure.lab.faults().add(Fault::status(403).on_host("vault.azure.net"));
    let mut settings = scene.settings().await;
    settings.own = vec![own];
    let plan = scene.cut(settings).plan().await.unwrap();
    let removals: Vec<_> = plan
        .actions
        .iter()
        .filter_map(|action| match action {
            Action::RemoveCertificates { key_ids, whose } => Some((key_ids.len(), *whose)),
            _ => None,
        })
        .collect();
    assert_eq!(removals, [(1, Whose::Unknown), (1, Whose::Own)], "{:#?}", plan.actions);
}

#[tokio::test]
async fn a_step_that_fails_is_on_record_with_what_to_do_and_stops_no_other() {
    let scene = Scene::new().await;
    scene.azure.lab.faults().add(Fault::status(403).on_host("management.azure.com").on_path("roleAssignments/"));
    let mut settings = scene.settings().await;
    (settings.close_network, settings.disable_app) = (true, true);
    let record = scene.cut(settings).run(&quietly).await.unwrap();
    let failed: Vec<_> = record.failures().collect();
    assert_eq!(failed.len(), 1, "{failed:#?}");
    assert!(matches!(failed[0].action, Action::RemoveRole { .. }) && failed[0].hint.is_some());
    assert_eq!(scene.azure.application().await.is_disabled, Some(true), "the steps after it were done");
}

#[tokio::test]
async fn what_is_to_be_kept_goes_on_working() {
    let scene = Scene::new().await;
    let version = scene.azure.signer().versions().await.unwrap().remove(0);
    let credentials = scene.azure.application().await.key_credentials;
    let own = credentials.iter().find(|one| one.x5t().as_deref() == Some(&version.x5t)).unwrap();
    let mut settings = scene.settings().await;
    settings.keep = vec![own.id().to_string()];
    settings.identity = None;
    scene.cut(settings).run(&quietly).await.unwrap();
    let left = scene.azure.application().await.key_credentials;
    assert_eq!(left.iter().map(keystay_lifecycle::graph::KeyCredential::id).collect::<Vec<_>>(), [own.id()]);
    let key = Arc::new(scene.azure.signer().key(&version.version).await.unwrap());
    let client = Client::builder(scene.azure.app()).key(key).transport(scene.azure.transport()).build().unwrap();
    client.token(&scene.azure.customer(), &keystay::Scopes::graph()).await.unwrap();
    scene.azure.lab.clock().advance(Duration::from_secs(1));
}
