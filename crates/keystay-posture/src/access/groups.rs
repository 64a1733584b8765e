//! Who is in which group, at any depth.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::facts::{GroupMembers, Member};

/// Groups by id, in both directions.
#[derive(Debug, Default)]
pub(crate) struct Groups<'a> {
    members: HashMap<&'a str, Vec<&'a Member>>,
    in_groups: HashMap<&'a str, Vec<&'a str>>,
}

impl<'a> Groups<'a> {
    pub(crate) fn new(groups: impl Iterator<Item = &'a GroupMembers>) -> Self {
        let mut index = Self::default();
        for group in groups {
            let members = index.members.entry(&group.group).or_default();
            for member in &group.members {
                members.push(member);
                index.in_groups.entry(&member.id).or_default().push(&group.group);
            }
        }
        index
    }

    /// The members of a group, or none if they are not known.
    pub(super) fn members(&self, group: &str) -> Option<&[&'a Member]> {
        self.members.get(group).map(Vec::as_slice)
    }

    /// The groups a principal is in, directly or through others. Groups that contain each other end too.
    pub(crate) fn containing(&self, principal: &str) -> HashSet<&'a str> {
        let mut found = HashSet::new();
        let mut waiting: VecDeque<&str> = VecDeque::from([principal]);
        while let Some(next) = waiting.pop_front() {
            for group in self.in_groups.get(next).into_iter().flatten().copied() {
                if found.insert(group) {
                    waiting.push_back(group);
                }
            }
        }
        found
    }
}
