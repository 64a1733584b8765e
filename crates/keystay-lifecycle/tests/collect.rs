//! What the doctor wants to know, read from a lab that shares no code with it.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::collections::BTreeSet;

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use keystay::Cloud;
use keystay_lifecycle::{
    Remote,
    collect::{Absence, Collector, Subject},
};
use keystay_posture::facts::{Document, Repeat};
use support::Azure;

async fn subject(azure: &Azure) -> Subject {
    let host = azure.lab.seed().vault_host.clone();
    let name = host.split('.').next().unwrap();
    let vault_id = azure.resource_manager().find_vault(name).await.unwrap().unwrap();
    Subject {
        app: azure.app(),
        vault: format!("https://{host}").parse().unwrap(),
        vault_id,
        certificate: "harbor-signer".to_owned(),
        hosts: Vec::new(),
    }
}

#[tokio::test]
async fn everything_the_lab_has_is_read_and_nothing_but_read() {
    let azure = Azure::start().await;
    let subject = subject(&azure).await;
    let remote = Remote { credential: azure.auditor().await, ..azure.remote() };
    azure.lab.journal().clear();
    let collector = Collector::new(&Cloud::Public, &remote, subject);
    let mut told = BTreeSet::new();
    let collected = collector
        .collect(|progress| {
            told.insert(progress.document);
        })
        .await;

    let absent: Vec<_> = collected
        .iter()
        .filter_map(|(document, outcome)| outcome.err().map(|absence| (document, absence.code())))
        .collect();
    // what the lab does not play, and what nobody named
    let expected = [
        Document::AccessReviews,
        Document::LogWorkspaces,
        Document::Hosts,
        Document::HostRoleAssignments,
        Document::PublishingPolicies,
    ];
    assert_eq!(absent.iter().map(|(document, _)| *document).collect::<Vec<_>>(), expected, "{absent:?}");
    let all = Document::ALL.into_iter().filter(|document| document.repeat() != Repeat::Keystay).collect();
    assert_eq!(told, all);

    let facts = collected.facts();
    assert_eq!(facts.application().app_id().unwrap().value, azure.app().to_string());
    assert_eq!(facts.certificate_versions().unwrap().len(), 1);
    assert_eq!(facts.key_versions().unwrap().len(), 1);
    assert!(!facts.role_assignments().unwrap().is_empty());

    for entry in azure.lab.journal().entries() {
        let reads = entry.method == "GET" || entry.host == "login.microsoftonline.com" || entry.method == "CONNECT";
        assert!(reads, "{} {}{}", entry.method, entry.host, entry.path);
    }
}

#[tokio::test]
async fn a_caller_without_rights_gets_the_services_reasons_document_by_document() {
    let azure = Azure::start().await;
    let subject = subject(&azure).await;
    // the app itself: it may sign, and read its own registration
    let collector = Collector::new(&Cloud::Public, &azure.as_the_app().await, subject);
    let collected = collector.collect(|_| {}).await;
    let outcome = |wanted: Document| {
        let found = collected.iter().find(|(document, _)| *document == wanted);
        found.unwrap().1.err().map(Absence::code)
    };
    assert_eq!(outcome(Document::Application), None);
    for document in [Document::Vault, Document::RoleAssignments, Document::AuthorizationPolicy] {
        let code = outcome(document).unwrap_or_else(|| panic!("{document} was given out"));
        assert!(code.contains("403"), "{document}: {code}");
    }
    assert_eq!(outcome(Document::GroupMembers).unwrap(), "needs role-assignments.json");
    let missing = collected.facts().role_assignments().unwrap_err().to_string();
    assert!(missing.contains("403"), "{missing}");
}

#[tokio::test]
async fn without_a_token_every_document_is_missing_and_says_why() {
    #[derive(Debug)]
    struct Nobody;
    #[async_trait]
    impl TokenCredential for Nobody {
        async fn get_token(&self, _: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
            Err(azure_core::Error::with_message(azure_core::error::ErrorKind::Credential, "nobody is signed in"))
        }
    }
    let azure = Azure::start().await;
    let subject = subject(&azure).await;
    let remote = Remote { credential: std::sync::Arc::new(Nobody), ..azure.remote() };
    let collected = Collector::new(&Cloud::Public, &remote, subject).collect(|_| {}).await;
    for (document, outcome) in collected.iter() {
        let absence = outcome.expect_err("nobody reads anything");
        assert!(matches!(absence, Absence::Call(_) | Absence::NeedsAnother(_) | Absence::Unsupported(_)), "{document}");
    }
    let (_, vault) = collected.iter().next().unwrap();
    assert!(vault.unwrap_err().to_string().contains("nobody is signed in"));
}
