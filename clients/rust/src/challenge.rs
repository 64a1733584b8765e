//! The vault says in its 401 where tokens come from. No client here is told a tenant or an authority for the vault.

use azure_core::http::Method;

use crate::{
    lab::{control, journal, secret_client},
    report::{Outcome, Report},
};

pub async fn run(report: &mut Report) {
    report.case("challenge", "first request carries no token, the next one does", challenge()).await;
}

async fn challenge() -> Outcome {
    let client = secret_client().await;
    control(Method::Delete, "/lab/journal", None).await?;
    client.get_secret("harbor-export", None).await?;
    client.get_secret("harbor-export", None).await?;
    let entries = journal().await?;
    let of_vault =
        |entry: &&serde_json::Value| entry["host"].as_str().is_some_and(|host| host.ends_with(".vault.azure.net"));
    let statuses: Vec<_> = entries.iter().filter(of_vault).map(|entry| entry["status"].as_u64()).collect();
    assert_eq!(statuses, [Some(401), Some(200), Some(200)]);
    Ok(())
}
