//! Exit codes, and what is said about bad input.

use std::fs;

use keystay_posture::facts::Document;

use crate::{
    Exported, running,
    running::said,
    variants::{VARIANTS, sample, textbook_bad},
    world::World,
};

fn code(exported: &Exported, arguments: &[&str]) -> i32 {
    exported.doctor(arguments).status.code().unwrap()
}

#[test]
fn the_exit_code_says_clean_faulty_or_unknown() {
    let recommended = Exported::of(&World::recommended());
    assert_eq!(code(&recommended, &[]), 0, "{}", said(&recommended.doctor(&[])).0);
    for world in [sample(), textbook_bad()] {
        assert_eq!(code(&Exported::of(&world), &[]), 3);
    }
    let partial = Exported::of(&World::recommended().without(Document::DefenderPricing));
    assert_eq!(code(&partial, &[]), 4);
    assert_eq!(code(&partial, &["--allow-unknown"]), 0);

    let mut low = World::recommended();
    VARIANTS.iter().find(|variant| variant.0 == "KS008").unwrap().2(&mut low);
    let low = Exported::of(&low);
    assert_eq!(code(&low, &[]), 3);
    assert_eq!(code(&low, &["--fail-on", "medium"]), 0);
}

#[test]
fn every_fault_is_found_by_its_check_alone() {
    for (id, what, spoil) in VARIANTS {
        let mut world = World::recommended();
        spoil(&mut world);
        let output = Exported::of(&world).doctor(&["--json"]);
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let findings = report["findings"].as_array().unwrap();
        let failed: Vec<_> =
            findings.iter().filter(|one| one["state"] == "FAIL").map(|one| one["id"].as_str().unwrap()).collect();
        assert_eq!(failed, [id], "{what}");
        assert_eq!(output.status.code(), Some(3), "{what}");
    }
}

#[test]
fn an_accepted_fault_does_not_fail_and_an_expired_acceptance_does() {
    let mut world = World::recommended();
    VARIANTS.iter().find(|variant| variant.0 == "KS008").unwrap().2(&mut world);
    let exported = Exported::of(&world);
    let accept = exported.path().join("accept.toml");
    let until = |day: &str| {
        let resource = format!("{}/keys/harbor-signer", crate::world::VAULT);
        let text = format!(
            "[[accept]]\nid = \"KS008\"\nresource = \"{resource}\"\nreason = \"next budget\"\nby = \"Kim\"\nexpires = \"{day}\"\n"
        );
        fs::write(&accept, text).unwrap();
        exported.command(&["--accept"]).arg(&accept).output().unwrap()
    };
    let output = until("2027-03-31");
    assert_eq!(output.status.code(), Some(0), "{}", said(&output).0);
    assert!(said(&output).0.contains("ACCEPTED KS008"), "{}", said(&output).0);
    let output = until("2026-11-01");
    assert_eq!(output.status.code(), Some(3));
    assert!(said(&output).0.contains("expired"), "{}", said(&output).0);
    let output = until("2029-11-01");
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).1.contains("at most a year"), "{}", said(&output).1);
}

#[test]
fn bad_input_is_named() {
    let nothing = tempfile::tempdir().unwrap();
    let doctor = |arguments: &[&str]| running::keystay(&[&["doctor"], arguments].concat()).output().unwrap();
    let output = doctor(&["--from", nothing.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).1.contains("none of the documents"), "{}", said(&output).1);
    let output = doctor(&["--from", "/nowhere/at/all"]);
    assert_eq!(output.status.code(), Some(2));
    let output = doctor(&["--fail-on", "terrible"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).1.contains("critical"), "{}", said(&output).1);
    // no settings at all: the mistake is named, nobody is asked
    let output = doctor(&[]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output).1);

    let exported = Exported::of(&World::recommended());
    fs::write(exported.path().join("vault.json"), "{\"id\": ").unwrap();
    fs::write(exported.path().join("notes.json"), "{}").unwrap();
    let output = exported.doctor(&[]);
    assert_eq!(output.status.code(), Some(4), "a torn document is unknown: {}", said(&output).0);
    assert!(said(&output).1.contains("notes.json"), "{}", said(&output).1);
}
