//! The versions of the REST interface the lab answers for.

use super::error::VaultError;

/// A known version, in the order the service brought them out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ApiVersion {
    V7_4,
    V7_5,
    V7_6,
    V2025_07_01,
    V2026_03_01Preview,
    V2026_04_01,
}

impl ApiVersion {
    /// Reads the query parameter. It is required and has no default.
    pub(super) fn parse(text: Option<&str>) -> Result<Self, VaultError> {
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return Err(VaultError::bad_parameter(format!(
                "The api-version query parameter is required. Consider using the latest supported version ({LATEST})."
            )));
        };
        KNOWN.iter().find(|(name, _)| *name == text).map(|(_, version)| *version).ok_or_else(|| {
            VaultError::bad_parameter(format!(
                "The specified version ({text}) is not recognized. Consider using the latest supported version ({LATEST})."
            ))
        })
    }

    /// Whether reading a secret honours `outContentType`.
    pub(super) fn converts_secrets(self) -> bool {
        self >= Self::V2026_04_01
    }
}

const LATEST: &str = "2026-04-01";

const KNOWN: [(&str, ApiVersion); 6] = [
    ("7.4", ApiVersion::V7_4),
    ("7.5", ApiVersion::V7_5),
    ("7.6", ApiVersion::V7_6),
    ("2025-07-01", ApiVersion::V2025_07_01),
    ("2026-03-01-preview", ApiVersion::V2026_03_01Preview),
    (LATEST, ApiVersion::V2026_04_01),
];
