//! Ten thousand role assignments and a thousand versions.

use keystay_posture::{
    Report, ReportOptions, State,
    facts::{Document, Facts},
};
use serde_json::{Value, json};

use crate::world::{CONTRIBUTOR, CRYPTO_USER, Certificate, NOW, SUBSCRIPTION, VAULT, World, assignment, key_version};

/// A big posture in which one in a thousand assignments is a way to the key.
pub(crate) fn big(assignments: usize, versions: usize) -> World {
    let mut world = World::recommended();
    let list = world.of(Document::RoleAssignments)["value"].as_array_mut().unwrap();
    for number in 0..assignments {
        let principal = format!("{number:08x}-0000-4000-8000-0000000000ff");
        let other = format!("{SUBSCRIPTION}/resourceGroups/other-{number}");
        let (role, scope) = if number % 1000 == 0 { (CRYPTO_USER, VAULT) } else { (CONTRIBUTOR, other.as_str()) };
        list.push(assignment(&principal, "ServicePrincipal", role, scope, 30));
    }
    // one certificate under many ids: to make a thousand would be the slowest part of the test
    let certificate = Certificate::living(time::Duration::days(-40), time::Duration::days(-10));
    let older = (0..versions).map(|number| certificate.version(&format!("old{number}"), false));
    world.of(Document::CertificateVersions).as_array_mut().unwrap().extend(older);
    let older = (0..versions).map(|number| key_version(&format!("old{number}"), false, false));
    world.of(Document::KeyVersions).as_array_mut().unwrap().extend(older);
    let older = (0..versions).map(|number| certificate.credential(&format!("c{number}")));
    world.of(Document::Application)["keyCredentials"].as_array_mut().unwrap().extend(older);
    world
}

#[test]
fn the_few_ways_to_the_key_are_found_among_ten_thousand_assignments() {
    let report = big(10_000, 1_000).report();
    let finding = report.finding("KS014").unwrap();
    assert_eq!(finding.state, State::Fail);
    let ways = finding.seen.iter().filter(|one| one.value.contains("Key Vault Crypto User")).count();
    assert_eq!(ways, 10);
    assert!(finding.seen.iter().any(|one| one.value.contains("of 10002 assignments looked at")));
    assert_eq!(report.counts.fail, 1);
}

/// Members of members of members, each group in all groups above it: a naive walk takes 2^60 steps.
#[test]
fn groups_in_groups_are_walked_once() {
    let mut world = World::recommended();
    let id = |number: usize| format!("66{number:06x}-0000-4000-8000-000000000000");
    let mut groups = world.of(Document::GroupMembers).as_object().unwrap().clone();
    for number in 0..60 {
        let mut members: Vec<Value> =
            (number + 1..60).map(|inner| json!({ "@odata.type": "#microsoft.graph.group", "id": id(inner) })).collect();
        // and the last contains the first again
        members.push(json!({ "@odata.type": "#microsoft.graph.group", "id": id(0) }));
        if number == 59 {
            members
                .push(json!({ "@odata.type": "#microsoft.graph.user", "id": "deadbeef-0000-4000-8000-000000000001" }));
        }
        groups.insert(id(number), members.into());
    }
    *world.of(Document::GroupMembers) = groups.into();
    let list = world.of(Document::RoleAssignments)["value"].as_array_mut().unwrap();
    list.push(assignment(&id(0), "Group", CRYPTO_USER, VAULT, 30));
    let report = world.report();
    let finding = report.finding("KS015").unwrap();
    assert_eq!(finding.state, State::Fail);
    let people: Vec<_> = finding.seen.iter().filter(|one| one.value.contains("deadbeef")).collect();
    assert_eq!(people.len(), 1, "{people:#?}");
}

/// By hand: `cargo test -p keystay-posture --release --test postures -- --ignored --nocapture seconds`.
#[test]
#[ignore = "a measurement, not a test"]
fn how_many_seconds_the_big_posture_takes() {
    let world = big(10_000, 1_000);
    let bytes: Vec<_> =
        world.documents.iter().map(|(document, value)| (*document, serde_json::to_vec(value).unwrap())).collect();
    let start = std::time::Instant::now();
    let mut facts = Facts::default();
    for (document, bytes) in &bytes {
        facts.add(*document, bytes);
    }
    let (read, start) = (start.elapsed(), std::time::Instant::now());
    let report = Report::new(&facts, &ReportOptions::default(), NOW);
    let size: usize = bytes.iter().map(|(_, one)| one.len()).sum();
    println!("{size} bytes read in {read:?}, checked in {:?}", start.elapsed());
    assert_eq!(report.counts.fail, 1);
}
