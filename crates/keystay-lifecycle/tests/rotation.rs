//! Rotations against the lab: what is planned, what is done, and the same end wherever it is broken off.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use keystay::{Confirmation, Pin, SigningKey};
use keystay_lab::Propagation;
use keystay_lifecycle::{
    Remote,
    rotate::{Blocked, Due, RotateError, Rotated, Rotation, RotationSettings, Step},
    vault::{PolicyFault, SigningCertificate},
};
use support::{Azure, crash::Crash, time::Driving};

struct Scene {
    azure: Azure,
    folder: tempfile::TempDir,
    begun: SystemTime,
}

impl Scene {
    async fn new() -> Self {
        let azure = Azure::start().await;
        let begun = azure.lab.clock().now();
        Self { azure, folder: tempfile::tempdir().unwrap(), begun }
    }

    fn pin_file(&self) -> PathBuf {
        self.folder.path().join("harbor-signer.pin")
    }

    /// Everything made before the scene began is due.
    fn settings(&self) -> RotationSettings {
        let mut settings = RotationSettings::new(self.azure.app(), self.pin_file());
        settings.samples = vec![self.azure.customer()];
        settings.due = Due::MadeBefore(self.begun);
        settings
    }

    fn rotation(&self, settings: RotationSettings) -> Rotation {
        Rotation::new(settings, self.azure.signer(), self.azure.remote())
            .with_clock(Arc::new(Driving(self.azure.lab.clock().clone(), 500)))
    }

    async fn rotate(&self) -> Result<Rotated, RotateError> {
        self.rotation(self.settings()).run(&quietly).await
    }

    /// The end every rotation of the first version comes to.
    async fn assert_rotated(&self) {
        let versions = self.azure.signer().versions().await.unwrap();
        // one more may lie between them: a request that is on its way when its program is killed has its effect
        let [old, between @ .., new] = versions.as_slice() else { panic!("{versions:#?}") };
        assert!(between.iter().all(|version| !version.enabled), "{between:#?}");
        let pin = Pin::read(&self.pin_file()).unwrap();
        assert_eq!((pin.generation, pin.version()), (2, new.version.as_str()));
        assert_eq!(pin.exportable, Some(false));
        assert_eq!(pin.previous.as_ref().unwrap().version, old.version);
        let credentials = self.azure.application().await.key_credentials;
        let registered: Vec<String> =
            credentials.iter().filter_map(keystay_lifecycle::graph::KeyCredential::x5t).collect();
        assert!(registered.contains(&new.x5t) && !registered.contains(&old.x5t), "{registered:?}");
        assert_eq!(registered.len(), 2, "the certificate of somebody else stays");
        assert!(new.enabled && !old.enabled);
        assert!(!self.azure.signer().key_is_enabled(&old.version).await.unwrap());
        let record = std::fs::read_to_string(self.settings().record).unwrap();
        assert_eq!(record.lines().count(), 1, "{record}");
        assert!(record.contains(&new.version) && record.contains(&old.version));
        let left: Vec<_> =
            std::fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left.len(), 3, "pin, record and lock: {left:?}");
    }
}

fn quietly(_: &str) {}

#[tokio::test]
async fn a_rotation_is_planned_in_the_order_of_the_facts_and_done_as_planned() {
    let scene = Scene::new().await;
    scene.azure.lab.directory().set_propagation(Propagation { credential_seconds: 120, ..Propagation::default() });
    let (observed, plan) = scene.rotation(scene.settings()).plan().await.unwrap();
    assert_eq!(observed.pin, None);
    let order = |steps: &[Step]| -> Vec<String> {
        let name = |step: &Step| serde_json::to_value(step).unwrap()["step"].as_str().unwrap().to_owned();
        steps.iter().map(name).collect()
    };
    let expected = ["flip", "create", "register", "probe", "flip", "overlap", "remove", "disable", "record"];
    assert_eq!(order(&plan.steps), expected);
    assert!(!scene.pin_file().exists(), "planning changes nothing");
    assert_eq!(scene.azure.signer().versions().await.unwrap().len(), 1);

    let rotated = scene.rotate().await.unwrap();
    assert_eq!(order(&rotated.steps), expected);
    scene.assert_rotated().await;

    let again = scene.rotate().await.unwrap();
    assert_eq!(again.steps, [], "nothing is left to do");
    scene.assert_rotated().await;
}

