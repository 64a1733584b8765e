//! The versions of the REST interface the lab answers for.

use super::error::VaultError;

/// A known version: its place in the order the service brought them out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::keyvault) struct ApiVersion(usize);

impl ApiVersion {
    /// Reads the query parameter. It is required and has no default.
    pub(in crate::keyvault) fn parse(text: Option<&str>) -> Result<Self, VaultError> {
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return Err(VaultError::bad_parameter(format!(
                "The api-version query parameter is required. Consider using the latest supported version ({LATEST})."
            )));
        };
        KNOWN.iter().position(|known| *known == text).map(Self).ok_or_else(|| {
            VaultError::bad_parameter(format!(
                "The specified version ({text}) is not recognized. Consider using the latest supported version ({LATEST})."
            ))
        })
    }

    /// Whether reading a secret honours `outContentType`.
    pub(in crate::keyvault) fn converts_secrets(self) -> bool {
        KNOWN.get(self.0) == Some(&LATEST)
    }
}

const LATEST: &str = "2026-04-01";

const KNOWN: [&str; 11] = [
    "7.4",
    "7.5-preview.1",
    "7.5",
    "7.6-preview.1",
    "7.6-preview.2",
    "7.6",
    "2025-06-01-preview",
    "2025-07-01",
    "2026-01-01-preview",
    "2026-03-01-preview",
    LATEST,
];
