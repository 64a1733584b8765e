//! Documents a lab serves are documents the checks understand: what the checks read was written from the same pages of the
//! services' documentation by somebody else.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use keystay::Cloud;
use keystay_lifecycle::{
    Remote,
    collect::{Collector, Subject},
};
use keystay_posture::{Report, ReportOptions, State, facts::Missing};
use support::Azure;

#[tokio::test]
async fn nothing_the_lab_serves_is_malformed_and_a_new_apps_faults_are_found() {
    let azure = Azure::start().await;
    let host = azure.lab.seed().vault_host.clone();
    let vault_id = azure.resource_manager().find_vault(host.split('.').next().unwrap()).await.unwrap().unwrap();
    let subject = Subject {
        app: azure.app(),
        vault: format!("https://{host}").parse().unwrap(),
        vault_id,
        certificate: "harbor-signer".to_owned(),
        hosts: Vec::new(),
    };
    let remote = Remote { credential: azure.auditor().await, ..azure.remote() };
    let facts = Collector::new(&Cloud::Public, &remote, subject).collect(|_| {}).await.facts();
    let now = facts.application().key_credentials().unwrap().value[0].begins.unwrap();
    let report = Report::new(&facts, &ReportOptions::default(), now);

    for finding in &report.findings {
        for missing in &finding.missing {
            let understood = !matches!(missing, Missing::Malformed { .. } | Missing::Incomplete { .. });
            assert!(understood, "{}: {missing}", finding.id);
        }
    }
    let state = |slug| report.finding(slug).unwrap().state;
    for slug in ["key-not-exportable", "no-client-secret", "vault-uses-roles", "instance-lock", "assignments-reviewed"]
    {
        assert_eq!(state(slug), State::Pass, "{slug}");
    }
    // the seed registers a second certificate, no version of this one; its vault is open, and nobody watches it
    for slug in ["no-rogue-key", "vault-network-limited", "vault-log-kept", "signatures-watched"] {
        assert_eq!(state(slug), State::Fail, "{slug}");
    }
    // nobody said who is expected, but who can sign is told
    let signers = report.finding("only-expected-signers").unwrap();
    assert_eq!(signers.state, State::Unknown);
    let told = signers.seen.iter().filter(|one| one.value.contains("by Owner at /subscriptions/")).count();
    assert!(told > 0, "{:#?}", signers.seen);
}
