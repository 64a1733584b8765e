//! `POST /keys/{name}/rotate`, `/keys/{name}/rotationpolicy`, and rotation by itself.

use std::sync::Arc;

use axum::response::Response;

use super::{
    rotation_policy::{RotationPolicy, Wanted, default_view},
    wire::KeyBundle,
};
use crate::keyvault::{
    crypto::KeyMaterial,
    objects::{Attributes, KeyVersion, LONGEST_CHAIN, ObjectKind, Objects, Version},
    vault::Vault,
    wire::{Call, VaultError, ok},
};

/// Makes a new version of the same kind, now.
pub(in crate::keyvault) fn rotate(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Key, name, "keys/rotate/action")?;
    let newest = rotatable(&call.vault.objects.read(), name)?.clone();
    make_next(&call.vault, name, &newest, call.now)?;
    Ok(ok(KeyBundle::new(call, name, call.vault.objects.read().key(name, "")?)))
}

/// `GET /keys/{name}/rotationpolicy`.
pub(in crate::keyvault) fn rotation_policy(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Key, name, "keyrotationpolicies/read")?;
    let objects = call.vault.objects.read();
    objects.key(name, "")?;
    Ok(ok(objects.rotation_policies.get(name).map_or_else(default_view, |policy| policy.view(&policy_id(call, name)))))
}

/// `PUT /keys/{name}/rotationpolicy`. It counts at once, also for the present version.
pub(in crate::keyvault) fn set_rotation_policy(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Key, name, "keyrotationpolicies/write")?;
    let wanted: Wanted = call.json()?;
    let mut objects = call.vault.objects.write();
    rotatable(&objects, name)?;
    let policy = RotationPolicy::new(wanted, objects.rotation_policies.get(name), call.now)?;
    let view = policy.view(&policy_id(call, name));
    objects.rotation_policies.insert(name.to_owned(), policy);
    Ok(ok(view))
}

/// Makes the versions that were due up to `now`, each at its moment.
pub(in crate::keyvault) fn rotate_due(vault: &Vault, now: i64) -> Result<(), VaultError> {
    let due = vault.objects.read().rotations_due(now);
    for name in due {
        for made in 0.. {
            let next = {
                let objects = vault.objects.read();
                objects.rotates_at(&name).filter(|at| *at <= now).zip(objects.key(&name, "").ok().cloned())
            };
            let Some((at, newest)) = next else { break };
            make_next(vault, &name, &newest, if made < LONGEST_CHAIN { at } else { now })?;
        }
    }
    Ok(())
}

impl Objects {
    /// The keys whose policy wants a new version by `now`.
    pub(in crate::keyvault) fn rotations_due(&self, now: i64) -> Vec<String> {
        let names = self.rotation_policies.keys();
        names.filter(|name| self.rotates_at(name).is_some_and(|at| at <= now)).cloned().collect()
    }

    fn rotates_at(&self, name: &str) -> Option<i64> {
        self.rotation_policies.get(name)?.rotates_at(&self.keys.get(name)?.find("")?.item)
    }
}

fn rotatable<'a>(objects: &'a Objects, name: &str) -> Result<&'a Version<KeyVersion>, VaultError> {
    let newest = objects.key(name, "")?;
    if newest.item.managed {
        return Err(VaultError::managed(ObjectKind::Key, name));
    }
    Ok(newest)
}

/// The key is made without a lock held. Does nothing when another version came in between.
fn make_next(vault: &Vault, name: &str, newest: &Version<KeyVersion>, at: i64) -> Result<(), VaultError> {
    let key = Arc::new(KeyMaterial::generate(newest.item.key.spec())?);
    let mut objects = vault.objects.write();
    let exp = objects.rotation_policies.get(name).and_then(|policy| policy.expiry(at));
    let attributes = Attributes { exp, ..Attributes::new(at) };
    if let Some(versions) = objects.keys.get_mut(name)
        && versions.find("").is_some_and(|present| present.id == newest.id)
    {
        versions.push(vault.fresh_id(), KeyVersion { key, attributes, ..newest.item.clone() });
    }
    Ok(())
}

fn policy_id(call: &Call, name: &str) -> String {
    format!("{}/rotationpolicy", call.address(ObjectKind::Key, name, ""))
}
