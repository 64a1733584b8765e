//! What the checks say of each posture.

use std::collections::BTreeMap;

use keystay_posture::{
    Acceptances, Report, ReportOptions, Severity, State, Verdict,
    checks::CHECKS,
    exposure::Length,
    facts::{Document, Facts},
};

use crate::{
    az::az,
    variants::{VARIANTS, sample, textbook_bad},
    world::{NOW, OWNER, SUBSCRIPTION, VAULT, World, assignment},
};

/// The ids of findings in these states, with what each saw.
fn those(report: &Report, states: &[State]) -> BTreeMap<&'static str, Vec<String>> {
    let wanted = report.findings.iter().filter(|finding| states.contains(&finding.state));
    wanted
        .map(|finding| {
            let seen = finding.seen.iter().map(|one| format!("{} {}: {}", one.document, one.path, one.value));
            (finding.id, seen.chain(finding.missing.iter().map(ToString::to_string)).collect())
        })
        .collect()
}

fn not_passed(report: &Report) -> BTreeMap<&'static str, Vec<String>> {
    those(report, &[State::Fail, State::Unknown, State::NotApplicable, State::Accepted])
}

#[test]
fn the_recommended_posture_passes_every_check_and_the_worst_case_is_one_token() {
    let report = World::recommended().report();
    assert_eq!(not_passed(&report), BTreeMap::new());
    assert_eq!((report.counts.pass, report.verdict), (37, Verdict::Clean));
    assert_eq!(report.outlook.now.worst.length, Length::minutes(90));
}

#[test]
fn it_passes_in_the_spelling_of_az_too() {
    let report = az(&World::recommended()).report();
    assert_eq!(not_passed(&report), BTreeMap::new());
    assert_eq!(report.outlook, World::recommended().report().outlook);
}

#[test]
fn each_fault_is_found_by_its_check_and_by_no_other() {
    for (id, what, fault) in VARIANTS {
        let mut world = World::recommended();
        fault(&mut world);
        for (spelling, world) in [("rest", world.clone()), ("az", az(&world))] {
            let report = world.report();
            let found = not_passed(&report);
            let ids: Vec<_> = found.keys().copied().collect();
            assert_eq!(ids, [id], "{what} ({spelling}): {found:#?}");
            let finding = report.finding(id).unwrap();
            assert_eq!(finding.state, State::Fail, "{what} ({spelling})");
            assert!(!finding.fix.is_empty() && !finding.may_break.is_empty(), "{what}");
            assert!(finding.seen[0].path.starts_with('$') && !finding.seen[0].value.is_empty(), "{what}");
            assert_eq!(report.verdict, Verdict::Faults, "{what}");
        }
    }
}

#[test]
fn there_is_a_fault_for_every_check() {
    let ids: Vec<_> = CHECKS.iter().map(|check| check.id).collect();
    assert_eq!(ids, VARIANTS.map(|(id, _, _)| id));
    let expected: Vec<_> = (1..=37).map(|number| format!("KS{number:03}")).collect();
    assert_eq!(ids, expected);
}

#[test]
fn every_fix_is_a_command_a_shell_can_read_with_the_real_names_in_it() {
    for (id, what, fault) in VARIANTS {
        let mut world = World::recommended();
        fault(&mut world);
        let report = world.report();
        for line in &report.finding(id).unwrap().fix {
            if line.starts_with('#') {
                continue;
            }
            let words = shlex::split(line).unwrap_or_else(|| panic!("{what}: {line}"));
            assert!(["az", "keystay"].contains(&words[0].as_str()), "{what}: {line}");
            // what no document names is left to the reader, as the subnet of a private endpoint
            let allowed = ["<resource group>", "<action group id>", "<each address to keep>", "<network>", "<subnet>"];
            let unknown = words.iter().filter(|word| word.contains('<') && !allowed.contains(&word.as_str()));
            assert_eq!(unknown.count(), 0, "{what}: {line}");
        }
    }
}

