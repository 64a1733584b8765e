//! The groups of the vendor: its people, and the computers its application runs on.

use time::OffsetDateTime;
use uuid::Uuid;

use super::HOST_OBJECT;
use crate::directory::{Group, World, derived_id};

/// Makes the groups. None of them has a role: what a seeded principal may do, it may do by itself.
pub(super) fn furnish(world: &mut World, now: OffsetDateTime) {
    let home = world.home;
    let Some(tenant) = world.tenants.get_mut(&home) else { return };
    let engineers = tenant.users.iter().filter(|user| user.roles.is_empty()).map(|user| user.id).collect();
    let id = |name: &str| derived_id(&[b"group", home.as_bytes(), name.as_bytes()]);
    let groups: [(&str, &str, Vec<Uuid>); 3] = [
        ("Harbor Engineers", "Everybody who builds the application", engineers),
        ("Harbor Staff", "All of Harbor", vec![id("Harbor Engineers")]),
        ("Harbor Workloads", "Identities the application runs under", vec![HOST_OBJECT]),
    ];
    for (name, description, members) in groups {
        let group = Group { description: Some(description.to_owned()), members, ..Group::new(id(name), name, now) };
        tenant.groups.insert(group.id, group);
    }
}
