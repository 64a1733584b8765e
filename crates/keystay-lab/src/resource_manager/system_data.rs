//! Who made and last changed a resource, and when.

use serde::{Deserialize, Serialize};

use super::call::{Call, moment};

/// `systemData` of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SystemData {
    created_by: String,
    created_by_type: String,
    created_at: String,
    last_modified_by: String,
    last_modified_by_type: String,
    last_modified_at: String,
}

impl SystemData {
    /// What a change by this call leaves, when the resource had `before`.
    pub(super) fn of(call: &Call<'_>, before: Option<&Self>) -> Self {
        let kind = if call.access.is_user { "User" } else { "Application" }.to_owned();
        let (name, now) = (call.access.name.clone(), moment(call.now()));
        let (created_by, created_by_type, created_at) = match before {
            Some(before) => (before.created_by.clone(), before.created_by_type.clone(), before.created_at.clone()),
            None => (name.clone(), kind.clone(), now.clone()),
        };
        Self {
            created_by,
            created_by_type,
            created_at,
            last_modified_by: name,
            last_modified_by_type: kind,
            last_modified_at: now,
        }
    }
}