#[test]
fn the_usual_sample_is_exposed_until_its_certificate_ends() {
    let report = sample().report();
    let failed: Vec<_> = those(&report, &[State::Fail]).into_keys().collect();
    let expected =
        ["KS001", "KS004", "KS006", "KS008", "KS009", "KS012", "KS013", "KS017", "KS018", "KS019", "KS020", "KS033"];
    assert_eq!(failed, expected, "{:#?}", those(&report, &[State::Fail]));
    assert_eq!(those(&report, &[State::Unknown]), BTreeMap::new());
    let outlook = &report.outlook;
    assert_eq!(outlook.now.worst.length, Length::days(243) + Length::minutes(90));
    assert_eq!(outlook.after_cut.worst.length, Length::minutes(5 + 90));
    assert_eq!(outlook.with_fixes.worst.length, Length::minutes(90));
    // nobody would notice
    assert_eq!(outlook.incident.worst.length, Length::Unbounded);
    assert!(outlook.incident_with_fixes.worst.length.known().is_some());
}

#[test]
fn where_no_key_in_a_vault_proves_the_app_there_is_none_to_check() {
    let mut world = World::recommended();
    world.of(Document::SignerSettings)["credential"] = "federated-identity".into();
    let report = world.report();
    let not_here = those(&report, &[State::NotApplicable]);
    assert!(not_here.contains_key("KS001") && not_here.contains_key("KS017"), "{not_here:#?}");
    assert_eq!(report.counts.fail + report.counts.unknown, 0);
    // a key in a file is a key that can be taken
    world.of(Document::SignerSettings)["credential"] = "certificate-file".into();
    let report = world.report();
    assert_eq!(those(&report, &[State::Fail]).into_keys().collect::<Vec<_>>(), ["KS001"]);
}

#[test]
fn the_textbook_bad_one_fails_all_that_can_be_wrong_at_once() {
    let report = textbook_bad().report();
    let fine: Vec<_> = report.findings.iter().filter(|one| one.state != State::Fail).map(|one| one.id).collect();
    assert_eq!(fine, ["KS005"], "{:#?}", those(&report, &[State::Pass, State::Unknown, State::NotApplicable]));
    assert_eq!(report.counts.fail, 36);
    // the severest come first
    let severities: Vec<_> =
        report.findings.iter().filter(|one| one.state == State::Fail).map(|one| one.severity).collect();
    assert!(severities.is_sorted_by(|one, next| one >= next));
    assert_eq!(severities[0], Severity::Critical);
}

#[test]
fn a_folder_on_disk_is_the_same_posture() {
    let folder = tempfile::tempdir().unwrap();
    let world = sample();
    world.write(folder.path());
    let mut facts = Facts::default();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let document = Document::of_file(entry.file_name().to_str().unwrap()).unwrap();
        facts.add(document, &std::fs::read(entry.path()).unwrap());
    }
    let report = Report::new(&facts, &ReportOptions::default(), NOW);
    assert_eq!(report.findings, world.report().findings);
}

#[test]
fn the_effect_of_a_repair_is_the_difference_it_makes_alone() {
    let mut world = World::recommended();
    world.of(Document::SignerSettings)["gives_out"] = "signatures".into();
    let report = world.report();
    let effect = report.finding("KS033").unwrap().effect.as_ref().unwrap();
    // signed in advance until the certificate ends, against one token
    assert_eq!(effect.worst_now, Length::days(20) + Length::minutes(90));
    assert_eq!(effect.worst_without, Length::minutes(90));
    assert!(effect.changes_anything());
    // what is not about time has no effect in time
    let (_, _, fault) = VARIANTS[22];
    let mut world = World::recommended();
    fault(&mut world);
    assert_eq!(world.report().finding("KS023").unwrap().effect, None);
}

#[test]
fn what_azure_leaves_out_means_what_azure_says_it_means() {
    // the property, what null and absence mean for it, and the check that says so
    for (property, id) in
        [("enableRbacAuthorization", "KS011"), ("enablePurgeProtection", "KS022"), ("publicNetworkAccess", "KS017")]
    {
        let mut world = World::recommended();
        let vault = world.of(Document::Vault)["properties"].as_object_mut().unwrap();
        // so that public access decides
        vault["networkAcls"]["defaultAction"] = "Allow".into();
        vault.insert(property.to_owned(), serde_json::Value::Null);
        assert_eq!(world.report().finding(id).unwrap().state, State::Fail, "{property}: null");
        world.of(Document::Vault)["properties"].as_object_mut().unwrap().remove(property);
        assert_eq!(world.report().finding(id).unwrap().state, State::Fail, "no {property}");
    }
    // absent rules let everybody in, and trusted services too
    let mut world = World::recommended();
    world.of(Document::Vault)["properties"]["publicNetworkAccess"] = "Enabled".into();
    assert_eq!(world.report().finding("KS017").unwrap().state, State::Pass);
    world.of(Document::Vault)["properties"]["networkAcls"] = serde_json::Value::Null;
    let report = world.report();
    assert_eq!(report.finding("KS017").unwrap().state, State::Fail);
    assert_eq!(report.finding("KS018").unwrap().state, State::Fail);
}

