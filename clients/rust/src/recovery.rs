//! Soft delete: deleted, listed as such, brought back, and gone for good.

use azure_core::http::StatusCode;
use azure_security_keyvault_keys::models::CurveName;
use futures::TryStreamExt;

use crate::{
    certificates::{begin, create, self_signed},
    errors::refused,
    keys::{create_named, ec},
    lab::{certificate_client, fresh, key_client, secret_client},
    report::{Outcome, Report},
    secrets::{set, value},
};

const GONE: StatusCode = StatusCode::NotFound;
const RECOVERABLE: Option<&str> = Some("ObjectIsDeletedButRecoverable");

pub async fn run(report: &mut Report) {
    report.case("recovery", "key: delete, recover, purge", key()).await;
    report.case("recovery", "secret: delete, recover, purge", secret()).await;
    let name = "certificate: delete, recover, purge, its key and secret with it";
    report.case("recovery", name, certificate()).await;
}

async fn key() -> Outcome {
    let (client, name) = (key_client().await, fresh("deleted"));
    create_named(&name, ec(CurveName::P256)).await?;
    let deleted = client.delete_key(&name, None).await?.into_model()?;
    assert!(deleted.recovery_id.is_some() && deleted.scheduled_purge_date > deleted.deleted_date);
    refused(client.get_key(&name, None).await, GONE, "KeyNotFound", None)?;
    let again = client.create_key(&name, ec(CurveName::P256).try_into()?, None).await;
    refused(again, StatusCode::Conflict, "Conflict", RECOVERABLE)?;
    let listed: Vec<_> = client.list_deleted_key_properties(None)?.try_collect().await?;
    assert!(listed.iter().any(|one| one.kid.as_ref().is_some_and(|id| id.contains(&name))));
    client.get_deleted_key(&name, None).await?;
    client.recover_deleted_key(&name, None).await?;
    client.get_key(&name, None).await?;
    client.delete_key(&name, None).await?;
    client.purge_deleted_key(&name, None).await?;
    refused(client.get_deleted_key(&name, None).await, GONE, "KeyNotFound", None)
}

async fn secret() -> Outcome {
    let (client, name) = (secret_client().await, fresh("deleted"));
    set(&name, value("value")).await?;
    let deleted = client.delete_secret(&name, None).await?.into_model()?;
    assert!(deleted.recovery_id.is_some() && deleted.scheduled_purge_date > deleted.deleted_date);
    refused(client.get_secret(&name, None).await, GONE, "SecretNotFound", None)?;
    let again = client.set_secret(&name, value("other").try_into()?, None).await;
    refused(again, StatusCode::Conflict, "Conflict", RECOVERABLE)?;
    let listed: Vec<_> = client.list_deleted_secret_properties(None)?.try_collect().await?;
    assert!(listed.iter().any(|one| one.id.as_ref().is_some_and(|id| id.contains(&name))));
    client.get_deleted_secret(&name, None).await?;
    client.recover_deleted_secret(&name, None).await?;
    client.get_secret(&name, None).await?;
    client.delete_secret(&name, None).await?;
    client.purge_deleted_secret(&name, None).await?;
    refused(client.get_deleted_secret(&name, None).await, GONE, "SecretNotFound", None)
}

async fn certificate() -> Outcome {
    let (client, name) = (certificate_client().await, fresh("deleted"));
    create(&name, self_signed("CN=deleted")).await?;
    let deleted = client.delete_certificate(&name, None).await?.into_model()?;
    assert!(deleted.recovery_id.is_some() && deleted.scheduled_purge_date > deleted.deleted_date);
    refused(client.get_certificate(&name, None).await, GONE, "CertificateNotFound", None)?;
    refused(key_client().await.get_key(&name, None).await, GONE, "KeyNotFound", None)?;
    refused(secret_client().await.get_secret(&name, None).await, GONE, "SecretNotFound", None)?;
    assert!(begin(&name, self_signed("CN=deleted")).await.is_err(), "the name is taken");
    let listed: Vec<_> = client.list_deleted_certificate_properties(None)?.try_collect().await?;
    assert!(listed.iter().any(|one| one.id.as_ref().is_some_and(|id| id.contains(&name))));
    client.get_deleted_certificate(&name, None).await?;
    client.recover_deleted_certificate(&name, None).await?;
    client.get_certificate(&name, None).await?;
    key_client().await.get_key(&name, None).await?;
    client.delete_certificate(&name, None).await?;
    client.purge_deleted_certificate(&name, None).await?;
    refused(client.get_deleted_certificate(&name, None).await, GONE, "CertificateNotFound", None)
}
