//! What each role gives.

use std::collections::HashMap;

use super::{
    action::covers,
    built_in::{self, BuiltIn},
    power::{Plane, Power, Powers},
};
use crate::facts::{RoleDefinition, RolePermission};

/// Roles by id, with the powers each gives where it holds. Each role is evaluated once.
#[derive(Debug, Default)]
pub(crate) struct Roles<'a> {
    by_id: HashMap<&'a str, Role<'a>>,
}

/// A role, evaluated.
#[derive(Clone, Copy, Debug)]
pub(super) struct Role<'a> {
    pub(super) name: &'a str,
    pub(super) powers: Powers,
}

impl<'a> Roles<'a> {
    /// Azure's own roles, and those of the document. What the document says wins.
    pub(crate) fn new(definitions: &'a [RoleDefinition]) -> Self {
        let own =
            built_in::ALL.iter().map(|role| (role.id, Role { name: role.name, powers: powers_of_built_in(role) }));
        let listed = definitions.iter().map(|role| (role.id.as_str(), Role { name: &role.name, powers: powers(role) }));
        Self { by_id: own.chain(listed).collect() }
    }

    pub(super) fn get(&self, id: &str) -> Option<Role<'a>> {
        self.by_id.get(id).copied()
    }
}

fn powers(role: &RoleDefinition) -> Powers {
    let gives = |power: &Power| role.permissions.iter().any(|permission| permits(permission, *power));
    collect(gives)
}

/// An exception holds for the actions beside it, not for those of another entry or another role.
fn permits(permission: &RolePermission, power: Power) -> bool {
    let (granted, excepted) = match power.plane() {
        Plane::Control => (&permission.actions, &permission.not_actions),
        Plane::Data => (&permission.data_actions, &permission.not_data_actions),
    };
    let any = |patterns: &[String]| patterns.iter().any(|pattern| covers(pattern, power.action()));
    any(granted) && !any(excepted)
}

fn powers_of_built_in(role: &BuiltIn) -> Powers {
    collect(|power| {
        let any = |patterns: &[&str]| patterns.iter().any(|pattern| covers(pattern, power.action()));
        match power.plane() {
            Plane::Control => any(role.actions) && !any(role.not_actions),
            Plane::Data => any(role.data_actions),
        }
    })
}

fn collect(gives: impl Fn(&Power) -> bool) -> Powers {
    Power::ALL.iter().filter(|power| gives(power)).fold(Powers::NONE, |all, power| all.or(Powers::of(&[*power])))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Actions, exceptions from them, data actions, exceptions from those.
    type Entry<'t> = (&'t [&'t str], &'t [&'t str], &'t [&'t str], &'t [&'t str]);

    fn role(permissions: &[Entry<'_>]) -> RoleDefinition {
        let texts = |list: &[&str]| list.iter().map(ToString::to_string).collect();
        let permissions =
            permissions.iter().map(|(actions, not_actions, data_actions, not_data_actions)| RolePermission {
                actions: texts(actions),
                not_actions: texts(not_actions),
                data_actions: texts(data_actions),
                not_data_actions: texts(not_data_actions),
            });
        RoleDefinition { id: "r".to_owned(), name: "R".to_owned(), permissions: permissions.collect() }
    }

    #[test]
    fn exceptions_take_away_within_their_entry_and_plane_only() {
        let keys = "Microsoft.KeyVault/vaults/keys/*";
        let sign = "Microsoft.KeyVault/vaults/keys/sign/action";
        let signs = |role: &RoleDefinition| !powers(role).and(Powers::SIGN).is_empty();
        assert!(signs(&role(&[(&[], &[], &[keys], &[])])));
        assert!(!signs(&role(&[(&[], &[], &[keys], &[sign])])));
        assert!(!signs(&role(&[(&[], &[], &[keys], &["*/SIGN/*"])])));
        // another entry gives it again
        assert!(signs(&role(&[(&[], &[], &[keys], &[sign]), (&[], &[], &[sign], &[])])));
        // an action in Resource Manager is none in the vault, and an exception there takes nothing away here
        assert!(!signs(&role(&[(&["*"], &[], &[], &[])])));
        assert!(signs(&role(&[(&[], &[sign], &[keys], &[])])));
    }

    #[test]
    fn azures_own_roles_give_what_they_are_known_to_give() {
        let roles = Roles::new(&[]);
        let powers = |name: &str| {
            let role = built_in::ALL.iter().find(|role| role.name == name).unwrap_or_else(|| panic!("{name}"));
            roles.get(role.id).unwrap().powers
        };
        let has = |name: &str, power: Power| !powers(name).and(Powers::of(&[power])).is_empty();
        // can sign
        for (name, signs) in [
            ("Key Vault Administrator", true),
            ("Key Vault Crypto Officer", true),
            ("Key Vault Crypto User", true),
            ("Key Vault Reader", false),
            ("Key Vault Certificate User", false),
            ("Key Vault Certificates Officer", false),
            ("Key Vault Secrets Officer", false),
            ("Key Vault Crypto Service Encryption User", false),
            ("Key Vault Contributor", false),
            ("Owner", false),
            ("Contributor", false),
            ("Reader", false),
        ] {
            assert_eq!(has(name, Power::Sign), signs, "{name}");
        }
        // can read the secret that holds an exportable key
        for name in [
            "Key Vault Administrator",
            "Key Vault Secrets Officer",
            "Key Vault Secrets User",
            "Key Vault Certificate User",
        ] {
            assert!(has(name, Power::GetSecret), "{name}");
        }
        assert!(!has("Key Vault Reader", Power::GetSecret));
        // can enable a disabled key again
        assert!(has("Key Vault Crypto User", Power::UpdateKey) && has("Key Vault Crypto User", Power::BackupKey));
        // can make an exportable version
        assert!(has("Key Vault Certificates Officer", Power::CreateCertificate));
        // can grant themselves
        for (name, grants) in [
            ("Owner", true),
            ("User Access Administrator", true),
            ("Role Based Access Control Administrator", true),
            ("Key Vault Data Access Administrator", true),
            ("Contributor", false),
            ("Key Vault Contributor", false),
        ] {
            assert_eq!(has(name, Power::AssignRoles), grants, "{name}");
        }
        assert!(has("Contributor", Power::WriteVault) && has("Key Vault Contributor", Power::WritePolicies));
        // can put code on a host
        for (name, deploys) in
            [("Owner", true), ("Contributor", true), ("Website Contributor", true), ("Reader", false)]
        {
            assert_eq!(has(name, Power::WriteSite), deploys, "{name}");
        }
    }

    #[test]
    fn the_document_wins_over_what_is_built_in() {
        let owner = built_in::ALL.iter().find(|role| role.name == "Owner").unwrap();
        let definitions = [RoleDefinition { id: owner.id.to_owned(), ..role(&[(&["*/read"], &[], &[], &[])]) }];
        assert!(Roles::new(&definitions).get(owner.id).unwrap().powers.is_empty());
    }
}
