//! Which of the protocols a request speaks, and what that asks of it.

use axum::http::{HeaderMap, Method};
use keystay::Secret;

use super::place::Place;

/// The protocols, by where Azure has them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Protocol {
    /// "REST endpoint reference" of managed identities for App Service and Azure Functions, 2019-08-01.
    AppService,
    /// The same of 2017-09-01, which Azure ML went on with.
    AzureMl,
    /// A form that is posted, in Cloud Shell.
    CloudShell,
    /// "How to use managed identities for Azure resources on an Azure VM to acquire an access token", 2018-02-01.
    InstanceMetadata,
}

const APP_SERVICE_SECRET: &str = "x-identity-header";
const AZURE_ML_SECRET: &str = "secret";

impl Protocol {
    pub(super) fn of(method: &Method, headers: &HeaderMap, place: &Place) -> Self {
        if place.is_metadata {
            Self::InstanceMetadata
        } else if method == Method::POST || place.secret.is_some() {
            Self::CloudShell
        } else if headers.contains_key(AZURE_ML_SECRET) {
            Self::AzureMl
        } else {
            Self::AppService
        }
    }

    /// The door's name in the journal.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::AppService => "app-service",
            Self::AzureMl => "azure-ml",
            Self::CloudShell => "cloud-shell",
            Self::InstanceMetadata => "instance-metadata",
        }
    }

    /// The caller's secret, where this protocol has it.
    pub(super) fn secret<'a>(self, headers: &'a HeaderMap, place: &'a Place) -> Option<&'a str> {
        // what is no text is a secret that is wrong, not a missing one
        let header = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
        match self {
            Self::AppService => header(APP_SERVICE_SECRET),
            Self::AzureMl => header(AZURE_ML_SECRET),
            Self::CloudShell | Self::InstanceMetadata => place.secret.as_ref().map(Secret::expose),
        }
    }

    /// Whether the request has the header that no page and no blindly forwarded URL brings along. It matters where the
    /// path holds all that is needed.
    pub(super) fn has_its_header(self, headers: &HeaderMap) -> bool {
        match self {
            Self::AppService | Self::AzureMl => true,
            Self::CloudShell | Self::InstanceMetadata => {
                headers.get("metadata").is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"true"))
            }
        }
    }
}
