//! All role assignments and custom roles of the lab.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use parking_lot::RwLock;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Assignment, Permission, Plane, PrincipalType, ResourceScope, Role, RoleDefinition, RoleType, built_in, lag::Lag,
};
use crate::{bearer::Caller, clock::LabClock, directory::derived_id};

/// Who may do what. Clones share one set of records. Resource Manager sees every change with the next request, vaults after
/// [`set_delay`](Self::set_delay).
#[derive(Clone, Debug)]
pub(crate) struct Authorization {
    records: Arc<RwLock<Records>>,
    clock: LabClock,
}

/// What [`Authorization`] is made of.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Records {
    assignments: BTreeMap<Uuid, Assignment>,
    /// Custom roles by id.
    definitions: BTreeMap<Uuid, RoleDefinition>,
    /// Who may activate a role (Privileged Identity Management), but does not have it now.
    eligible: BTreeMap<Uuid, Assignment>,
    /// Names of assignments by principal; follows from `assignments`.
    #[serde(skip)]
    by_principal: HashMap<Uuid, Vec<Uuid>>,
    /// What the vaults have not heard of yet.
    lag: Lag,
}

impl Authorization {
    /// Nobody has a role.
    pub(crate) fn new(clock: LabClock) -> Self {
        Self { records: Arc::default(), clock }
    }

    /// How many seconds of the lab's clock a role that is given or taken from now on needs to reach the vaults. With zero,
    /// what is on its way arrives.
    pub(crate) fn set_delay(&self, secs: u32) {
        self.records.write().lag.set_delay(secs);
    }

    fn now(&self) -> OffsetDateTime {
        self.clock.now().into()
    }

    /// Whether one of the caller's roles, or of a group the caller is in, allows an action at a place.
    pub(crate) fn allows(&self, caller: &Caller, plane: Plane, action: &str, scope: &ResourceScope) -> bool {
        let records = self.records.read();
        let grants = |role: &RoleDefinition| role.grants(plane, action);
        match plane {
            Plane::Control => records.roles_of(caller, scope).any(grants),
            Plane::Data => records.propagated_roles_of(caller, scope, self.now()).any(grants),
        }
    }

    /// Whether the caller may give or take this role at a place, in Resource Manager.
    pub(crate) fn may_delegate(&self, caller: &Caller, action: &str, role: Uuid, scope: &ResourceScope) -> bool {
        self.records.read().roles_of(caller, scope).any(|own| {
            own.grants(Plane::Control, action) && own.delegates_only.as_ref().is_none_or(|only| only.contains(&role))
        })
    }

    /// Whether the caller has a role at a place or anywhere below it.
    pub(crate) fn is_known_below(&self, caller: &Caller, scope: &ResourceScope) -> bool {
        self.records.read().assignments_of(caller).any(|one| one.scope.contains(scope) || scope.contains(&one.scope))
    }

    /// A role by id, built in or custom.
    pub(crate) fn definition(&self, id: Uuid) -> Option<RoleDefinition> {
        self.records.read().definition(id).cloned()
    }

    /// The built-in roles and the custom ones that may be given at a place.
    pub(crate) fn definitions_at(&self, scope: &ResourceScope) -> Vec<RoleDefinition> {
        let records = self.records.read();
        let custom = records.definitions.values().filter(|role| role.is_assignable_at(scope));
        built_in::all().cloned().chain(custom.cloned()).collect()
    }

    /// Whether another role of a subscription has this name, which is unique among built-in and custom ones.
    pub(crate) fn is_named(&self, name: &str, except: Uuid, subscription: &ResourceScope) -> bool {
        let records = self.records.read();
        let own = |role: &&RoleDefinition| role.assignable_scopes.iter().any(|scope| subscription.contains(scope));
        let custom = records.definitions.values().filter(own);
        let mut others = built_in::all().map(|role| (role.id, role.name.as_str()));
        let taken = |(id, other): (Uuid, &str)| id != except && other.eq_ignore_ascii_case(name);
        others.any(taken) || custom.map(|role| (role.id, role.name.as_str())).any(taken)
    }

    /// Makes or changes a custom role.
    pub(crate) fn define(&self, definition: RoleDefinition) {
        self.records.write().definitions.insert(definition.id, definition);
    }

    /// Removes a custom role.
    pub(crate) fn undefine(&self, id: Uuid) -> Option<RoleDefinition> {
        self.records.write().definitions.remove(&id)
    }

    /// Whether anybody has a role.
    pub(crate) fn is_assigned(&self, role: Uuid) -> bool {
        self.records.read().assignments.values().any(|assignment| assignment.role == role)
    }

    /// An assignment by name.
    pub(crate) fn assignment(&self, name: Uuid) -> Option<Assignment> {
        self.records.read().assignments.get(&name).cloned()
    }

    /// The assignments that meet a condition, in the order of their names.
    pub(crate) fn assignments(&self, wanted: impl Fn(&Assignment) -> bool) -> Vec<Assignment> {
        self.records.read().assignments.values().filter(|assignment| wanted(assignment)).cloned().collect()
    }

    /// Adds or replaces an assignment, unless another of the same role, principal and place exists: its name comes back.
    pub(crate) fn assign(&self, assignment: Assignment) -> Result<(), Uuid> {
        let mut records = self.records.write();
        let twin = records.named(assignment.principal).find(|other| {
            other.name != assignment.name && other.role == assignment.role && other.scope == assignment.scope
        });
        if let Some(twin) = twin {
            return Err(twin.name);
        }
        records.insert(assignment, self.now());
        Ok(())
    }

