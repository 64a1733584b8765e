//! Who can sign, in tables, and against a second, slower way to work it out.

use std::collections::{BTreeMap, BTreeSet};

use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};

use super::*;
use crate::facts::{
    AccessPolicy, Document, GroupMembers, Member, Place, PrincipalKind, RoleAssignment, RoleDefinition, RolePermission,
};

const VAULT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v";
const SITE: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/signer";
const IDENTITY: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i";

const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
const CONTRIBUTOR: &str = "b24988ac-6180-42a0-ab88-20f7382dd24c";
const USER_ACCESS_ADMINISTRATOR: &str = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9";
const CRYPTO_USER: &str = "12338af0-0e69-4776-bea7-57ae8d297424";
const CERTIFICATE_USER: &str = "db79e9a7-68ee-4b58-9aeb-b90e7c24fcba";
const WEBSITE_CONTRIBUTOR: &str = "de139f84-1756-47ae-9be6-808fbbe84772";
const MACHINE_CONTRIBUTOR: &str = "9980e02c-c2be-4d73-94e8-173b1dc7cf3c";
const IDENTITY_OPERATOR: &str = "f1a07417-d97a-45cb-824c-7a7467783830";

fn place(index: usize) -> Place {
    Place { document: Document::RoleAssignments, path: format!("$[{index}]") }
}

fn assign(principal: &str, kind: PrincipalKind, role: &str, scope: &str) -> RoleAssignment {
    RoleAssignment {
        place: place(0),
        principal: principal.to_owned(),
        kind,
        name: None,
        role: role.to_owned(),
        scope: scope.to_owned(),
        conditional: false,
        created: None,
    }
}

fn group(id: &str, members: &[(&str, PrincipalKind)]) -> GroupMembers {
    let members = members.iter().map(|(id, kind)| Member { id: (*id).to_owned(), kind: *kind, name: None });
    GroupMembers { group: id.to_owned(), members: members.collect() }
}

fn ids(reach: &Reach<'_>, powers: Powers, groups: &Groups<'_>) -> Vec<String> {
    let mut missing = Vec::new();
    reach.holders(powers, groups, &mut missing).iter().map(|holder| holder.id.to_owned()).collect()
}

#[test]
fn a_role_at_a_scope_reaches_the_key_or_not() {
    let keys = format!("{VAULT}/keys/signer");
    let other_key = format!("{VAULT}/keys/other");
    let secret = format!("{VAULT}/secrets/signer");
    for (role, scope, powers, reaches) in [
        (CRYPTO_USER, keys.as_str(), Powers::SIGN, true),
        (CRYPTO_USER, VAULT, Powers::SIGN, true),
        (CRYPTO_USER, "/subscriptions/S", Powers::SIGN, true),
        (CRYPTO_USER, "/providers/Microsoft.Management/managementGroups/root", Powers::SIGN, true),
        (CRYPTO_USER, "/", Powers::SIGN, true),
        (CRYPTO_USER, other_key.as_str(), Powers::SIGN, false),
        (CRYPTO_USER, secret.as_str(), Powers::SIGN, false),
        (CRYPTO_USER, "/subscriptions/s/resourceGroups/g2", Powers::SIGN, false),
        (CERTIFICATE_USER, secret.as_str(), Powers::COPY_EXPORTABLE, true),
        (CERTIFICATE_USER, keys.as_str(), Powers::COPY_EXPORTABLE, false),
        (OWNER, VAULT, Powers::SIGN, false),
        (OWNER, VAULT, Powers::SELF_GRANT, true),
        (OWNER, keys.as_str(), Powers::SELF_GRANT, true),
        (USER_ACCESS_ADMINISTRATOR, "/subscriptions/s", Powers::SELF_GRANT, true),
        (CONTRIBUTOR, VAULT, Powers::SELF_GRANT, false),
        (CONTRIBUTOR, VAULT, Powers::SELF_GRANT_BY_POLICY, true),
        // the right to write a vault is none at one of its keys
        (CONTRIBUTOR, keys.as_str(), Powers::SELF_GRANT_BY_POLICY, false),
    ] {
        let assignments = [assign("p", PrincipalKind::User, role, scope)];
        let roles = Roles::new(&[]);
        let reach = Reach::by_roles(&assignments, &roles, &Targets::of_key(VAULT, "signer"));
        let expected: &[&str] = if reaches { &["p"] } else { &[] };
        assert_eq!(ids(&reach, powers, &Groups::default()), expected, "{role} at {scope}");
    }
}

