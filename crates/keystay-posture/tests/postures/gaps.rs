//! What is missing or malformed is unknown, and never passed.

use keystay_posture::{
    Report, ReportOptions, State, Verdict,
    checks::CHECKS,
    facts::{Document, Facts, Missing},
};
use serde_json::{Value, json};

use crate::world::{ADMINS, NOW, World};

#[test]
fn without_any_document_nothing_is_known_and_the_worst_is_assumed() {
    let report = Report::new(&Facts::default(), &ReportOptions::default(), NOW);
    assert_eq!(report.counts.unknown, 37);
    assert_eq!(report.verdict, Verdict::Unknowns);
    assert_eq!(report.outlook.now.worst.length.known(), None);
}

#[test]
fn removing_a_document_makes_the_checks_that_need_it_unknown_and_no_others() {
    for document in Document::ALL {
        let report = World::recommended().without(document).report();
        for check in CHECKS {
            let finding = report.finding(check.id).unwrap();
            if check.needs.contains(&document) {
                assert_eq!(finding.state, State::Unknown, "{} without {document}", check.id);
                let told = finding.missing.iter().any(|missing| missing.document() == document);
                assert!(told, "{} without {document}: {:?}", check.id, finding.missing);
            } else if !check.also_reads.contains(&document) {
                assert_eq!(finding.state, State::Pass, "{} without {document}: {:?}", check.id, finding.missing);
            } else {
                assert!(matches!(finding.state, State::Pass | State::Unknown), "{} without {document}", check.id);
            }
        }
    }
}

#[test]
fn every_document_is_needed_or_read_by_some_check() {
    for document in Document::ALL {
        let used = CHECKS.iter().any(|check| check.needs.contains(&document) || check.also_reads.contains(&document));
        assert!(used, "{document}");
    }
}

#[test]
fn a_refused_document_says_so() {
    let mut facts = World::recommended().without(Document::Vault).facts();
    facts.refuse(Document::Vault, "403");
    let report = Report::new(&facts, &ReportOptions::default(), NOW);
    let finding = report.finding("KS017").unwrap();
    assert_eq!(finding.state, State::Unknown);
    let refused = Missing::Refused { document: Document::Vault, code: "403".to_owned() };
    assert_eq!(finding.missing, [refused]);
}

#[test]
fn garbage_in_place_of_a_document_is_unknown_and_no_panic() {
    let garbage: [&[u8]; 9] =
        [b"", b"{", b"null", b"42", b"\"text\"", b"[[[]]]", b"[1]", b"\xff\xfe\x00", b"{\"value\":[{\"id\":7}]}"];
    let mut wrong = Vec::new();
    for document in Document::ALL {
        for bytes in garbage {
            let mut facts = World::recommended().without(document).facts();
            facts.add(document, bytes);
            let report = Report::new(&facts, &ReportOptions::default(), NOW);
            for check in CHECKS.iter().filter(|check| check.needs.contains(&document)) {
                let finding = report.finding(check.id).unwrap();
                // there being no principal at home is a fact, and null says it
                let says_none = document == Document::HomePrincipal && bytes == b"null";
                let state = if says_none { State::Pass } else { State::Unknown };
                if finding.state != state {
                    wrong.push((check.id, document, String::from_utf8_lossy(bytes), finding.state));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Each leaf of each document in turn becomes something of another type.
#[test]
fn a_field_of_the_wrong_type_never_turns_a_fault_into_a_pass_and_never_panics() {
    let recommended = World::recommended();
    let (mut tried, mut unknown) = (0, 0);
    for (document, value) in &recommended.documents {
        for pointer in leaves(value, String::new()) {
            for wrong in [json!({ "wrong": true }), json!([[]])] {
                let mut world = recommended.clone();
                *world.of(*document).pointer_mut(&pointer).unwrap() = wrong;
                let report = world.report();
                tried += 1;
                for finding in report.findings.iter().filter(|one| one.state == State::Unknown) {
                    unknown += 1;
                    assert!(!finding.missing.is_empty());
                    for missing in &finding.missing {
                        let Missing::Malformed { document, path, .. } = missing else { continue };
                        assert!(path.starts_with('$'), "{document} {path}");
                    }
                }
            }
        }
    }
    assert!(tried > 300 && unknown > 100, "{tried} tried, {unknown} unknown");
}

fn leaves(value: &Value, pointer: String) -> Vec<String> {
    match value {
        Value::Object(object) if !object.is_empty() => object
            .iter()
            .flat_map(|(name, value)| {
                leaves(value, format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")))
            })
            .collect(),
        Value::Array(all) if !all.is_empty() => {
            all.iter().enumerate().flat_map(|(index, value)| leaves(value, format!("{pointer}/{index}"))).collect()
        }
        _ => vec![pointer],
    }
}

#[test]
fn a_flag_that_is_text_is_told_with_its_path() {
    let mut world = World::recommended();
    world.of(Document::Vault)["properties"]["enablePurgeProtection"] = "yes".into();
    let report = world.report();
    let finding = report.finding("KS022").unwrap();
    assert_eq!(finding.state, State::Unknown);
    assert_eq!(
        finding.missing[0].to_string(),
        "vault.json is malformed at $.properties.enablePurgeProtection: expected true or false, found text"
    );
}

#[test]
fn a_list_of_which_a_page_is_missing_is_unknown() {
    let mut world = World::recommended();
    world.of(Document::RoleAssignments)["nextLink"] = "https://management.azure.com/more".into();
    assert_eq!(world.report().finding("KS014").unwrap().state, State::Unknown);
    // the next page, and all is known
    let mut facts = world.facts();
    facts.add(Document::RoleAssignments, br#"{"value":[]}"#);
    let report = Report::new(&facts, &ReportOptions::default(), NOW);
    assert_eq!(report.finding("KS014").unwrap().state, State::Pass);
}

#[test]
fn a_group_whose_members_are_not_known_is_unknown() {
    let mut world = World::recommended();
    *world.of(Document::GroupMembers) = json!({});
    assert_eq!(world.report().finding("KS014").unwrap().state, State::Unknown);
    let mut world = World::recommended();
    world.of(Document::GroupMembers)[ADMINS]["@odata.nextLink"] = "https://graph.microsoft.com/more".into();
    assert_eq!(world.report().finding("KS014").unwrap().state, State::Unknown);
}

#[test]
fn a_role_that_nothing_defines_is_unknown() {
    let mut world = World::recommended();
    let assignments = &mut world.of(Document::RoleAssignments)["value"];
    assignments[1]["properties"]["roleDefinitionId"] = "/x/roleDefinitions/00000000-0000-4000-8000-00000000dead".into();
    let report = world.report();
    for id in ["KS012", "KS013", "KS014", "KS015", "KS033"] {
        assert_eq!(report.finding(id).unwrap().state, State::Unknown, "{id}");
    }
    let missing = &report.finding("KS014").unwrap().missing[0];
    assert!(missing.to_string().contains("00000000-0000-4000-8000-00000000dead"), "{missing}");
}