#[test]
fn few_addresses_are_narrow_and_many_are_not() {
    for (range, state) in [
        ("203.0.113.7", State::Pass),
        ("203.0.113.0/24", State::Pass),
        ("203.0.0.0/16", State::Fail),
        ("0.0.0.0/0", State::Fail),
        ("2001:db8::/64", State::Pass),
        ("2001:db8::/32", State::Fail),
        ("not an address", State::Fail),
    ] {
        let mut world = World::recommended();
        let vault = &mut world.of(Document::Vault)["properties"];
        vault["publicNetworkAccess"] = "Enabled".into();
        vault["networkAcls"]["ipRules"] = serde_json::json!([{ "value": range }]);
        assert_eq!(world.report().finding("KS017").unwrap().state, state, "{range}");
    }
}

#[test]
fn whoever_may_activate_a_role_unnamed_is_a_signer_too_and_loses_an_eligibility_not_an_assignment() {
    let mut world = World::recommended();
    let list = world.of(Document::EligibilitySchedules)["value"].as_array_mut().unwrap();
    list.push(assignment("e11e0000-0000-4000-8000-000000000001", "User", OWNER, SUBSCRIPTION, 10));
    let report = world.report();
    assert_eq!(not_passed(&report).into_keys().collect::<Vec<_>>(), ["KS014"]);
    let finding = report.finding("KS014").unwrap();
    assert!(finding.seen[0].value.contains("can activate a role and then sign, by Owner"), "{:?}", finding.seen[0]);
    assert_eq!(finding.fix.len(), 1);
    assert!(finding.fix[0].starts_with("# in Privileged Identity Management: end the eligibility of e11e0000"));
}

#[test]
fn a_restriction_for_younger_apps_does_not_bind_this_one() {
    let mut world = World::recommended();
    let policy = &mut world.of(Document::DefaultAppManagementPolicy)["applicationRestrictions"];
    policy["passwordCredentials"][0]["restrictForAppsCreatedAfterDateTime"] = "2025-01-01T00:00:00Z".into();
    assert_eq!(world.report().finding("KS025").unwrap().state, State::Fail);
}

#[test]
fn an_accepted_fault_is_not_repaired_in_the_headline() {
    let mut world = World::recommended();
    world.of(Document::SignerSettings)["gives_out"] = "signatures".into();
    let repaired = world.report().outlook.with_fixes.worst.length;
    assert_eq!(repaired, Length::minutes(90));
    let resource = world.report().finding("KS033").unwrap().resource.clone();
    let file = format!(
        "[[accept]]\nid = \"KS033\"\nresource = \"{resource}\"\nreason = \"one host until spring\"\nby = \"Kim Berg\"\nexpires \
         = \"2027-03-31\"\n"
    );
    let acceptances = Acceptances::from_toml(&file, NOW).unwrap();
    let report = Report::new(&world.facts(), &ReportOptions { acceptances, ..ReportOptions::default() }, NOW);
    assert_eq!(report.counts.accepted, 1);
    assert_eq!(report.outlook.with_fixes.worst.length, Length::days(20) + Length::minutes(90));
}

fn accept(expires: &str) -> String {
    format!(
        "[[accept]]\nid = \"KS004\"\nresource = \"app:a11ce000-0000-4000-8000-000000000001\"\nreason = \"the HSM \
         vendor's ceremony\"\nby = \"Kim Berg\"\nexpires = \"{expires}\"\n"
    )
}