#[test]
fn who_deploys_to_the_host_or_takes_its_identity_is_a_signer() {
    let machine = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/m";
    for (role, scope, reaches) in [
        (WEBSITE_CONTRIBUTOR, SITE, true),
        (CONTRIBUTOR, "/subscriptions/s/resourceGroups/g", true),
        (OWNER, "/", true),
        // a role over machines is worth nothing at a web site
        (MACHINE_CONTRIBUTOR, SITE, false),
        (MACHINE_CONTRIBUTOR, machine, false),
        (IDENTITY_OPERATOR, IDENTITY, true),
        (IDENTITY_OPERATOR, SITE, false),
        (CRYPTO_USER, SITE, false),
    ] {
        let assignments = [assign("p", PrincipalKind::Workload, role, scope)];
        let roles = Roles::new(&[]);
        let targets = Targets::of_hosts([SITE].into_iter(), [IDENTITY].into_iter());
        let reach = Reach::by_roles(&assignments, &roles, &targets);
        let expected: &[&str] = if reaches { &["p"] } else { &[] };
        assert_eq!(ids(&reach, Powers::DEPLOY, &Groups::default()), expected, "{role} at {scope}");
    }
}

#[test]
fn an_access_policy_gives_what_it_names() {
    let policy = |principal: &str, keys: &[&str], secrets: &[&str]| AccessPolicy {
        place: place(0),
        principal: principal.to_owned(),
        keys: keys.iter().map(ToString::to_string).collect(),
        secrets: secrets.iter().map(ToString::to_string).collect(),
        certificates: Vec::new(),
    };
    let policies = [
        policy("signs", &["get", "sign"], &[]),
        policy("all", &["all"], &[]),
        policy("reads", &["get", "list"], &[]),
        policy("takes", &[], &["get"]),
    ];
    let reach = Reach::by_policies(&policies, VAULT);
    let groups = Groups::default();
    assert_eq!(ids(&reach, Powers::SIGN, &groups), ["all", "signs"]);
    assert_eq!(ids(&reach, Powers::COPY_EXPORTABLE, &groups), ["all", "takes"]);
    assert_eq!(ids(&reach, Powers::of(&[Power::ReadKey]), &groups), ["all", "reads", "signs"]);
}

#[test]
fn members_of_groups_in_groups_have_what_the_group_has_even_in_circles() {
    use PrincipalKind::{Group, User, Workload};
    let groups = [
        group("outer", &[("inner", Group), ("ann", User)]),
        group("inner", &[("bob", User), ("robot", Workload), ("outer", Group)]),
        group("elsewhere", &[("eve", User)]),
    ];
    let groups = Groups::new(groups.iter());
    let assignments = [assign("outer", Group, CRYPTO_USER, VAULT)];
    let roles = Roles::new(&[]);
    let reach = Reach::by_roles(&assignments, &roles, &Targets::of_key(VAULT, "signer"));
    assert_eq!(ids(&reach, Powers::SIGN, &groups), ["ann", "bob", "robot"]);
    let given = |principal| reach.given_to(principal, &groups).len();
    assert_eq!((given("ann"), given("bob"), given("robot"), given("eve")), (1, 1, 1, 0));
}

#[test]
fn a_group_without_known_members_and_a_role_without_a_definition_are_told() {
    let assignments = [
        assign("secretive", PrincipalKind::Group, CRYPTO_USER, VAULT),
        assign("p", PrincipalKind::User, "unheard-of", VAULT),
        // one that reaches nothing here is nobody's business
        assign("q", PrincipalKind::User, "unheard-of-too", "/subscriptions/other"),
    ];
    let roles = Roles::new(&[]);
    let reach = Reach::by_roles(&assignments, &roles, &Targets::of_key(VAULT, "signer"));
    let told: Vec<_> = reach.missing().iter().map(ToString::to_string).collect();
    assert_eq!(told, ["role-definitions.json has no $[?@.name=='unheard-of']"]);
    let mut missing = Vec::new();
    let holders = reach.holders(Powers::SIGN, &Groups::default(), &mut missing).len();
    assert_eq!((holders, missing[0].to_string()), (1, "group-members.json has no $['secretive']".to_owned()));
}

#[test]
fn twice_the_assignments_are_twice_the_work() {
    let steps = |count: usize| {
        let assignments: Vec<_> =
            (0..count).map(|one| assign(&format!("p{one}"), PrincipalKind::User, CRYPTO_USER, VAULT)).collect();
        let roles = Roles::new(&[]);
        Reach::by_roles(&assignments, &roles, &Targets::of_key(VAULT, "signer")).steps()
    };
    assert_eq!((steps(1_000), steps(2_000)), (1_000, 2_000));
}

