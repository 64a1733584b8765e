//! The library against a lab that shares no code with it: what is asked of the vault and of Entra, and how often.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use azure_security_keyvault_secrets::SecretClient;
use futures::{StreamExt, stream};
use keystay::{
    Certificate, Client, ErrorKind, Exportability, Fault, KeyErrorKind, ObjectId, RefusalKind, Scopes, SigningKey,
    Tenant, Vault, VaultKey,
};
use keystay_lab::{Fault as LabFault, FederatedCredential, Kind, LabOptions, Latency, Role, Scope};
use support::{conformance::conforms, lab::Azure};

/// Requests of one kind that were answered with success. The first request to a vault has no token and is challenged
/// (401): nothing is read or signed by it.
fn count(azure: &Azure, kind: Kind) -> usize {
    azure.lab.journal().entries().iter().filter(|entry| entry.kind == kind && entry.status == Some(200)).count()
}

#[tokio::test]
async fn a_token_from_a_key_in_the_vault_reads_users_of_a_customer() {
    let azure = Azure::start().await;
    let client = azure.client().await;
    let token = client.token(&azure.customer(), &Scopes::graph()).await.unwrap();
    let users = azure.http.get("https://graph.microsoft.com/v1.0/users?$top=3").bearer_auth(token.secret());
    let users: serde_json::Value = users.send().await.unwrap().json().await.unwrap();
    assert_eq!(users["value"].as_array().unwrap().len(), 3, "{users}");
}

