//! From assignments to people and workloads.

use std::collections::{BTreeMap, HashMap, HashSet};

use time::OffsetDateTime;

use super::{
    groups::Groups,
    place::contains,
    power::{At, Power, Powers},
    roles::Roles,
};
use crate::facts::{AccessPolicy, Document, Member, Missing, Place, PrincipalKind, RoleAssignment};

/// What somebody would want to reach.
#[derive(Clone, Debug, Default)]
pub(crate) struct Targets {
    vault: String,
    key: String,
    secret: String,
    certificate: String,
    hosts: Vec<(String, Powers)>,
    identities: Vec<String>,
}

impl Targets {
    /// The objects of one certificate in a vault.
    pub(crate) fn of_key(vault: &str, certificate: &str) -> Self {
        let vault = vault.trim_end_matches('/');
        Self {
            vault: vault.to_owned(),
            key: format!("{vault}/keys/{certificate}"),
            secret: format!("{vault}/secrets/{certificate}"),
            certificate: format!("{vault}/certificates/{certificate}"),
            ..Self::default()
        }
    }

    /// Hosts on which code runs as the signing identity, and that identity as a resource.
    pub(crate) fn of_hosts<'h>(
        hosts: impl Iterator<Item = &'h str>,
        identities: impl Iterator<Item = &'h str>,
    ) -> Self {
        let hosts = hosts.map(|host| (host.to_owned(), powers_over(host))).collect();
        Self { hosts, identities: identities.map(str::to_owned).collect(), ..Self::default() }
    }

    /// The powers that can be exercised at or below a scope.
    fn reached_from(&self, scope: &str) -> Powers {
        let reaches = |place: &String| !place.is_empty() && contains(scope, place);
        let places = [
            (At::Vault, reaches(&self.vault)),
            (At::Key, reaches(&self.key)),
            (At::Secret, reaches(&self.secret)),
            (At::Certificate, reaches(&self.certificate)),
            (At::Identity, self.identities.iter().any(reaches)),
        ];
        let hosts = self.hosts.iter().filter(|(host, _)| reaches(host));
        let at_hosts = hosts.fold(Powers::NONE, |all, (_, powers)| all.or(*powers));
        let elsewhere = places.iter().filter(|(_, within)| *within);
        elsewhere.fold(at_hosts, |all, (at, _)| all.or(powers_at(*at)))
    }
}

fn powers_at(at: At) -> Powers {
    let there = Power::ALL.iter().filter(|power| power.at() == at);
    there.fold(Powers::NONE, |all, power| all.or(Powers::of(&[*power])))
}

/// What there is to do with a host of this kind: a right over web sites is worth nothing at a container app.
fn powers_over(host: &str) -> Powers {
    let host = host.to_ascii_lowercase();
    let fits = |power: &&Power| {
        let action = power.action().to_ascii_lowercase();
        let kind: Vec<&str> = action.splitn(3, '/').take(2).collect();
        kind.first() == Some(&"microsoft.authorization") || host.contains(&format!("/providers/{}/", kind.join("/")))
    };
    let there = Power::ALL.iter().filter(|power| power.at() == At::Host).filter(fits);
    there.fold(Powers::NONE, |all, power| all.or(Powers::of(&[*power])))
}

/// A principal was given powers.
#[derive(Clone, Debug)]
pub(crate) struct Grant<'a> {
    pub(crate) place: &'a Place,
    pub(crate) principal: &'a str,
    pub(crate) kind: PrincipalKind,
    pub(crate) name: Option<&'a str>,
    /// The role's name.
    pub(crate) role: &'a str,
    pub(crate) scope: &'a str,
    pub(crate) powers: Powers,
    pub(crate) conditional: bool,
    /// Since when, where that is known.
    pub(crate) created: Option<OffsetDateTime>,
}

/// Somebody who has powers, by one way of possibly several.
#[derive(Clone, Debug)]
pub(crate) struct Holder<'a> {
    pub(crate) id: &'a str,
    pub(crate) kind: PrincipalKind,
    pub(crate) name: Option<&'a str>,
    /// What gives the powers.
    pub(crate) grant: &'a Grant<'a>,
    /// The group that got them, where the holder is a member.
    pub(crate) group: Option<&'a str>,
}

/// Who was given what, of the powers that matter.
#[derive(Debug, Default)]
pub(crate) struct Reach<'a> {
    grants: Vec<Grant<'a>>,
    by_principal: HashMap<&'a str, Vec<usize>>,
    missing: Vec<Missing>,
    steps: usize,
}

impl<'a> Reach<'a> {
    /// Roles at their scopes.
    pub(crate) fn by_roles(assignments: &'a [RoleAssignment], roles: &Roles<'a>, targets: &Targets) -> Self {
        let mut reach = Self::default();
        let mut unknown = HashSet::new();
        for assignment in assignments {
            reach.steps += 1;
            let reached = targets.reached_from(&assignment.scope);
            if reached.is_empty() {
                continue;
            }
            let Some(role) = roles.get(&assignment.role) else {
                if unknown.insert(assignment.role.as_str()) {
                    let path = format!("$[?@.name=='{}']", assignment.role);
                    reach.missing.push(Missing::Absent { document: Document::RoleDefinitions, path });
                }
                continue;
            };
            reach.push(Grant {
                place: &assignment.place,
                principal: &assignment.principal,
                kind: assignment.kind,
                name: assignment.name.as_deref(),
                role: role.name,
                scope: &assignment.scope,
                powers: role.powers.and(reached),
                conditional: assignment.conditional,
                created: assignment.created,
            });
        }
        reach
    }