/// Worlds by chance, each evaluated as well by following every path from every principal.
#[test]
fn a_hundred_random_worlds_agree_with_a_walk_along_every_path() {
    let mut random = StdRng::seed_from_u64(20_261_124);
    let mut ways_met = 0;
    for world in 0..100 {
        let (roles, groups, assignments) = random_world(&mut random);
        let targets = Targets::of_key(VAULT, "signer");
        let (index, evaluated) = (Groups::new(groups.iter()), Roles::new(&roles));
        let reach = Reach::by_roles(&assignments, &evaluated, &targets);
        let expected = walk(&roles, &groups, &assignments);
        let found: BTreeSet<String> = ids(&reach, Powers::SIGN, &index).into_iter().collect();
        assert_eq!(found, expected, "world {world}");
        for person in PEOPLE {
            let signs =
                reach.given_to(person, &index).iter().any(|(grant, _)| !grant.powers.and(Powers::SIGN).is_empty());
            assert_eq!(signs, expected.contains(person), "world {world}, {person}");
        }
        ways_met += expected.len();
    }
    assert!((50..600).contains(&ways_met), "worlds without or with nothing but signers prove little: {ways_met}");
}

const PEOPLE: [&str; 8] = ["p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7"];
const GROUPS: [&str; 5] = ["g0", "g1", "g2", "g3", "g4"];

fn random_world(random: &mut StdRng) -> (Vec<RoleDefinition>, Vec<GroupMembers>, Vec<RoleAssignment>) {
    let patterns =
        ["*", "Microsoft.KeyVault/*", "*/sign/action", "*/read", "Microsoft.KeyVault/vaults/secrets/*", "*/SIGN/*"];
    let scopes = [
        "/",
        "/subscriptions/s",
        VAULT,
        "/subscriptions/t",
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v/keys/signer",
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v/keys/signer2",
    ];
    let some = |random: &mut StdRng, most: usize| -> Vec<String> {
        (0..random.random_range(0..=most)).map(|_| (*patterns.choose(random).unwrap()).to_owned()).collect()
    };
    let roles = (0..4).map(|role| RoleDefinition {
        id: format!("r{role}"),
        name: format!("R{role}"),
        permissions: (0..random.random_range(1..=2))
            .map(|_| RolePermission {
                data_actions: some(random, 2),
                not_data_actions: some(random, 1),
                ..RolePermission::default()
            })
            .collect(),
    });
    let roles: Vec<_> = roles.collect();
    let groups = GROUPS.map(|id| {
        let people = PEOPLE.iter().map(|one| (*one, PrincipalKind::User));
        let all = people.chain(GROUPS.iter().map(|one| (*one, PrincipalKind::Group)));
        let members: Vec<_> = all.filter(|_| random.random_bool(0.15)).collect();
        group(id, &members)
    });
    let assignments = (0..4).map(|_| {
        let to_group = random.random_bool(0.5);
        let (principals, kind): (&[&str], _) =
            if to_group { (&GROUPS, PrincipalKind::Group) } else { (&PEOPLE, PrincipalKind::User) };
        let role = roles.choose(random).unwrap().id.clone();
        assign(principals.choose(random).unwrap(), kind, &role, scopes.choose(random).unwrap())
    });
    let assignments: Vec<_> = assignments.collect();
    (roles, groups.into(), assignments)
}

/// Azure's rules said another way: expand patterns into regular steps, scopes into their parts, and groups by recursion.
fn walk(roles: &[RoleDefinition], groups: &[GroupMembers], assignments: &[RoleAssignment]) -> BTreeSet<String> {
    fn fits(pattern: &[u8], text: &[u8]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some((b'*', rest)) => (0..=text.len()).any(|skip| fits(rest, &text[skip..])),
            Some((letter, rest)) => {
                text.first().is_some_and(|one| one.eq_ignore_ascii_case(letter)) && fits(rest, &text[1..])
            }
        }
    }
    fn people(
        id: &str,
        groups: &BTreeMap<&str, &GroupMembers>,
        met: &mut BTreeSet<String>,
        found: &mut BTreeSet<String>,
    ) {
        let Some(group) = groups.get(id) else {
            found.insert(id.to_owned());
            return;
        };
        if met.insert(id.to_owned()) {
            group.members.iter().for_each(|member| people(&member.id, groups, met, found));
        }
    }
    let sign = b"Microsoft.KeyVault/vaults/keys/sign/action";
    let groups: BTreeMap<_, _> = groups.iter().map(|group| (group.group.as_str(), group)).collect();
    let key = format!("{VAULT}/keys/signer");
    let key: Vec<_> = key.trim_matches('/').split('/').collect();
    let mut found = BTreeSet::new();
    for assignment in assignments {
        let scope: Vec<_> = assignment.scope.trim_matches('/').split('/').filter(|part| !part.is_empty()).collect();
        let role = roles.iter().find(|role| role.id == assignment.role).unwrap();
        let signs = role.permissions.iter().any(|permission| {
            let any = |patterns: &[String]| patterns.iter().any(|pattern| fits(pattern.as_bytes(), sign));
            any(&permission.data_actions) && !any(&permission.not_data_actions)
        });
        if signs && key.starts_with(&scope) {
            people(&assignment.principal, &groups, &mut BTreeSet::new(), &mut found);
        }
    }
    found
}
