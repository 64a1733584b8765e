//! The shared calls against a lab that shares no code with them.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use keystay::{Certificate, SigningKey};
use keystay_lab::Fault;
use keystay_lifecycle::{
    CallErrorKind,
    graph::{Graph, KeyCredential, KeyProof},
    vault::{Creation, PolicyFault, SigningPolicy},
};
use support::Azure;

const SIGN: &str = "Microsoft.KeyVault/vaults/keys/sign/action";

/// A second version of the signer, which nobody has registered.
async fn second_version(azure: &Azure) -> Certificate {
    let signer = azure.signer();
    signer.create_version(signer.policy().await.unwrap().corrected()).await.unwrap();
    assert_eq!(signer.creation().await.unwrap(), Creation::None);
    let versions = signer.versions().await.unwrap();
    assert_eq!(versions.len(), 2);
    signer.key(&versions[1].version).await.unwrap().certificate().clone()
}

#[tokio::test]
async fn an_app_without_any_permission_rolls_its_own_key_with_a_proof_signed_in_the_vault() {
    let azure = Azure::start().await;
    let itself = Graph::new(&keystay::Cloud::Public, azure.as_the_app().await);
    let application = itself.application(azure.app()).await.unwrap();
    let first = azure.signer().versions().await.unwrap().remove(0);
    let key = azure.signer().key(&first.version).await.unwrap();
    let old = application.key_credentials.iter().find(|one| one.is(key.certificate())).unwrap().id();
    let certificate = second_version(&azure).await;

    let proof = KeyProof::sign(&key, application.id, azure.lab.clock().now()).await.unwrap();
    let added = itself.add_key(application.id, &certificate, &proof).await.unwrap();
    let now = itself.application(azure.app()).await.unwrap().key_credentials;
    assert!(now.iter().any(|one| one.is(&certificate) && one.id() == added.id()), "{now:?}");

    let second = azure.signer().versions().await.unwrap().remove(1);
    let proof_by_new = azure.signer().key(&second.version).await.unwrap();
    let proof = KeyProof::sign(&proof_by_new, application.id, azure.lab.clock().now()).await.unwrap();
    itself.remove_key(application.id, old, &proof).await.unwrap();
    // once more is fine: a run that was broken off does it again
    itself.remove_key(application.id, old, &proof).await.unwrap();
    let left = azure.application().await.key_credentials;
    assert!(!left.iter().any(|one| one.id() == old), "{left:?}");
}

#[tokio::test]
async fn a_wrong_proof_is_told_as_one_with_graphs_code_and_request_id() {
    let azure = Azure::start().await;
    let application = azure.application().await;
    let stranger = second_version(&azure).await;
    let second = azure.signer().versions().await.unwrap().remove(1);
    let unregistered = azure.signer().key(&second.version).await.unwrap();
    let proof = KeyProof::sign(&unregistered, application.id, azure.lab.clock().now()).await.unwrap();
    let error = azure.graph().add_key(application.id, &stranger, &proof).await.unwrap_err();
    assert_eq!(error.kind(), CallErrorKind::Proof, "{error}");
    assert_eq!(error.service_code(), Some("Authentication_MissingOrMalformed"));
    assert!(error.request_id().is_some_and(|id| error.to_string().contains(id)), "{error}");
    assert!(error.hint().contains("registered and valid"));
    assert!(!format!("{error:?} {proof:?}").contains("eyJ"), "{error:?}");
}

#[tokio::test]
async fn changing_the_list_keeps_every_other_certificate() {
    let azure = Azure::start().await;
    let application = azure.application().await;
    let before = application.key_credentials.len();
    let certificate = second_version(&azure).await;
    let after = azure
        .graph()
        .change_key_credentials(application.id, |list| {
            [list, &[KeyCredential::of(&certificate, "by an owner")]].concat()
        })
        .await
        .unwrap();
    assert_eq!(after.len(), before + 1);
    for kept in &application.key_credentials {
        assert!(after.iter().any(|one| one.id() == kept.id() && one.certificate().is_some()));
    }
    let only = after.iter().find(|one| one.is(&certificate)).unwrap().id();
    let left = azure
        .graph()
        .change_key_credentials(application.id, |list| list.iter().filter(|one| one.id() != only).cloned().collect())
        .await
        .unwrap();
    assert_eq!(left.len(), before);
}

#[tokio::test]
async fn a_policy_that_would_make_a_stolen_or_unregistered_version_is_seen_and_corrected() {
    let azure = Azure::start().await;
    let exportable = keystay_lifecycle::vault::SigningCertificate::new(azure.vault(), "harbor-export").unwrap();
    let policy = exportable.policy().await.unwrap();
    assert!(policy.faults().contains(&PolicyFault::Exportable), "{:?}", policy.faults());
    assert_eq!(policy.corrected().faults(), []);
    assert_eq!(SigningPolicy::new("CN=fresh", 1).faults(), []);
}

#[tokio::test]
async fn a_disabled_version_signs_no_more_and_can_be_enabled_again() {
    let azure = Azure::start().await;
    let (signer, application) = (azure.signer(), azure.application().await);
    let version = signer.versions().await.unwrap().remove(0).version;
    let key = signer.key(&version).await.unwrap();
    signer.disable(&version).await.unwrap();
    assert!(!signer.key_is_enabled(&version).await.unwrap());
    assert!(!signer.versions().await.unwrap()[0].enabled);
    let refused = KeyProof::sign(&key, application.id, azure.lab.clock().now()).await.unwrap_err();
    assert_eq!(*refused.kind(), keystay::KeyErrorKind::Disabled);
    signer.set_certificate_enabled(&version, true).await.unwrap();
    signer.set_key_enabled(&version, true).await.unwrap();
    KeyProof::sign(&key, application.id, azure.lab.clock().now()).await.unwrap();
}

