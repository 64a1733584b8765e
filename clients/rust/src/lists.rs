//! Lists longer than a page. The service gives 25 at most at a time, so the SDK follows the links.

use azure_security_keyvault_certificates::{ResourceExt as _, models::CertificatePolicy};
use azure_security_keyvault_keys::{
    ResourceExt as _,
    models::{CurveName, KeyClientListKeyPropertiesOptions},
};
use azure_security_keyvault_secrets::ResourceExt as _;
use futures::{TryStreamExt, future::try_join_all};

use crate::{
    certificates::{create, self_signed},
    keys::{create_named, ec},
    lab::{certificate_client, fresh, key_client, secret_client},
    report::{Outcome, Report},
    secrets::{set, value},
};

const MANY: usize = 30;

pub async fn run(report: &mut Report) {
    report.case("lists", "30 secrets and 30 versions", secrets()).await;
    report.case("lists", "30 keys, in pages of 10", keys()).await;
    report.case("lists", "30 certificates", certificates()).await;
    report.case("lists", "keys and secrets of certificates say they are managed", managed()).await;
}

fn names() -> Vec<String> {
    (0..MANY).map(|_| fresh("listed")).collect()
}

fn assert_holds(listed: &[String], made: &[String]) {
    assert!(made.iter().all(|name| listed.contains(name)));
    let mut once = listed.to_vec();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), listed.len(), "nothing twice");
}

async fn secrets() -> Outcome {
    let made = names();
    try_join_all(made.iter().map(|name| set(name, value("value")))).await?;
    let client = secret_client().await;
    let all: Vec<_> = client.list_secret_properties(None)?.try_collect().await?;
    let listed: Vec<_> = all.iter().map(|one| Ok(one.resource_id()?.name)).collect::<azure_core::Result<_>>()?;
    assert_holds(&listed, &made);
    let name = fresh("versions");
    for number in 0..MANY {
        set(&name, value(&number.to_string())).await?;
    }
    let versions: Vec<_> = client.list_secret_properties_versions(&name, None)?.try_collect().await?;
    assert_eq!(versions.len(), MANY);
    Ok(())
}

async fn keys() -> Outcome {
    let made = names();
    try_join_all(made.iter().map(|name| create_named(name, ec(CurveName::P256)))).await?;
    let options = KeyClientListKeyPropertiesOptions { maxresults: Some(10), ..Default::default() };
    let mut pages = key_client().await.list_key_properties(Some(options))?.into_pages();
    let mut listed = Vec::new();
    while let Some(page) = pages.try_next().await? {
        let page = page.into_model()?.value;
        assert!(page.len() <= 10);
        for key in page {
            listed.push(key.resource_id()?.name);
        }
    }
    assert_holds(&listed, &made);
    Ok(())
}

async fn certificates() -> Outcome {
    let made = names();
    let policy = || -> CertificatePolicy { self_signed("CN=listed") };
    try_join_all(made.iter().map(|name| create(name, policy()))).await?;
    let all: Vec<_> = certificate_client().await.list_certificate_properties(None)?.try_collect().await?;
    let listed: Vec<_> = all.iter().map(|one| Ok(one.resource_id()?.name)).collect::<azure_core::Result<_>>()?;
    assert_holds(&listed, &made);
    Ok(())
}

async fn managed() -> Outcome {
    let keys: Vec<_> = key_client().await.list_key_properties(None)?.try_collect().await?;
    let signer = keys.iter().find(|key| key.kid.as_ref().is_some_and(|id| id.contains("harbor-signer")));
    assert_eq!(signer.and_then(|key| key.managed), Some(true));
    let secrets: Vec<_> = secret_client().await.list_secret_properties(None)?.try_collect().await?;
    let signer = secrets.iter().find(|secret| secret.id.as_ref().is_some_and(|id| id.contains("harbor-signer")));
    assert_eq!(signer.and_then(|secret| secret.managed), Some(true));
    Ok(())
}
