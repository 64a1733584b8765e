//! Owners of an app registration: they can put credentials back.

use azure_core::http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Graph;
use crate::call::{CallError, CallErrorKind};

/// A person or service principal that owns an app registration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Owner {
    /// The object id.
    pub id: Uuid,
    /// `#microsoft.graph.user` or `#microsoft.graph.servicePrincipal`.
    #[serde(rename = "@odata.type", default)]
    pub kind: String,
    /// The name.
    #[serde(default)]
    pub display_name: Option<String>,
    /// The sign-in name, of a person.
    #[serde(default)]
    pub user_principal_name: Option<String>,
}

impl Graph {
    /// Who owns the app registration.
    pub async fn owners(&self, application: Uuid) -> Result<Vec<Owner>, CallError> {
        let doing = format!("reading the owners of application `{application}`");
        let found = self.service.list(&format!("/applications/{application}/owners"), &doing).await?;
        self.service.typed(Value::Array(found), &doing)
    }

    /// Makes somebody no owner. One who is none any more is fine.
    pub async fn remove_owner(&self, application: Uuid, owner: Uuid) -> Result<(), CallError> {
        let doing = format!("removing owner `{owner}` from application `{application}`");
        let path = format!("/applications/{application}/owners/{owner}/$ref");
        match self.service.send(Method::Delete, &path, None, &doing).await {
            Err(error) if error.kind() == CallErrorKind::NotFound => Ok(()),
            outcome => outcome.map(drop),
        }
    }

    /// Makes somebody an owner, for putting back what a breach response took.
    pub async fn add_owner(&self, application: Uuid, owner: Uuid) -> Result<(), CallError> {
        let doing = format!("adding owner `{owner}` to application `{application}`");
        let body = json!({ "@odata.id": format!("{}/directoryObjects/{owner}", self.service.base) });
        let path = format!("/applications/{application}/owners/$ref");
        match self.service.send(Method::Post, &path, Some(&body), &doing).await {
            Err(error) if error.to_string().contains("already exist") => Ok(()),
            outcome => outcome.map(drop),
        }
    }
}
