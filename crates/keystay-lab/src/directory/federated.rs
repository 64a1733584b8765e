//! Federated identity credentials: whose tokens an application may authenticate with.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Application, DirectoryError};
use crate::ids::passing_id;

/// How many an application can hold.
const MOST: usize = 20;
const LONGEST_NAME: usize = 120;
const LONGEST_TEXT: usize = 600;

/// A foreign token an application may authenticate with. Issuer, subject and audience must match letter by letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[non_exhaustive]
pub struct FederatedCredential {
    /// The id of the credential. [`Directory::add_federated_credential`](super::Directory::add_federated_credential) gives
    /// it another one.
    #[serde(default = "passing_id")]
    pub id: Uuid,
    /// A name, unique in the application. It never changes.
    pub name: String,
    /// The issuer of the token (`iss`).
    pub issuer: String,
    /// The subject of the token (`sub`).
    pub subject: String,
    /// The audience of the token (`aud`), `api://AzureADTokenExchange` as a rule.
    pub audience: String,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
}

impl FederatedCredential {
    /// Trusts the tokens of `issuer` about `subject` that are meant for the exchange (`api://AzureADTokenExchange`).
    pub fn new(name: impl Into<String>, issuer: impl Into<String>, subject: impl Into<String>) -> Self {
        Self {
            id: passing_id(),
            name: name.into(),
            issuer: issuer.into(),
            subject: subject.into(),
            audience: "api://AzureADTokenExchange".to_owned(),
            description: None,
        }
    }

    /// Trusts tokens for another audience instead.
    pub fn with_audience(self, audience: impl Into<String>) -> Self {
        Self { audience: audience.into(), ..self }
    }

    fn check(&self) -> Result<(), DirectoryError> {
        let wrong = |what| Err(DirectoryError::BadFederatedCredential(what));
        let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
        if !(3..=LONGEST_NAME).contains(&self.name.len())
            || !self.name.chars().all(plain)
            || !self.name.starts_with(|first: char| first.is_ascii_alphanumeric())
        {
            return wrong("the name must be 3 to 120 letters, digits, hyphens and underscores");
        }
        if !self.issuer.starts_with("https://") || self.issuer.len() > LONGEST_TEXT {
            return wrong("the issuer must be an https URL of at most 600 characters");
        }
        if self.subject.is_empty() || self.subject.len() > LONGEST_TEXT {
            return wrong("the subject must have 1 to 600 characters");
        }
        if self.audience.is_empty() || self.audience.len() > LONGEST_TEXT {
            return wrong("the audience must have 1 to 600 characters");
        }
        Ok(())
    }
}

impl Application {
    /// Takes a federated credential on, if it is well formed and there is room for it.
    pub(crate) fn add_federated_credential(&mut self, credential: FederatedCredential) -> Result<(), DirectoryError> {
        credential.check()?;
        let app = self.app_id;
        let others = &mut self.federated_credentials;
        if others.len() >= MOST {
            return Err(DirectoryError::TooManyFederatedCredentials(app));
        }
        let same = |one: &FederatedCredential| {
            one.name == credential.name || (one.issuer == credential.issuer && one.subject == credential.subject)
        };
        if others.iter().any(same) {
            return Err(DirectoryError::DuplicateFederatedCredential { app, name: credential.name });
        }
        others.push(credential);
        Ok(())
    }
}
