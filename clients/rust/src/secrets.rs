//! Secrets that people put into the vault themselves.

use std::collections::HashMap;

use azure_core::{
    http::StatusCode,
    time::{Duration, OffsetDateTime},
};
use azure_security_keyvault_secrets::{
    ResourceExt,
    models::{
        Secret, SecretAttributes, SecretClientGetSecretOptions, SetSecretParameters, UpdateSecretPropertiesParameters,
    },
};

use crate::{
    errors::refused,
    lab::{Result, fresh, secret_client},
    report::{Outcome, Report},
};

pub async fn run(report: &mut Report) {
    let area = "secrets";
    report.case(area, "set, read, new version", set_and_read()).await;
    report.case(area, "disabled secret is not read", disabled()).await;
    report.case(area, "dates are kept, and reading works outside of them", dates()).await;
    report.case(area, "secret of a certificate names its key and says it is managed", managed()).await;
}

pub async fn set(name: &str, parameters: SetSecretParameters) -> Result<Secret> {
    Ok(secret_client().await.set_secret(name, parameters.try_into()?, None).await?.into_model()?)
}

pub fn value(text: &str) -> SetSecretParameters {
    SetSecretParameters { value: Some(text.to_owned()), ..Default::default() }
}

async fn get(name: &str) -> azure_core::Result<Secret> {
    secret_client().await.get_secret(name, None).await?.into_model()
}

async fn set_and_read() -> Outcome {
    let name = fresh("secret");
    let tags = HashMap::from([("team".to_owned(), "harbor".to_owned())]);
    let content_type = Some("text/plain".to_owned());
    let first = SetSecretParameters { content_type: content_type.clone(), tags: Some(tags.clone()), ..value("one") };
    let old = set(&name, first).await?.resource_id()?.version;
    set(&name, value("two ✓")).await?;
    assert_eq!(get(&name).await?.value.as_deref(), Some("two ✓"));
    let options = SecretClientGetSecretOptions { secret_version: old, ..Default::default() };
    let read = secret_client().await.get_secret(&name, Some(options)).await?.into_model()?;
    assert_eq!((read.value.as_deref(), read.content_type, read.tags), (Some("one"), content_type, Some(tags)));
    Ok(())
}

async fn enable(name: &str, enabled: bool) -> Outcome {
    let attributes = SecretAttributes { enabled: Some(enabled), ..Default::default() };
    let body = UpdateSecretPropertiesParameters { secret_attributes: Some(attributes), ..Default::default() };
    secret_client().await.update_secret_properties(name, body.try_into()?, None).await?;
    Ok(())
}

async fn disabled() -> Outcome {
    let name = fresh("disabled");
    set(&name, value("hidden")).await?;
    enable(&name, false).await?;
    refused(get(&name).await, StatusCode::Forbidden, "Forbidden", Some("SecretDisabled"))?;
    enable(&name, true).await?;
    assert_eq!(get(&name).await?.value.as_deref(), Some("hidden"));
    Ok(())
}

async fn dates() -> Outcome {
    let start = (OffsetDateTime::now_utc() + Duration::days(1)).replace_nanosecond(0)?;
    let attributes =
        SecretAttributes { not_before: Some(start), expires: Some(start + Duration::days(1)), ..Default::default() };
    let name = fresh("dated");
    set(&name, SetSecretParameters { secret_attributes: Some(attributes), ..value("early") }).await?;
    let read = get(&name).await?;
    assert_eq!(read.value.as_deref(), Some("early"));
    assert_eq!(read.attributes.and_then(|attributes| attributes.not_before), Some(start));
    Ok(())
}

async fn managed() -> Outcome {
    let secret = get("harbor-export").await?;
    assert!(secret.kid.is_some() && secret.managed == Some(true));
    assert_eq!(secret.content_type.as_deref(), Some("application/x-pkcs12"));
    Ok(())
}