    /// Removes an assignment.
    pub(crate) fn revoke(&self, name: Uuid) -> Option<Assignment> {
        let mut records = self.records.write();
        let gone = records.assignments.remove(&name)?;
        if let Some(names) = records.by_principal.get_mut(&gone.principal) {
            names.retain(|other| *other != name);
        }
        records.lag.take(gone.clone(), self.now());
        Some(gone)
    }

    /// Removes the assignments that meet a condition.
    pub(crate) fn revoke_all(&self, unwanted: impl Fn(&Assignment) -> bool) {
        let (mut records, now) = (self.records.write(), self.now());
        let records = &mut *records;
        records.assignments.retain(|_, assignment| {
            let gone = unwanted(assignment);
            if gone {
                records.lag.take(assignment.clone(), now);
            }
            !gone
        });
        records.index();
    }

    /// Those who may activate a role, that meet a condition.
    pub(crate) fn eligible(&self, wanted: impl Fn(&Assignment) -> bool) -> Vec<Assignment> {
        self.records.read().eligible.values().filter(|assignment| wanted(assignment)).cloned().collect()
    }

    /// Makes a principal eligible for a role.
    pub(crate) fn make_eligible(&self, assignment: Assignment) {
        self.records.write().eligible.insert(assignment.name, assignment);
    }

    /// An assignment from inside, at a moment (Unix seconds). Its name follows from what is given, so every lab has the same.
    pub(crate) fn draft(
        &self,
        principal: Uuid,
        kind: PrincipalType,
        role: &Role,
        scope: &ResourceScope,
        now: i64,
    ) -> Assignment {
        let role = match role {
            Role::Custom { name, data_actions } => self.custom(name, data_actions, scope, now),
            known => known.built_in_id().unwrap_or_default(),
        };
        let place = scope.path().to_ascii_lowercase();
        Assignment {
            name: derived_id(&[b"role assignment", place.as_bytes(), principal.as_bytes(), role.as_bytes()]),
            scope: scope.clone(),
            principal,
            principal_type: kind,
            role,
            description: None,
            condition: None,
            condition_version: None,
            created: now,
            updated: now,
            created_by: None,
            updated_by: None,
        }
    }

    fn custom(&self, name: &str, data_actions: &[String], scope: &ResourceScope, now: i64) -> Uuid {
        let subscription: Vec<&str> = scope.path().split('/').take(3).collect();
        let home = ResourceScope::new(&subscription.join("/"));
        let actions = data_actions.join("\n");
        let id = derived_id(&[b"role", home.path().as_bytes(), name.as_bytes(), actions.as_bytes()]);
        let permission = Permission { data_actions: data_actions.to_vec(), ..Permission::default() };
        self.records.write().definitions.entry(id).or_insert_with(|| RoleDefinition {
            id,
            name: name.to_owned(),
            description: String::new(),
            kind: RoleType::CustomRole,
            permissions: vec![permission],
            assignable_scopes: vec![home],
            created: now,
            updated: now,
            changed_by: None,
            delegates_only: None,
        });
        id
    }

    /// All records, to be kept in a file.
    pub(crate) fn records(&self) -> Records {
        self.records.read().clone()
    }

    /// Replaces all records by kept ones.
    pub(crate) fn replace(&self, mut records: Records) {
        records.index();
        *self.records.write() = records;
    }
}

impl Records {
    fn definition(&self, id: Uuid) -> Option<&RoleDefinition> {
        built_in::built_in(id).or_else(|| self.definitions.get(&id))
    }

    fn named(&self, principal: Uuid) -> impl Iterator<Item = &Assignment> {
        self.by_principal.get(&principal).into_iter().flatten().filter_map(|name| self.assignments.get(name))
    }

    fn assignments_of<'a>(&'a self, caller: &'a Caller) -> impl Iterator<Item = &'a Assignment> {
        std::iter::once(&caller.object_id).chain(&caller.groups).flat_map(|principal| self.named(*principal))
    }

    fn roles_of<'a>(
        &'a self,
        caller: &'a Caller,
        scope: &'a ResourceScope,
    ) -> impl Iterator<Item = &'a RoleDefinition> {
        self.assignments_of(caller)
            .filter(|assignment| assignment.scope.contains(scope))
            .filter_map(|assignment| self.definition(assignment.role))
    }

    /// The roles of a caller as the vaults know them.
    fn propagated_roles_of<'a>(
        &'a self,
        caller: &'a Caller,
        scope: &'a ResourceScope,
        now: OffsetDateTime,
    ) -> impl Iterator<Item = &'a RoleDefinition> {
        let held = self.assignments_of(caller).filter(move |one| self.lag.has_heard_of(one.name, now));
        let own = |one: &&Assignment| caller.object_id == one.principal || caller.groups.contains(&one.principal);
        held.chain(self.lag.lingering(now).filter(own))
            .filter(|assignment| assignment.scope.contains(scope))
            .filter_map(|assignment| self.definition(assignment.role))
    }

    fn insert(&mut self, assignment: Assignment, now: OffsetDateTime) {
        if !self.assignments.contains_key(&assignment.name) {
            self.lag.give(assignment.name, now);
        }
        let names = self.by_principal.entry(assignment.principal).or_default();
        if !names.contains(&assignment.name) {
            names.push(assignment.name);
        }
        self.assignments.insert(assignment.name, assignment);
    }

    fn index(&mut self) {
        self.by_principal.clear();
        for (name, assignment) in &self.assignments {
            self.by_principal.entry(assignment.principal).or_default().push(*name);
        }
    }
}