#[test]
fn an_accepted_fault_does_not_fail_and_still_counts_in_the_exposure() {
    let mut world = sample();
    world.of(Document::SignerSettings)["registers_new_versions"] = true.into();
    let acceptances = Acceptances::from_toml(&accept("2027-06-30"), NOW).unwrap();
    let options = ReportOptions { acceptances, ..ReportOptions::default() };
    let (with, without) = (Report::new(&world.facts(), &options, NOW), world.report());
    let finding = with.finding("certificate-short-lived").unwrap();
    assert_eq!(finding.state, State::Accepted);
    assert_eq!(finding.acceptance.as_ref().unwrap().by, "Kim Berg");
    assert_eq!(with.counts.fail + 1, without.counts.fail);
    assert_eq!(with.outlook.now, without.outlook.now);
    assert_eq!(with.stale_acceptances, []);
    // alone, it does not fail the report
    let (_, _, fault) = VARIANTS[3];
    let mut world = World::recommended();
    fault(&mut world);
    assert_eq!(Report::new(&world.facts(), &options, NOW).verdict, Verdict::Clean);
}

#[test]
fn an_expired_or_needless_acceptance_fails_the_report() {
    let (_, _, fault) = VARIANTS[3];
    let mut world = World::recommended();
    fault(&mut world);
    let expired = Acceptances::from_toml(&accept("2026-11-23"), NOW).unwrap();
    let options = ReportOptions { acceptances: expired, ..ReportOptions::default() };
    let report = Report::new(&world.facts(), &options, NOW);
    assert_eq!(report.finding("KS004").unwrap().state, State::Fail);
    assert_eq!(report.stale_acceptances[0].problem, "it has expired");

    let needless = Acceptances::from_toml(&accept("2027-06-30"), NOW).unwrap();
    let options = ReportOptions { acceptances: needless, ..ReportOptions::default() };
    let report = Report::new(&World::recommended().facts(), &options, NOW);
    assert_eq!(report.verdict, Verdict::Faults);
    assert!(report.stale_acceptances[0].problem.contains("remove it"));

    let elsewhere = accept("2027-06-30").replace("app:a11ce000", "app:b22ce000");
    let options =
        ReportOptions { acceptances: Acceptances::from_toml(&elsewhere, NOW).unwrap(), ..ReportOptions::default() };
    let report = Report::new(&world.facts(), &options, NOW);
    assert_eq!(report.finding("KS004").unwrap().state, State::Fail);
    assert!(report.stale_acceptances[0].problem.contains("not looked at"));
}

#[test]
fn an_acceptance_must_say_why_by_whom_and_until_when() {
    let good = accept("2027-06-30");
    for (change, says) in [
        (good.replace("reason", "reasons"), "cannot be read"),
        (good.replace("by = \"Kim Berg\"\n", ""), "missing field `by`"),
        (good.replace("the HSM vendor's ceremony", " "), "empty reason"),
        (good.replace("KS004", "KS099"), "no such check"),
        (good.replace("2027-06-30", "2028-06-30"), "at most a year ahead"),
        (good.replace("2027-06-30", "next summer"), "expected a date"),
        (format!("{good}{good}"), "repeats an earlier one"),
        ("accept = 1".to_owned(), "cannot be read"),
    ] {
        let error = Acceptances::from_toml(&change, NOW).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    let json = r#"{"accept":[{"id":"key-in-hardware","resource":"x","reason":"y","by":"z","expires":"2027-01-01T00:00:00Z"}]}"#;
    assert_eq!(Acceptances::from_json(json, NOW).unwrap().len(), 1);
}

#[test]
fn the_report_says_what_it_is_about_and_serialises_under_a_version() {
    let report = sample().report();
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["schema_version"], 1);
    assert_eq!(json["vault"], VAULT);
    let exportable = json["findings"].as_array().unwrap().iter().find(|one| one["id"] == "KS001").unwrap();
    assert_eq!(exportable["state"], "FAIL");
    assert_eq!(exportable["severity"], "critical");
    assert_eq!(exportable["resource"], format!("{VAULT}/keys/harbor-signer"));
    assert_eq!(exportable["seen"][0]["document"], "certificate");
    assert_eq!(exportable["seen"][0]["path"], "$.policy.key_props.exportable");
    let text = json.to_string();
    assert!(!text.contains("MII"), "no certificate belongs into a report");
}