#[tokio::test]
async fn two_hundred_callers_of_a_cold_tenant_are_one_sign_and_one_token_request_in_the_labs_journal() {
    let azure = Azure::start().await;
    let client = azure.client().await;
    let tenant = azure.customer();
    let callers = (0..200).map(|_| {
        let (client, tenant) = (client.clone(), tenant.clone());
        tokio::spawn(async move { client.token(&tenant, &Scopes::graph()).await.unwrap() })
    });
    for caller in futures::future::join_all(callers).await {
        caller.unwrap();
    }
    assert_eq!((count(&azure, Kind::Sign), azure.lab.journal().count(Kind::Token)), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_cold_tenants_are_a_thousand_signs_and_requests_and_one_certificate() {
    let azure = Azure::start().await;
    let app = azure.lab.seed().ready_app.unwrap();
    let tenants: Vec<Tenant> = azure
        .lab
        .directory()
        .create_tenants(1_000)
        .into_iter()
        .map(|tenant| {
            azure.lab.directory().consent(app, tenant).unwrap();
            tenant.into()
        })
        .collect();
    let client = azure.client().await;
    // the vault's challenge is answered and the certificate read; what follows is the cold start
    client.token(&azure.customer(), &Scopes::graph()).await.unwrap();
    assert_eq!(count(&azure, Kind::CertificateGet), 1);
    azure.lab.journal().clear();
    azure.lab.latency().set(Latency {
        sign: Duration::from_millis(15),
        token: Duration::from_millis(20),
        ..Latency::default()
    });
    let start = Instant::now();
    stream::iter(&tenants)
        .for_each_concurrent(64, async |tenant| {
            client.token(tenant, &Scopes::graph()).await.unwrap();
        })
        .await;
    let elapsed = start.elapsed();
    println!("1,000 cold tenants, 64 at once: {elapsed:?} (ideal 547 ms)");
    let journal = azure.lab.journal();
    let counts =
        [Kind::Sign, Kind::Token, Kind::CertificateGet, Kind::KeyGet, Kind::SecretGet].map(|kind| journal.count(kind));
    assert_eq!(counts, [1_000, 1_000, 0, 0, 0]);
}

#[tokio::test]
async fn a_vault_key_conforms_however_it_was_named() {
    let azure = Azure::start().await;
    let vault = azure.vault();
    let by_name = azure.signer().await;
    conforms(by_name.as_ref()).await;
    assert_eq!(by_name.exportability(), Exportability::NonExportable);

    let key_id: ObjectId = by_name.id().parse().unwrap();
    let certificate_id = by_name.id().replace("/keys/", "/certificates/").parse().unwrap();
    conforms(&VaultKey::from_certificate_id(&vault, &certificate_id).await.unwrap()).await;
    let certificate = Certificate::from_der(by_name.certificate().der()).unwrap();
    conforms(&VaultKey::from_key_id(&vault, &key_id, certificate).await.unwrap()).await;

    let exportable = VaultKey::from_certificate_name(&vault, "harbor-export").await.unwrap();
    conforms(&exportable).await;
    assert_eq!(exportable.exportability(), Exportability::Exportable);
}

#[tokio::test]
async fn an_exportable_key_in_the_vault_is_refused_when_asked_to() {
    let azure = Azure::start().await;
    let key = Arc::new(VaultKey::from_certificate_name(&azure.vault(), "harbor-export").await.unwrap());
    let app = azure.lab.seed().ready_app.unwrap();
    let error = Client::builder(app.into()).key(key).refuse_exportable_keys().build().unwrap_err();
    assert!(error.to_string().contains("exportable: false"), "{error}");
}

#[tokio::test]
async fn a_renewed_certificate_does_not_change_the_version_that_signs() {
    let azure = Azure::start().await;
    let client = azure.client().await;
    azure.lab.vaults().create_certificate(&azure.lab.seed().vault_host, "harbor-signer", false).unwrap();
    client.token(&azure.customer(), &Scopes::graph()).await.unwrap();
    // a program that starts now finds the new version, which nobody has registered
    let late = azure.client().await;
    let error = late.token(&azure.customer(), &Scopes::graph()).await.unwrap_err();
    assert_eq!(error.refusal().unwrap().kind(), RefusalKind::CertificateNotRegistered);
}

#[tokio::test]
async fn a_certificate_of_another_key_is_noticed_before_its_signature_is_used() {
    let azure = Azure::start().await;
    let vault = azure.vault();
    let other = VaultKey::from_certificate_name(&vault, "harbor-export").await.unwrap();
    let key_id: ObjectId = azure.signer().await.id().parse().unwrap();
    let mismatched = VaultKey::from_key_id(&vault, &key_id, other.certificate().clone()).await.unwrap();
    let app = azure.lab.seed().ready_app.unwrap();
    let client = Client::builder(app.into()).key(Arc::new(mismatched)).transport(azure.transport()).build().unwrap();
    let error = client.token(&azure.customer(), &Scopes::graph()).await.unwrap_err();
    let ErrorKind::Key(error) = error.kind() else { unreachable!("{error}") };
    assert_eq!(*error.kind(), KeyErrorKind::WrongSignature);
    assert_eq!(azure.lab.journal().count(Kind::Token), 0);
}

#[tokio::test]
async fn rs256_is_taken_as_well() {
    let azure = Azure::start().await;
    let app = azure.lab.seed().ready_app.unwrap();
    let client = Client::builder(app.into())
        .key(azure.signer().await)
        .rs256()
        .certificate_in_header()
        .transport(azure.transport())
        .build()
        .unwrap();
    client.token(&azure.customer(), &Scopes::graph()).await.unwrap();
}

#[tokio::test]
async fn a_client_of_the_official_sdk_works_with_a_tenants_credential() {
    let azure = Azure::start().await;
    let (host, customer) = ("juniperdata.vault.azure.net", azure.lab.seed().juniper.id);
    let client = azure.client().await;
    azure.lab.vaults().create(host, customer);
    let app = azure.lab.seed().ready_app.unwrap();
    let principal = azure.lab.directory().principal(app, customer).unwrap();
    azure.lab.vaults().assign_role(host, principal.id, Role::SecretsOfficer, Scope::Vault);

    let options = azure_security_keyvault_secrets::SecretClientOptions {
        client_options: azure_core::http::ClientOptions { transport: Some(azure.transport()), ..Default::default() },
        ..Default::default()
    };
    let secrets =
        SecretClient::new(&format!("https://{host}"), client.for_tenant(customer.into()), Some(options)).unwrap();
    let parameters = azure_security_keyvault_secrets::models::SetSecretParameters {
        value: Some("blue".into()),
        ..Default::default()
    };
    secrets.set_secret("colour", parameters.try_into().unwrap(), None).await.unwrap();
    let secret = secrets.get_secret("colour", None).await.unwrap().into_model().unwrap();
    assert_eq!(secret.value.as_deref(), Some("blue"));
}

#[tokio::test]
async fn a_managed_identity_as_federated_credential_needs_no_key() {
    let azure = Azure::start().await;
    let seed = azure.lab.seed();
    let app = seed.ready_app.unwrap();
    let issuer = format!("https://login.microsoftonline.com/{}/v2.0", seed.home.id);
    let credential = FederatedCredential::new("host", issuer, seed.host_identity.object_id.to_string());
    azure.lab.directory().add_federated_credential(app, credential).unwrap();
    let client = Client::builder(app.into())
        .federated_identity(azure.host_identity())
        .transport(azure.transport())
        .build()
        .unwrap();
    client.token(&azure.customer(), &Scopes::graph()).await.unwrap();
    assert_eq!(azure.lab.journal().count(Kind::Sign), 0);
}

#[tokio::test]
async fn refusals_are_understood_and_say_whose_turn_it_is() {
    let azure = Azure::start().await;
    let client = azure.client().await;
    let app = azure.lab.seed().ready_app.unwrap();
    let stranger = azure.lab.directory().create_tenant("Stranger");
    let nowhere: Tenant = "11111111-2222-4333-8444-555555555555".parse().unwrap();
    let refused = async |tenant: &Tenant| {
        let error = client.token(tenant, &Scopes::graph()).await.unwrap_err();
        let refusal = error.refusal().unwrap_or_else(|| unreachable!("{error}")).clone();
        assert!(refusal.trace_id().is_some() && refusal.correlation_id().is_some(), "{refusal:?}");
        assert!(!error.hint().is_empty());
        (refusal.kind(), error.fault())
    };
    assert_eq!(refused(&stranger.into()).await, (RefusalKind::NotConsented, Fault::TenantAdmin));
    assert_eq!(refused(&nowhere).await, (RefusalKind::TenantNotFound, Fault::Operator));
    azure.lab.directory().disable_app(app).unwrap();
    assert_eq!(refused(&azure.customer()).await, (RefusalKind::Disabled, Fault::AppOwner));
}

#[tokio::test]
async fn consent_that_arrives_is_found_after_invalidate_at_once() {
    let azure = Azure::start().await;
    let client = azure.client().await;
    let app = azure.lab.seed().ready_app.unwrap();
    let stranger = azure.lab.directory().create_tenant("Stranger");
    client.token(&stranger.into(), &Scopes::graph()).await.unwrap_err();
    azure.lab.directory().consent(app, stranger).unwrap();
    client.token(&stranger.into(), &Scopes::graph()).await.unwrap_err();
    client.invalidate(&stranger.into());
    client.token(&stranger.into(), &Scopes::graph()).await.unwrap();
}

#[tokio::test]
async fn a_computer_an_hour_wrong_still_gets_tokens() {
    let azure = Azure::start().await;
    let client = azure.client().await;
    // the lab's clock is the right one; ours is an hour behind
    azure.lab.clock().advance(Duration::from_secs(3600));
    client.token(&azure.customer(), &Scopes::graph()).await.unwrap();
    assert_eq!(count(&azure, Kind::Sign), 2);
}

#[tokio::test]
async fn a_vault_that_refuses_says_which_right_is_missing() {
    let azure = Azure::start().await;
    let client = azure.client().await;
    let seed = azure.lab.seed();
    azure.lab.vaults().remove_roles(&seed.vault_host, seed.host_identity.object_id);
    let error = client.token(&azure.customer(), &Scopes::graph()).await.unwrap_err();
    assert_eq!((error.code(), error.fault()), ("key-denied", Fault::Operator), "{error}");
    assert!(error.hint().contains("keys/sign/action"), "{}", error.hint());
    let missing = VaultKey::from_certificate_name(&azure.vault(), "harbor-signer").await.unwrap_err();
    assert_eq!(*missing.kind(), KeyErrorKind::Denied);
}

#[tokio::test]
async fn what_is_wrong_with_a_key_is_said_by_kind() {
    let azure = Azure::start().await;
    let client = azure.client().await;
    let seed = azure.lab.seed();
    let nothing = VaultKey::from_certificate_name(&azure.vault(), "no-such-certificate").await.unwrap_err();
    assert_eq!(*nothing.kind(), KeyErrorKind::NotFound, "{nothing}");
    azure.lab.vaults().set_key_enabled(&seed.vault_host, "harbor-signer", "", false).unwrap();
    let error = client.token(&azure.customer(), &Scopes::graph()).await.unwrap_err();
    assert_eq!(error.code(), "key-disabled", "{error}");
}

#[tokio::test]
async fn a_vault_that_stumbles_is_asked_again_and_one_that_throttles_is_reported() {
    let azure = Azure::start().await;
    let client = azure.client().await;
    azure.lab.faults().add(LabFault::status(503).on_path("/sign").times(1));
    client.token(&azure.customer(), &Scopes::graph()).await.unwrap();
    client.invalidate(&azure.customer());
    azure.lab.faults().add(LabFault::status(429).on_path("/sign"));
    let error = client.token(&azure.customer(), &Scopes::graph()).await.unwrap_err();
    assert_eq!(error.code(), "key-throttled", "{error}");
}

#[tokio::test]
async fn entra_down_is_one_clear_message_and_cached_tokens_go_on() {
    let azure = Azure::start().await;
    let client = azure.client().await;
    let kept = client.token(&azure.customer(), &Scopes::graph()).await.unwrap();
    azure.lab.faults().add(LabFault::status(503).on_host("login.microsoftonline.com"));
    let error = client.token(&azure.lab.seed().marlow.id.into(), &Scopes::graph()).await.unwrap_err();
    assert_eq!((error.code(), error.fault()), ("transient", Fault::Service), "{error}");
    let again = client.token(&azure.customer(), &Scopes::graph()).await.unwrap();
    assert_eq!(again.secret(), kept.secret());
}

#[tokio::test]
async fn an_unreachable_vault_is_named() {
    let azure = Azure::with(LabOptions::new()).await;
    let nowhere =
        reqwest::Client::builder().proxy(reqwest::Proxy::https("http://127.0.0.1:9").unwrap()).build().unwrap();
    let vault = Vault::new(
        &"https://harborvault.vault.azure.net".parse().unwrap(),
        azure.host_identity(),
        keystay::Transport::new(Arc::new(nowhere)),
    )
    .unwrap();
    let error = VaultKey::from_certificate_name(&vault, "harbor-signer").await.unwrap_err();
    assert_eq!(*error.kind(), KeyErrorKind::Unreachable, "{error}");
    assert!(error.to_string().contains("harborvault.vault.azure.net"), "{error}");
}
