//! What a path of Resource Manager means: a place, and what of which resource provider is wanted there.

use uuid::Uuid;

use crate::authorization::ResourceScope;

/// A path, taken apart at its last `/providers/{namespace}/`.
#[derive(Debug)]
pub(super) struct Address {
    /// All segments, as they were written.
    pub(super) segments: Vec<String>,
    /// What is before the last provider.
    pub(super) scope: ResourceScope,
    /// The last provider, in lower case; `None` for what belongs to Resource Manager itself.
    pub(super) namespace: Option<String>,
    /// Types and names after the provider, in turn; types are in lower case.
    pub(super) rest: Vec<String>,
}

impl Address {
    pub(super) fn parse(path: &str) -> Self {
        let segments: Vec<String> =
            path.split('/').filter(|segment| !segment.is_empty()).map(ToOwned::to_owned).collect();
        let provider = segments.iter().rposition(|segment| segment.eq_ignore_ascii_case("providers"));
        let (scope, namespace, rest) = match provider.map(|at| (&segments[..at], &segments[at + 1..])) {
            Some((scope, [namespace, rest @ ..])) => (scope, Some(namespace.to_ascii_lowercase()), rest),
            _ => (&segments[..], None, &[][..]),
        };
        let rest = rest.iter().enumerate();
        let rest = rest
            .map(|(at, segment)| if at % 2 == 0 { segment.to_ascii_lowercase() } else { segment.clone() })
            .collect();
        Self { scope: ResourceScope::new(&scope.join("/")), namespace, rest, segments }
    }

    /// The segment behind this one, as in `/subscriptions/{id}`.
    fn after(&self, name: &str) -> Option<&str> {
        let at = self.segments.iter().position(|segment| segment.eq_ignore_ascii_case(name))?;
        self.segments.get(at + 1).map(String::as_str)
    }

    /// The subscription as it was written.
    pub(super) fn subscription_text(&self) -> Option<&str> {
        self.segments.first().filter(|first| first.eq_ignore_ascii_case("subscriptions"))?;
        self.segments.get(1).map(String::as_str)
    }

    pub(super) fn subscription(&self) -> Option<Uuid> {
        self.subscription_text().and_then(|text| Uuid::try_parse(text).ok())
    }

    pub(super) fn resource_group(&self) -> Option<&str> {
        self.after("resourcegroups")
    }

    /// The place of a resource of Key Vault in the scope of the address.
    pub(super) fn scope_of(&self, kind: &str, name: &str) -> ResourceScope {
        let scope = self.scope.path().trim_end_matches('/');
        ResourceScope::new(&format!("{scope}/providers/Microsoft.KeyVault/{kind}/{name}"))
    }

    /// The vault the address is about or below.
    pub(super) fn vault(&self) -> Option<&str> {
        let at = self.segments.iter().position(|segment| segment.eq_ignore_ascii_case("microsoft.keyvault"))?;
        let kind = self.segments.get(at + 1)?;
        self.segments.get(at + 2).filter(|_| kind.eq_ignore_ascii_case("vaults")).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_stands_on_its_place() {
        let path = "/subscriptions/S/resourceGroups/harbor/providers/Microsoft.KeyVault/vaults/v/providers/\
                    Microsoft.Authorization/roleAssignments/N";
        let address = Address::parse(path);
        assert_eq!(address.namespace.as_deref(), Some("microsoft.authorization"));
        assert_eq!(address.rest, ["roleassignments", "N"]);
        assert_eq!((address.resource_group(), address.vault()), (Some("harbor"), Some("v")));
        let place = "/subscriptions/S/resourceGroups/harbor/providers/Microsoft.KeyVault/vaults/v";
        assert_eq!(address.scope, ResourceScope::new(place));
    }

    #[test]
    fn a_path_may_end_anywhere() {
        for path in ["", "/", "/providers", "/subscriptions/", "/subscriptions/x/providers/"] {
            let address = Address::parse(path);
            assert!(address.rest.is_empty(), "{path}");
        }
    }
}
