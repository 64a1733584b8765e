//! Soft delete: what is deleted can be recovered for a while, or purged.

use std::collections::BTreeMap;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};

use super::named::NamedObject;
use crate::keyvault::{
    vault::DEFAULT_DAYS,
    wire::{Call, VaultError, ok},
};

/// A deleted object with the moment it was deleted, in Unix seconds, and the days the vault then kept deleted objects.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::keyvault) struct Deleted<T> {
    pub(in crate::keyvault) object: T,
    pub(in crate::keyvault) at: i64,
    #[serde(default = "default_days")]
    pub(in crate::keyvault) days: i64,
}

/// Deleted objects of one kind, by name.
pub(in crate::keyvault) type Shelf<T> = BTreeMap<String, Deleted<T>>;

/// An object as it travels, with the three members a deleted one has beyond its own.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View<T> {
    recovery_id: String,
    deleted_date: i64,
    scheduled_purge_date: i64,
    #[serde(flatten)]
    object: T,
}

/// `DELETE /{collection}/{name}`: all versions.
pub(in crate::keyvault) fn delete<T: NamedObject>(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require(T::KIND, name, &format!("{}/delete", T::KIND.collection()))?;
    let mut objects = call.vault.objects.write();
    let object = T::take(&mut objects, name)?;
    let deleted = Deleted { object, at: call.now, days: call.vault.retention().days };
    let answer = ok(view(call, name, &deleted, deleted.object.bundle(call, name)?));
    T::shelf_mut(&mut objects).insert(name.to_owned(), deleted);
    Ok(answer)
}

/// `GET /deleted{collection}/{name}`.
pub(in crate::keyvault) fn read<T: NamedObject>(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require(T::KIND, name, T::KIND.read_action())?;
    let objects = call.vault.objects.read();
    let deleted = T::shelf(&objects).get(name).ok_or_else(|| VaultError::deleted_not_found(T::KIND, name))?;
    Ok(ok(view(call, name, deleted, deleted.object.bundle(call, name)?)))
}

/// `GET /deleted{collection}`.
pub(in crate::keyvault) fn list<T: NamedObject>(call: &Call) -> Result<Response, VaultError> {
    call.require_list(T::KIND, T::KIND.read_action())?;
    let objects = call.vault.objects.read();
    let lines = T::shelf(&objects)
        .iter()
        .filter_map(|(name, deleted)| Some(view(call, name, deleted, deleted.object.line(call, name)?)));
    call.page(&format!("deleted{}", T::KIND.collection()), lines.collect())
}

/// `POST /deleted{collection}/{name}/recover`.
pub(in crate::keyvault) fn recover<T: NamedObject>(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require(T::KIND, name, &format!("{}/recover/action", T::KIND.collection()))?;
    let mut objects = call.vault.objects.write();
    let deleted = T::shelf_mut(&mut objects).remove(name);
    let object = deleted.ok_or_else(|| VaultError::deleted_not_found(T::KIND, name))?.object;
    let answer = object.bundle(call, name).map(ok);
    object.put_back(&mut objects, name);
    answer
}

/// `DELETE /deleted{collection}/{name}`: for good.
pub(in crate::keyvault) fn purge<T: NamedObject>(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require(T::KIND, name, &format!("{}/purge/action", T::KIND.collection()))?;
    let mut objects = call.vault.objects.write();
    if !T::shelf(&objects).contains_key(name) {
        return Err(VaultError::deleted_not_found(T::KIND, name));
    }
    call.vault.check_purgeable()?;
    T::shelf_mut(&mut objects).remove(name);
    objects.drop_orphans();
    Ok(StatusCode::NO_CONTENT.into_response())
}

impl<T> Deleted<T> {
    /// Whether the object still exists at `now`: the service purges it by itself when the retention is over.
    pub(super) fn remains(&self, now: i64) -> bool {
        now < self.purged_at()
    }

    fn purged_at(&self) -> i64 {
        self.at + self.days * SECONDS_PER_DAY
    }
}

fn view<T: NamedObject, V>(call: &Call, name: &str, deleted: &Deleted<T>, object: V) -> View<V> {
    View {
        recovery_id: format!("https://{}/deleted{}/{name}", call.vault.host, T::KIND.collection()),
        deleted_date: deleted.at,
        scheduled_purge_date: deleted.purged_at(),
        object,
    }
}

fn default_days() -> i64 {
    DEFAULT_DAYS
}

const SECONDS_PER_DAY: i64 = 86_400;
