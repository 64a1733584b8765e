//! Places in Azure's tree: a subscription, a group in it, a resource, an object in a resource. What is allowed at one place is
//! allowed at everything below it.

use serde::{Deserialize, Serialize};

/// A place, as a path such as `/subscriptions/{id}/resourceGroups/{name}`; `/` is the root. Compared without regard to case.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub(crate) struct ResourceScope {
    path: String,
    folded: String,
}

impl ResourceScope {
    /// Reads a path, with or without slashes at its ends.
    pub(crate) fn new(path: &str) -> Self {
        let path = format!("/{}", path.trim_matches('/'));
        Self { folded: path.to_ascii_lowercase(), path }
    }

    /// The path as it was written.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Whether `other` is this place or below it.
    pub(crate) fn contains(&self, other: &Self) -> bool {
        self.folded == "/"
            || other.folded.strip_prefix(&self.folded).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl PartialEq for ResourceScope {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for ResourceScope {}

impl From<String> for ResourceScope {
    fn from(path: String) -> Self {
        Self::new(&path)
    }
}

impl From<ResourceScope> for String {
    fn from(scope: ResourceScope) -> Self {
        scope.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_contains_what_is_below_it_and_nothing_beside_it() {
        let group = ResourceScope::new("/subscriptions/S/resourceGroups/harbor/");
        let contains = |path| group.contains(&ResourceScope::new(path));
        assert!(contains("/subscriptions/s/resourcegroups/HARBOR"));
        assert!(contains("/subscriptions/s/resourceGroups/harbor/providers/Microsoft.KeyVault/vaults/v/keys/k"));
        assert!(!contains("/subscriptions/s/resourceGroups/harbor2"));
        assert!(!contains("/subscriptions/s"));
        assert!(ResourceScope::new("/").contains(&group) && ResourceScope::new("").contains(&group));
    }
}
