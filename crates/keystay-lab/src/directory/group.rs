//! Security groups: who is in them, directly or by way of another group.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use super::Tenant;

/// A security group of a tenant. A role given to it is given to everybody in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Group {
    /// The object id.
    pub id: Uuid,
    /// Its name.
    pub display_name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The local part of its mail address; it has one although it gets no mail.
    pub mail_nickname: String,
    /// Object ids of users, service principals and other groups.
    pub members: Vec<Uuid>,
    /// Object ids of those who may change it.
    pub owners: Vec<Uuid>,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
}

impl Group {
    pub(crate) fn new(id: Uuid, display_name: impl Into<String>, created: OffsetDateTime) -> Self {
        let display_name = display_name.into();
        let mail_nickname = display_name.chars().filter(char::is_ascii_alphanumeric).collect();
        Self { id, display_name, description: None, mail_nickname, members: Vec::new(), owners: Vec::new(), created }
    }
}

impl Tenant {
    /// The groups that hold `member` itself.
    pub(crate) fn direct_groups(&self, member: Uuid) -> impl Iterator<Item = &Group> {
        self.groups.values().filter(move |group| group.members.contains(&member))
    }

    /// All groups somebody is in, those that hold a group of theirs among them. Groups may hold each other.
    pub(crate) fn groups_of(&self, member: Uuid) -> Vec<Uuid> {
        self.reached(member, |id| self.direct_groups(id).map(|group| group.id).collect())
    }

    /// Everybody in a group, the members of groups in it among them.
    pub(crate) fn members_of(&self, group: Uuid) -> Vec<Uuid> {
        self.reached(group, |id| self.groups.get(&id).map(|group| group.members.clone()).unwrap_or_default())
    }

    fn reached(&self, from: Uuid, next: impl Fn(Uuid) -> Vec<Uuid>) -> Vec<Uuid> {
        if self.groups.is_empty() {
            return Vec::new();
        }
        let mut found = BTreeSet::new();
        let mut open = next(from);
        while let Some(id) = open.pop() {
            if id != from && found.insert(id) {
                open.extend(next(id));
            }
        }
        found.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ids::Ids, seed};

    #[test]
    fn membership_passes_through_groups_even_when_they_hold_each_other() {
        let ids = Ids::new(None);
        let world = seed::world(false, OffsetDateTime::UNIX_EPOCH, &ids).unwrap();
        let mut tenant = seed::customer(ids.fresh(), &world, "x");
        let [person, inner, outer, other] = [1, 2, 3, 4].map(Uuid::from_u128);
        for (id, members) in [(inner, vec![person, outer]), (outer, vec![inner]), (other, Vec::new())] {
            let group = Group { members, ..Group::new(id, "g", OffsetDateTime::UNIX_EPOCH) };
            tenant.groups.insert(id, group);
        }
        assert_eq!(tenant.groups_of(person), [inner, outer]);
        assert_eq!(tenant.direct_groups(person).map(|group| group.id).collect::<Vec<_>>(), [inner]);
        assert_eq!(tenant.members_of(outer), [person, inner]);
        assert!(tenant.groups_of(other).is_empty());
    }
}
