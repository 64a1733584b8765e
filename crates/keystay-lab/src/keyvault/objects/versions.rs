//! The versions of one named object, oldest first.

use serde::{Deserialize, Serialize};
/// A named object's versions. The newest is the one a request without a version means.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(in crate::keyvault) struct Versions<T>(Vec<Version<T>>);

/// One version with its id of 32 hexadecimal digits.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::keyvault) struct Version<T> {
    pub(in crate::keyvault) id: String,
    pub(in crate::keyvault) item: T,
}

impl<T> Default for Versions<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Versions<T> {
    /// Adds the newest version.
    pub(in crate::keyvault) fn push(&mut self, id: String, item: T) {
        self.0.push(Version { id, item });
    }

    /// The version of that id; an empty id means the newest.
    pub(in crate::keyvault) fn find(&self, id: &str) -> Option<&Version<T>> {
        if id.is_empty() { self.0.last() } else { self.0.iter().find(|version| version.id == id) }
    }

    /// As [`find`](Self::find), to change it.
    pub(in crate::keyvault) fn find_mut(&mut self, id: &str) -> Option<&mut Version<T>> {
        if id.is_empty() { self.0.last_mut() } else { self.0.iter_mut().find(|version| version.id == id) }
    }

    pub(in crate::keyvault) fn iter(&self) -> impl Iterator<Item = &Version<T>> {
        self.0.iter()
    }
}
