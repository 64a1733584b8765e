//! Whatever goes wrong, in here or out there: one clear message, a hint, the right exit code, no panic.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(unix)]

use std::{path::PathBuf, process::Command, time::Duration};

use keystay_lab::{Fault, FaultAction, Lab, LabOptions};
use tokio::runtime::Runtime;

/// A lab in this process, so that a test can break it.
struct Outside {
    lab: Lab,
    _runtime: Runtime,
}

/// What the command said and how it ended.
struct Said {
    code: Option<i32>,
    words: String,
}

impl Outside {
    fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let lab = runtime.block_on(Lab::start(LabOptions::new().with_ready_app(true))).unwrap();
        Self { lab, _runtime: runtime }
    }

    /// `keystay token` as the ready app, with some settings replaced.
    fn ask(&self, settings: &[(&str, &str)]) -> Said {
        let client_id = self.lab.seed().ready_app.unwrap().to_string();
        let mut command = Command::new(env!("CARGO_BIN_EXE_keystay"));
        command
            .args(["token", "--tenant", "juniper.onmicrosoft.com"])
            .current_dir(env!("CARGO_TARGET_TMPDIR"))
            .envs(self.lab.environment())
            .env("KEYSTAY_CLIENT_ID", client_id)
            .env("KEYSTAY_KEY_VAULT", "https://harborvault.vault.azure.net")
            .env("KEYSTAY_KEY_CERTIFICATE", "harbor-signer")
            .env("KEYSTAY_VAULT_CREDENTIAL", "managed-identity");
        for (name, value) in settings {
            if value.is_empty() {
                command.env_remove(name)
            } else {
                command.env(name, value)
            };
        }
        let output = command.output().unwrap();
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!words.contains("panicked"), "{words}");
        Said { code: output.status.code(), words }
    }
}

impl Said {
    #[track_caller]
    fn is(&self, code: i32, message: &str) -> &Self {
        assert_eq!(self.code, Some(code), "{}", self.words);
        assert!(self.words.starts_with("error: ") && self.words.contains(message), "{}", self.words);
        assert_eq!(self.words.lines().filter(|line| line.starts_with("error: ")).count(), 1, "{}", self.words);
        self
    }

    #[track_caller]
    fn hints(&self, hint: &str) {
        assert!(self.words.contains("hint: ") && self.words.contains(hint), "{}", self.words);
    }
}

#[test]
fn the_vault_refuses() {
    let outside = Outside::new();
    let seed = outside.lab.seed();
    outside.lab.vaults().remove_roles(&seed.vault_host, seed.host_identity.object_id);
    outside.ask(&[]).is(1, "may not be used by this identity").hints("keys/sign/action");
}

#[test]
fn the_vault_is_down() {
    let outside = Outside::new();
    outside.lab.faults().add(Fault::new(FaultAction::Reset).on_host("vault.azure.net"));
    outside.ask(&[]).is(1, "cannot be reached").hints("DNS");
}

#[test]
fn entra_is_down() {
    let outside = Outside::new();
    outside.lab.faults().add(Fault::status(503).on_host("login.microsoftonline.com"));
    outside.ask(&[]).is(1, "Entra failed").hints("passes");
    outside.lab.faults().clear();
    outside.lab.faults().add(Fault::new(FaultAction::Truncate).on_host("login.microsoftonline.com"));
    outside.ask(&[]).is(1, "login.microsoftonline.com").hints("proxy");
}

#[test]
fn this_computers_clock_is_wrong_by_an_hour() {
    let outside = Outside::new();
    outside.lab.clock().advance(Duration::from_secs(3600));
    let said = outside.ask(&[]);
    assert_eq!(said.code, Some(0), "the offset is learned, and the token comes: {}", said.words);
}

#[test]
fn the_certificate_has_expired() {
    let outside = Outside::new();
    outside.lab.clock().advance(Duration::from_secs(400 * 24 * 3600));
    let said = outside.ask(&[]);
    assert_eq!(said.code, Some(1), "{}", said.words);
    assert!(said.words.contains("hint: "), "{}", said.words);
}

#[test]
fn a_file_with_an_expired_certificate_is_refused_before_anybody_is_asked() {
    let outside = Outside::new();
    let key = rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048).unwrap();
    let mut parameters = rcgen::CertificateParams::default();
    parameters.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let pem = parameters.self_signed(&key).unwrap().pem() + &key.serialize_pem();
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("expired.pem");
    std::fs::write(&file, pem).unwrap();
    let settings =
        [("KEYSTAY_KEY_VAULT", ""), ("KEYSTAY_KEY_CERTIFICATE", ""), ("KEYSTAY_KEY_PEM_FILE", file.to_str().unwrap())];
    let said = outside.ask(&settings);
    assert_eq!(said.code, Some(2), "{}", said.words);
    assert!(said.words.contains("has expired"), "{}", said.words);
    assert!(outside.lab.journal().entries().is_empty());
}

#[test]
fn names_that_cannot_be_right_are_configuration_errors() {
    let outside = Outside::new();
    for (setting, value, message) in [
        ("KEYSTAY_KEY_VAULT", "http://harborvault.vault.azure.net", "https://"),
        ("KEYSTAY_KEY_VAULT", "https://evil.example", "vault.azure.net"),
        ("KEYSTAY_CLIENT_ID", "harbor", "GUID"),
        ("KEYSTAY_VAULT_CREDENTIAL", "password", "managed-identity"),
        ("KEYSTAY_KEY_CERTIFICATE", "a/b", "letters, digits and hyphens"),
        ("KEYSTAY_KEY_CERTIFICATE", "", "certificate"),
    ] {
        let said = outside.ask(&[(setting, value)]);
        assert_eq!(said.code, Some(2), "{setting}={value}: {}", said.words);
        assert!(said.words.contains(message), "{setting}={value}: {}", said.words);
    }
    assert!(outside.lab.journal().entries().is_empty(), "nobody was asked");
}

#[test]
fn a_missing_certificate_is_named() {
    Outside::new().ask(&[("KEYSTAY_KEY_CERTIFICATE", "no-such-certificate")]).is(1, "does not exist").hints("name");
}