    /// Access policies, which hold for the whole vault.
    pub(crate) fn by_policies(policies: &'a [AccessPolicy], vault: &'a str) -> Self {
        let mut reach = Self::default();
        for policy in policies {
            reach.steps += 1;
            let has = |power: &&Power| {
                power.in_access_policies().is_some_and(|(kind, name)| {
                    let list = match kind {
                        "keys" => &policy.keys,
                        "secrets" => &policy.secrets,
                        _ => &policy.certificates,
                    };
                    list.iter().any(|permission| permission == name || permission == "all")
                })
            };
            let powers = Power::ALL.iter().filter(has);
            reach.push(Grant {
                place: &policy.place,
                principal: &policy.principal,
                kind: PrincipalKind::Unknown,
                name: None,
                role: "an access policy",
                scope: vault,
                powers: powers.fold(Powers::NONE, |all, power| all.or(Powers::of(&[*power]))),
                conditional: false,
                created: None,
            });
        }
        reach
    }

    /// Without all other powers.
    pub(crate) fn only(self, powers: Powers) -> Self {
        let mut reach = Self { missing: self.missing, steps: self.steps, ..Self::default() };
        for grant in self.grants {
            reach.push(Grant { powers: grant.powers.and(powers), ..grant });
        }
        reach
    }

    /// Where a whole document is missing, that is the reason for each gap it leaves.
    pub(crate) fn explain(&mut self, document: Document, reason: Option<&Missing>) {
        let Some(reason) = reason else { return };
        for missing in self.missing.iter_mut().filter(|missing| missing.document() == document) {
            *missing = reason.clone();
        }
    }

    /// All that was given.
    pub(crate) fn grants(&self) -> &[Grant<'a>] {
        &self.grants
    }

    /// Both together.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.missing.extend(other.missing);
        self.steps += other.steps;
        for grant in other.grants {
            self.push(grant);
        }
        self
    }

    fn push(&mut self, grant: Grant<'a>) {
        if !grant.powers.is_empty() {
            self.by_principal.entry(grant.principal).or_default().push(self.grants.len());
            self.grants.push(grant);
        }
    }

    /// What could not be evaluated.
    pub(crate) fn missing(&self) -> &[Missing] {
        &self.missing
    }

    /// What one principal was given, directly or through the groups it is in, with the group.
    pub(crate) fn given_to<'r>(
        &'r self,
        principal: &str,
        groups: &Groups<'a>,
    ) -> Vec<(&'r Grant<'a>, Option<&'a str>)> {
        let of = |id: &str| self.by_principal.get(id).into_iter().flatten().map(|index| &self.grants[*index]);
        let mut given: Vec<_> = of(principal).map(|grant| (grant, None)).collect();
        for group in groups.containing(principal) {
            given.extend(of(group).map(|grant| (grant, Some(group))));
        }
        given.sort_by(|one, other| one.0.place.path.cmp(&other.0.place.path));
        given
    }

    /// Everybody who has one of these powers, once each. A group is replaced by its members; one whose members are not
    /// known stands for them and is told in `missing`.
    pub(crate) fn holders<'r>(
        &'r self,
        powers: Powers,
        groups: &'r Groups<'a>,
        missing: &mut Vec<Missing>,
    ) -> Vec<Holder<'r>> {
        let mut holders: BTreeMap<&str, Holder<'r>> = BTreeMap::new();
        let mut expanded = HashSet::new();
        for grant in self.grants.iter().filter(|grant| !grant.powers.and(powers).is_empty()) {
            let known_group = groups.members(grant.principal).is_some();
            if grant.kind != PrincipalKind::Group && !known_group {
                holders.entry(grant.principal).or_insert(Holder {
                    id: grant.principal,
                    kind: grant.kind,
                    name: grant.name,
                    grant,
                    group: None,
                });
                continue;
            }
            let mut waiting = vec![(grant.principal, grant.name)];
            while let Some((group, name)) = waiting.pop() {
                if !expanded.insert(group) {
                    continue;
                }
                let Some(members) = groups.members(group) else {
                    let path = format!("$['{group}']");
                    missing.push(Missing::Absent { document: Document::GroupMembers, path });
                    let kind = PrincipalKind::Group;
                    holders.entry(group).or_insert(Holder { id: group, kind, name, grant, group: None });
                    continue;
                };
                for member in members.iter().copied() {
                    let Member { id, kind, name } = member;
                    if *kind == PrincipalKind::Group {
                        waiting.push((id, name.as_deref()));
                    } else {
                        let holder =
                            Holder { id, kind: *kind, name: name.as_deref(), grant, group: Some(grant.principal) };
                        holders.entry(id).or_insert(holder);
                    }
                }
            }
        }
        holders.into_values().collect()
    }

    /// How many assignments and policies were looked at.
    pub(crate) fn steps(&self) -> usize {
        self.steps
    }
}