#[tokio::test]
async fn owners_federated_credentials_secrets_and_the_switch_of_the_app() {
    let azure = Azure::start().await;
    let (graph, application) = (azure.graph(), azure.application().await);
    let admin = azure.lab.directory().tenant(azure.lab.seed().home.id).unwrap().users[0].id;
    graph.add_owner(application.id, admin).await.unwrap();
    graph.add_owner(application.id, admin).await.unwrap();
    let owners = graph.owners(application.id).await.unwrap();
    assert_eq!(owners.iter().map(|owner| owner.id).collect::<Vec<_>>(), [admin]);
    assert!(owners[0].kind.ends_with("user"));
    graph.remove_owner(application.id, admin).await.unwrap();
    graph.remove_owner(application.id, admin).await.unwrap();
    assert!(graph.owners(application.id).await.unwrap().is_empty());

    assert!(graph.federated_credentials(application.id).await.unwrap().is_empty());
    graph.remove_federated_credential(application.id, "5c0a8c1e-0000-4000-8000-000000000001").await.unwrap();
    graph.remove_password(application.id, uuid::Uuid::new_v4()).await.unwrap();

    graph.set_disabled(application.id, true).await.unwrap();
    assert_eq!(azure.application().await.is_disabled, Some(true));
    graph.set_disabled(application.id, false).await.unwrap();
    assert_eq!(azure.application().await.is_disabled, Some(false));
    assert!(graph.service_principal(azure.app()).await.unwrap().account_enabled.unwrap());
}

#[tokio::test]
async fn a_role_that_may_sign_is_found_taken_and_given_back() {
    let azure = Azure::start().await;
    let manager = azure.resource_manager();
    let host = azure.lab.seed().host_identity.object_id;
    let vault = manager.find_vault("harborvault").await.unwrap().unwrap();
    assert_eq!(manager.find_vault("nobodysvault").await.unwrap(), None);
    let assignments = manager.role_assignments_of(&vault, host).await.unwrap();
    let mut signers = Vec::new();
    for assignment in &assignments {
        if manager.role_definition(&assignment.properties.role_definition_id).await.unwrap().allows_data(SIGN) {
            signers.push(assignment.clone());
        }
    }
    assert_eq!((assignments.len(), signers.len()), (2, 1), "{assignments:#?}");
    manager.remove_role_assignment(&signers[0]).await.unwrap();
    manager.remove_role_assignment(&signers[0]).await.unwrap();
    assert_eq!(manager.role_assignments_of(&vault, host).await.unwrap().len(), 1);
    manager.put_role_assignment(&signers[0]).await.unwrap();
    manager.put_role_assignment(&signers[0]).await.unwrap();
    assert_eq!(manager.role_assignments_of(&vault, host).await.unwrap().len(), 2);
    assert!(manager.role_assignments(&vault).await.unwrap().len() > 2);
}

#[tokio::test]
async fn a_vault_is_closed_to_the_network_and_opened_again() {
    let azure = Azure::start().await;
    let manager = azure.resource_manager();
    let vault = manager.find_vault("harborvault").await.unwrap().unwrap();
    assert!(manager.vault(&vault).await.unwrap().public_access);
    manager.set_public_access(&vault, false).await.unwrap();
    assert!(!manager.vault(&vault).await.unwrap().public_access);
    let refused = azure.signer().versions().await.unwrap_err();
    assert_eq!(*refused.kind(), keystay::KeyErrorKind::Network, "{refused}");
    manager.set_public_access(&vault, true).await.unwrap();
    azure.signer().versions().await.unwrap();
}

#[tokio::test]
async fn a_caller_without_the_right_is_told_which_one() {
    let azure = Azure::start().await;
    let itself = azure.as_the_app().await;
    let application = azure.application().await;
    let error = Graph::new(&keystay::Cloud::Public, itself).set_disabled(application.id, true).await.unwrap_err();
    assert_eq!(error.kind(), CallErrorKind::Denied, "{error}");
    assert!(error.hint().contains("owner"), "{}", error.hint());
}

#[tokio::test]
async fn a_service_that_fails_for_a_moment_is_asked_again_and_one_that_keeps_failing_is_told() {
    let azure = Azure::start().await;
    azure.lab.faults().add(Fault::status(503).on_host("graph.microsoft.com").times(1));
    azure.application().await;
    azure.lab.faults().add(Fault::status(400).on_host("graph.microsoft.com").times(1));
    let error = azure.graph().application(azure.app()).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (CallErrorKind::Invalid, Some(400)));
    azure.lab.faults().add(Fault::status(503).on_path("addKey"));
    let (signer, application) = (azure.signer(), azure.application().await);
    let key = signer.key(&signer.versions().await.unwrap()[0].version).await.unwrap();
    let proof = KeyProof::sign(&key, application.id, azure.lab.clock().now()).await.unwrap();
    let error = azure.graph().add_key(application.id, key.certificate(), &proof).await.unwrap_err();
    assert_eq!(error.kind(), CallErrorKind::Unavailable, "{error}");
    let asked = azure.lab.journal().entries().iter().filter(|entry| entry.path.ends_with("addKey")).count();
    assert_eq!(asked, 1, "a POST that may have had its effect is not repeated");
}
