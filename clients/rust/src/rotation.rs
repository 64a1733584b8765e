//! New versions on demand and by policy, and keys that travel between vaults in a form only vaults can read.

use azure_core::http::StatusCode;
use azure_security_keyvault_certificates::models::RestoreCertificateParameters;
use azure_security_keyvault_keys::{
    ResourceExt,
    models::{
        CurveName, GetRandomBytesParameters, KeyRotationPolicy, KeyRotationPolicyAction, KeyRotationPolicyAttributes,
        LifetimeAction, LifetimeActionTrigger, LifetimeActionType, RestoreKeyParameters,
    },
};
use azure_security_keyvault_secrets::models::RestoreSecretParameters;

use crate::{
    certificates,
    errors::refused,
    keys::{create, create_named, ec, rsa},
    lab::{certificate_client, fresh, key_client, secret_client},
    report::{Outcome, Report},
    secrets::{set, value},
};

pub async fn run(report: &mut Report) {
    report.case("rotation", "key rotated on demand", rotate()).await;
    report.case("rotation", "rotation policy set and read", policy()).await;
    report.case("backup", "key: backed up, purged, restored", backup_key()).await;
    report.case("backup", "secret: backed up, purged, restored", backup_secret()).await;
    report.case("backup", "certificate: backed up, purged, restored", backup_certificate()).await;
    report.case("backup", "restoring over an existing name: 409", restore_twice()).await;
    report.case("random", "vault without an HSM has no random bytes", random()).await;
}

async fn rotate() -> Outcome {
    let key = create(rsa(2048)).await?;
    let id = key.resource_id()?;
    let rotated = key_client().await.rotate_key(&id.name, None).await?.into_model()?;
    assert_ne!(rotated.resource_id()?.version, id.version);
    assert_ne!(rotated.key.and_then(|key| key.n), key.key.and_then(|key| key.n));
    Ok(())
}

async fn policy() -> Outcome {
    let (client, name) = (key_client().await, create(rsa(2048)).await?.resource_id()?.name);
    let trigger = LifetimeActionTrigger { time_after_create: Some("P30D".to_owned()), ..Default::default() };
    let action = LifetimeActionType { type_prop: Some(KeyRotationPolicyAction::Rotate) };
    let body = KeyRotationPolicy {
        attributes: Some(KeyRotationPolicyAttributes { expiry_time: Some("P90D".to_owned()), ..Default::default() }),
        lifetime_actions: Some(vec![LifetimeAction { trigger: Some(trigger), action: Some(action) }]),
        ..Default::default()
    };
    client.update_key_rotation_policy(&name, body.try_into()?, None).await?;
    let read = client.get_key_rotation_policy(&name, None).await?.into_model()?;
    assert_eq!(read.attributes.and_then(|attributes| attributes.expiry_time).as_deref(), Some("P90D"));
    let rotates = |action: &LifetimeAction| {
        let trigger = action.trigger.as_ref().and_then(|trigger| trigger.time_after_create.as_deref());
        let kind = action.action.as_ref().and_then(|action| action.type_prop);
        (trigger, kind) == (Some("P30D"), Some(KeyRotationPolicyAction::Rotate))
    };
    assert!(read.lifetime_actions.unwrap_or_default().iter().any(rotates));
    Ok(())
}

async fn backup_key() -> Outcome {
    let (client, name) = (key_client().await, fresh("backup"));
    let key = create_named(&name, ec(CurveName::P256)).await?;
    let backup = client.backup_key(&name, None).await?.into_model()?.value;
    client.delete_key(&name, None).await?;
    client.purge_deleted_key(&name, None).await?;
    let body = RestoreKeyParameters { key_backup: backup };
    let restored = client.restore_key(body.try_into()?, None).await?.into_model()?;
    assert_eq!(restored.key.and_then(|key| key.x), key.key.and_then(|key| key.x));
    Ok(())
}

async fn backup_secret() -> Outcome {
    let (client, name) = (secret_client().await, fresh("backup"));
    set(&name, value("kept")).await?;
    let backup = client.backup_secret(&name, None).await?.into_model()?.value;
    client.delete_secret(&name, None).await?;
    client.purge_deleted_secret(&name, None).await?;
    client.restore_secret(RestoreSecretParameters { secret_backup: backup }.try_into()?, None).await?;
    let read = client.get_secret(&name, None).await?.into_model()?;
    assert_eq!(read.value.as_deref(), Some("kept"));
    Ok(())
}

async fn backup_certificate() -> Outcome {
    let (client, name) = (certificate_client().await, fresh("backup"));
    let made = certificates::create(&name, certificates::exportable_policy(false)).await?;
    let backup = client.backup_certificate(&name, None).await?.into_model()?.value;
    client.delete_certificate(&name, None).await?;
    client.purge_deleted_certificate(&name, None).await?;
    let body = RestoreCertificateParameters { certificate_backup: backup };
    client.restore_certificate(body.try_into()?, None).await?;
    let read = client.get_certificate(&name, None).await?.into_model()?;
    assert_eq!(read.cer, made.cer);
    certificates::assert_vault_signs(&read).await
}

async fn restore_twice() -> Outcome {
    let (client, name) = (secret_client().await, fresh("backup"));
    set(&name, value("kept")).await?;
    let backup = client.backup_secret(&name, None).await?.into_model()?.value;
    let answer = client.restore_secret(RestoreSecretParameters { secret_backup: backup }.try_into()?, None).await;
    refused(answer, StatusCode::Conflict, "Conflict", None)
}

async fn random() -> Outcome {
    let body = GetRandomBytesParameters { count: Some(16) };
    let answer = key_client().await.get_random_bytes(body.try_into()?, None).await;
    assert!(answer.is_err(), "only a managed HSM has random bytes");
    Ok(())
}
