//! Names of resources.

use std::{fmt, str::FromStr};

/// `/subscriptions/{id}/resourceGroups/{group}/providers/…`: a place in Azure that roles are given at.
///
/// Holds only what the service allows in such names, so it cannot move the path of a request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ResourceId(String);

impl ResourceId {
    /// The path, with a slash at the beginning and none at the end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The subscription it is in.
    pub fn subscription(&self) -> &str {
        self.0.split('/').nth(2).unwrap_or_default()
    }

    /// What kind of resource it is, such as `Microsoft.KeyVault/vaults`; of one inside another, both, such as
    /// `Microsoft.Web/sites/slots`. Nothing for a subscription or a resource group.
    pub fn kind(&self) -> String {
        let Some((_, below)) = self.0.rsplit_once("/providers/") else { return String::new() };
        let mut parts = below.split('/');
        let provider = parts.next().unwrap_or_default();
        parts.step_by(2).fold(provider.to_owned(), |kind, part| format!("{kind}/{part}"))
    }
}

impl FromStr for ResourceId {
    type Err = ResourceIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let path = text.trim().trim_end_matches('/');
        let segment = |part: &str| {
            !part.is_empty()
                && part != ".."
                && part != "."
                && part.chars().all(|c| c.is_alphanumeric() || "-_.()".contains(c))
        };
        let whole = path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(segment));
        if whole && path.to_ascii_lowercase().starts_with("/subscriptions/") {
            return Ok(Self(path.to_owned()));
        }
        Err(ResourceIdError { given: text.chars().filter(|c| !c.is_control()).take(120).collect() })
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Text that names no resource.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{given}` is not a resource id; expected /subscriptions/…, as `az keyvault show --query id` prints it")]
pub struct ResourceIdError {
    given: String,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn an_id_tells_what_it_is_the_id_of() {
        let slot = "/subscriptions/4a8b/resourceGroups/harbor/providers/Microsoft.Web/sites/insights/slots/blue";
        let slot: ResourceId = slot.parse().unwrap();
        assert_eq!((slot.subscription(), slot.kind().as_str()), ("4a8b", "Microsoft.Web/sites/slots"));
        assert_eq!("/subscriptions/4a8b".parse::<ResourceId>().unwrap().kind(), "");
    }

    #[test]
    fn an_id_cannot_move_the_path_of_a_request() {
        let id = "/subscriptions/4a8b/resourceGroups/harbor/providers/Microsoft.KeyVault/vaults/harborvault";
        assert_eq!(id.parse::<ResourceId>().unwrap().as_str(), id);
        for wrong in
            ["", "/", "subscriptions/x", "/subscriptions/../x", "/subscriptions/x?y", "/subscriptions//x", "/vaults/x"]
        {
            assert!(wrong.parse::<ResourceId>().is_err(), "{wrong}");
        }
    }
}