#[tokio::test]
async fn the_overlap_outlasts_every_assertion_of_the_old_key() {
    let scene = Scene::new().await;
    scene.rotate().await.unwrap();
    let pin = Pin::read(&scene.pin_file()).unwrap();
    let removed = scene.azure.lab.journal().entries();
    let removed = removed.iter().find(|entry| entry.path.ends_with("removeKey")).unwrap();
    assert!(removed.at - pin.since >= time::Duration::minutes(15), "{} after {}", removed.at, pin.since);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_of_its_requests_and_run_again_it_comes_to_the_same_end() {
    let scene = Scene::new().await;
    scene.azure.lab.directory().set_propagation(Propagation { credential_seconds: 30, ..Propagation::default() });
    let kills = run_killed_at_every_request(&scene, scene.settings()).await;
    println!("killed {kills} times");
    assert!(kills >= 25, "{kills}");
    scene.assert_rotated().await;
}

/// Runs a rotation that dies at its first request, then one that dies at its second, and so on, until one lives to its end.
/// How often it died.
async fn run_killed_at_every_request(scene: &Scene, settings: RotationSettings) -> usize {
    for at in 1.. {
        let crash = Crash::at(scene.azure.http.clone(), at);
        let remote = Remote { transport: crash.transport(), ..scene.azure.remote() };
        let url = format!("https://{}", scene.azure.lab.seed().vault_host).parse().unwrap();
        let vault = keystay::Vault::new(&url, scene.azure.operator(), crash.transport()).unwrap();
        let signer = SigningCertificate::new(vault, "harbor-signer").unwrap();
        let clock = Arc::new(Driving(scene.azure.lab.clock().clone(), 500));
        let rotation = Rotation::new(settings.clone(), signer, remote).with_clock(clock);
        if let Some(outcome) = crash.survive(rotation.run(&quietly)).await {
            outcome.unwrap();
            return at - 1;
        }
    }
    unreachable!()
}

#[tokio::test]
async fn a_version_the_vault_made_by_itself_is_taken_instead_of_another_one() {
    let scene = Scene::new().await;
    let mut settings = scene.settings();
    settings.due = Due::Share(0.9);
    assert_eq!(scene.rotation(settings.clone()).run(&quietly).await.unwrap().steps.len(), 2, "pin and record");
    // nothing is due, and yet a version is there that nobody registered
    scene.azure.lab.vaults().create_certificate(&scene.azure.lab.seed().vault_host, "harbor-signer", false).unwrap();
    let rotated = scene.rotation(settings).run(&quietly).await.unwrap();
    assert!(matches!(rotated.steps[0], Step::Register { .. }), "{:?}", rotated.steps);
    let versions = scene.azure.signer().versions().await.unwrap();
    assert_eq!(versions.len(), 2);
    assert_eq!(rotated.pin.unwrap().version(), versions[1].version);
}

#[tokio::test]
async fn a_version_that_can_be_downloaded_is_no_successor_and_the_policy_is_corrected() {
    let scene = Scene::new().await;
    let vaults = scene.azure.lab.vaults();
    vaults.create_certificate(&scene.azure.lab.seed().vault_host, "harbor-signer", true).unwrap();
    scene.azure.lab.clock().advance(Duration::from_secs(5));
    let mut settings = scene.settings();
    settings.due = Due::MadeBefore(scene.azure.lab.clock().now());
    let (_, plan) = scene.rotation(settings.clone()).plan().await.unwrap();
    assert!(plan.notes.iter().any(|note| note.contains("exportable")), "{:?}", plan.notes);
    let rotated = scene.rotation(settings).run(&quietly).await.unwrap();
    let corrected = rotated
        .steps
        .iter()
        .any(|step| matches!(step, Step::Create { corrects } if corrects.contains(&PolicyFault::Exportable)));
    assert!(corrected, "{:?}", rotated.steps);
    let versions = scene.azure.signer().versions().await.unwrap();
    assert_eq!((versions.len(), rotated.pin.unwrap().version()), (3, versions[2].version.as_str()));
    assert_eq!(scene.azure.signer().policy().await.unwrap().faults(), []);
}

#[tokio::test]
async fn without_a_key_that_could_sign_a_proof_an_owner_breaks_the_glass() {
    let scene = Scene::new().await;
    scene.rotate().await.unwrap();
    // more than the certificate's year
    scene.azure.lab.clock().advance(Duration::from_secs(400 * 86_400));
    let stuck = scene.rotate().await.unwrap_err();
    assert!(matches!(stuck, RotateError::Blocked(Blocked::NoProof)), "{stuck}");
    assert!(stuck.hint().contains("--break-glass"));

    let mut settings = scene.settings();
    settings.break_glass = true;
    let rotated = scene.rotation(settings).run(&quietly).await.unwrap();
    assert!(rotated.steps.iter().any(|step| matches!(step, Step::RegisterByOwner { .. })), "{:?}", rotated.steps);
    let wait = rotated.steps.iter().any(|step| matches!(step, Step::Overlap { .. }));
    assert!(!wait, "what has expired is used by nobody: {:?}", rotated.steps);
    assert_eq!(rotated.pin.unwrap().generation, 3);
}

#[tokio::test]
async fn a_token_service_that_never_hears_of_the_new_certificate_leaves_the_old_one_in_place() {
    let scene = Scene::new().await;
    scene.azure.lab.directory().set_propagation(Propagation { credential_seconds: 86_400, ..Propagation::default() });
    let mut settings = scene.settings();
    settings.patience = Duration::from_secs(300);
    let error = scene.rotation(settings).run(&quietly).await.unwrap_err();
    assert!(matches!(error, RotateError::Patience { .. }), "{error}");
    assert!(error.to_string().contains("the old one goes on signing"), "{error}");
    let pin = Pin::read(&scene.pin_file()).unwrap();
    assert_eq!(pin.version(), scene.azure.signer().versions().await.unwrap()[0].version);
}

#[tokio::test]
async fn the_old_certificate_stays_for_as_long_as_a_follower_signs_with_it() {
    let scene = Scene::new().await;
    let directory = Confirmation::directory(&scene.pin_file());
    std::fs::create_dir(&directory).unwrap();
    let say = |generation: u64, at: SystemTime| {
        let said = Confirmation { instance: "web-1".into(), generation, at: at.into() };
        std::fs::write(directory.join("web-1.json"), serde_json::to_vec(&said).unwrap()).unwrap();
    };
    // alive during the whole test, and deaf
    say(1, scene.azure.lab.clock().now() + Duration::from_secs(86_400));
    let mut settings = scene.settings();
    settings.followers_patience = Duration::from_secs(60);
    let error = scene.rotation(settings).run(&quietly).await.unwrap_err();
    assert!(matches!(&error, RotateError::Followers { instances } if instances == &["web-1"]), "{error}");
    let first = scene.azure.signer().versions().await.unwrap().remove(0);
    let still = scene.azure.application().await.key_credentials;
    assert!(still.iter().any(|one| one.x5t().as_deref() == Some(&first.x5t)), "not removed");

    say(2, scene.azure.lab.clock().now());
    scene.rotate().await.unwrap();
    let left = scene.azure.application().await.key_credentials;
    assert!(!left.iter().any(|one| one.x5t().as_deref() == Some(&first.x5t)), "removed");
}

#[tokio::test]
async fn two_rotations_of_one_pin_do_not_run_at_once() {
    let scene = Scene::new().await;
    let rotation = scene.rotation(scene.settings());
    let mut first = Box::pin(rotation.run(&quietly));
    // the lock is taken at the first step
    assert!(futures::poll!(&mut first).is_pending());
    let second = scene.rotate().await.unwrap_err();
    assert!(matches!(second, RotateError::Locked { .. }), "{second}");
    first.await.unwrap();
    scene.assert_rotated().await;
}

#[tokio::test]
async fn a_version_somebody_took_off_the_app_is_registered_again() {
    let scene = Scene::new().await;
    scene.rotate().await.unwrap();
    let application = scene.azure.application().await;
    let new = scene.azure.signer().versions().await.unwrap().remove(1);
    let keep = |list: &[keystay_lifecycle::graph::KeyCredential]| -> Vec<_> {
        list.iter().filter(|one| one.x5t().as_deref() != Some(&new.x5t)).cloned().collect()
    };
    scene.azure.graph().change_key_credentials(application.id, keep).await.unwrap();
    let stuck = scene.rotate().await.unwrap_err();
    assert!(matches!(stuck, RotateError::Blocked(Blocked::NoProof)), "{stuck}");
    let mut settings = scene.settings();
    settings.break_glass = true;
    scene.rotation(settings).run(&quietly).await.unwrap();
    scene.assert_rotated().await;
}

#[tokio::test]
async fn a_pin_of_another_certificate_is_not_touched() {
    let scene = Scene::new().await;
    scene.rotate().await.unwrap();
    let other = SigningCertificate::new(scene.azure.vault(), "harbor-export").unwrap();
    let rotation = Rotation::new(scene.settings(), other, scene.azure.remote());
    let error = rotation.plan().await.unwrap_err();
    assert!(matches!(error, RotateError::OtherCertificate { .. }), "{error}");
}

#[tokio::test]
async fn the_pinned_key_is_the_one_of_the_pin_and_no_other() {
    let scene = Scene::new().await;
    scene.rotate().await.unwrap();
    let pin = Pin::read(&scene.pin_file()).unwrap();
    let key = pin.key(&scene.azure.vault()).await.unwrap();
    assert_eq!(key.exportability(), keystay::Exportability::NonExportable);
    assert!(key.id().ends_with(pin.version()));
    let wrong = Pin { thumbprint: pin.previous.as_ref().unwrap().thumbprint.clone(), ..pin };
    let error = wrong.key(&scene.azure.vault()).await.unwrap_err();
    assert!(error.to_string().contains("thumbprint"), "{error}");
    write_pin(&scene.pin_file(), "not a pin");
    assert!(Pin::read(&scene.pin_file()).unwrap_err().to_string().contains("keystay rotate"));
}

fn write_pin(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
}
