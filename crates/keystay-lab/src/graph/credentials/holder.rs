//! Who holds a credential: an application, or a service principal in one tenant.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    directory::{
        AuditChange, AuditTarget, KeyCredential, PasswordCredential, Resource, Restrictions, ServicePrincipal, World,
    },
    graph::{Call, address::Key, applications, error::GraphError, principals},
};

/// The two kinds of objects that hold credentials and owners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::graph) enum Holder {
    Application,
    Principal,
}

impl Holder {
    /// The collection it is in.
    pub(in crate::graph) fn set(self) -> &'static str {
        match self {
            Self::Application => "applications",
            Self::Principal => "servicePrincipals",
        }
    }
}

/// One of them, in the caller's tenant.
#[derive(Debug)]
pub(in crate::graph) struct Target {
    pub(in crate::graph) holder: Holder,
    pub(in crate::graph) id: Uuid,
    pub(in crate::graph) app_id: Uuid,
    pub(in crate::graph) owners: Vec<Uuid>,
    display_name: String,
    created: Option<OffsetDateTime>,
}

/// What it authenticates with.
pub(super) struct Credentials<'a> {
    pub(super) keys: &'a mut Vec<KeyCredential>,
    pub(super) passwords: &'a mut Vec<PasswordCredential>,
}

impl Target {
    /// Finds it. The principals of Microsoft's own services cannot be changed by anybody.
    pub(in crate::graph) fn find(world: &World, call: &Call, holder: Holder, key: &str) -> Result<Self, GraphError> {
        match holder {
            Holder::Application => {
                let app = applications::find(world, call, key)?;
                Ok(Self {
                    holder,
                    id: app.id,
                    app_id: app.app_id,
                    owners: app.owners.clone(),
                    display_name: app.display_name.clone(),
                    created: Some(app.created),
                })
            }
            Holder::Principal => {
                let tenant = call.access.tenant(world)?;
                let key = Key::parse(key)?;
                let principal = principals::stored(tenant, &key).ok_or_else(|| match key {
                    Key::AppId(id) if Resource::by_app_id(id).is_some() => GraphError::denied(),
                    Key::Object(id) if Resource::by_principal(id, tenant.id).is_some() => GraphError::denied(),
                    key => key.missing(),
                })?;
                Ok(Self::of_principal(world, principal))
            }
        }
    }

    pub(in crate::graph) fn of_principal(world: &World, principal: &ServicePrincipal) -> Self {
        Self {
            holder: Holder::Principal,
            id: principal.id,
            app_id: principal.app_id,
            owners: principal.owners.clone(),
            display_name: principal.display_name.clone(),
            created: world.applications.get(&principal.app_id).map(|app| app.created),
        }
    }

    /// Refuses a bearer who may not change it.
    pub(in crate::graph) fn require_change(&self, world: &World, call: &Call) -> Result<(), GraphError> {
        if call.access.may_change(world, &self.owners) { Ok(()) } else { Err(GraphError::denied()) }
    }

    /// Refuses to give a service principal a credential when its application is locked, at home as well.
    pub(in crate::graph) fn check_lock(&self, world: &World, property: &str) -> Result<(), GraphError> {
        let locked = world.applications.get(&self.app_id).is_some_and(|app| app.instance_lock.locks_credentials());
        if self.holder == Holder::Principal && locked { Err(GraphError::locked(property)) } else { Ok(()) }
    }

    /// The object in the directory, to change its credentials.
    pub(super) fn credentials<'a>(&self, world: &'a mut World, call: &Call) -> Result<Credentials<'a>, GraphError> {
        let gone = |_| GraphError::not_found(self.id);
        Ok(match self.holder {
            Holder::Application => {
                let app = world.application_mut(self.app_id).map_err(gone)?;
                Credentials { keys: &mut app.key_credentials, passwords: &mut app.password_credentials }
            }
            Holder::Principal => {
                let principal = world.principal_mut(self.app_id, call.access.caller.tenant_id).map_err(gone)?;
                Credentials { keys: &mut principal.key_credentials, passwords: &mut principal.password_credentials }
            }
        })
    }

    /// The app management policy it is under, and when it was created.
    pub(in crate::graph) fn restrictions(&self, world: &World, call: &Call) -> Restricted {
        let tenant = world.tenants.get(&call.access.caller.tenant_id);
        let assigned = match self.holder {
            Holder::Application => world.applications.get(&self.app_id).and_then(|app| app.app_management_policy),
            Holder::Principal => tenant.and_then(|tenant| tenant.principals.get(&self.app_id)?.app_management_policy),
        };
        let restrictions = tenant.map(|tenant| {
            let default = &tenant.policies.default_app_management;
            let own = tenant.policies.app_management.iter().find(|policy| Some(policy.id) == assigned);
            match (own, self.holder) {
                (Some(policy), _) if policy.enabled => policy.restrictions.clone(),
                (None, Holder::Application) if default.enabled => default.applications.clone(),
                (None, Holder::Principal) if default.enabled => default.principals.clone(),
                _ => Restrictions::default(),
            }
        });
        let created = self.created.unwrap_or(OffsetDateTime::UNIX_EPOCH);
        Restricted { restrictions: restrictions.unwrap_or_default(), created }
    }

    /// How the audit log names it.
    pub(in crate::graph) fn audited(&self, changes: Vec<AuditChange>) -> AuditTarget {
        let kind = match self.holder {
            Holder::Application => "Application",
            Holder::Principal => "ServicePrincipal",
        };
        AuditTarget { id: self.id, display_name: self.display_name.clone(), kind: kind.to_owned(), changes }
    }
}

/// What a policy says about new credentials of one object.
pub(in crate::graph) struct Restricted {
    restrictions: Restrictions,
    created: OffsetDateTime,
}

impl Restricted {
    /// Refuses a certificate that lives too long.
    pub(super) fn allow_key(&self, credential: &KeyCredential) -> Result<(), GraphError> {
        let longest = self.restrictions.longest("asymmetricKeyLifetime", self.created);
        if longest.is_some_and(|longest| credential.end - credential.start > longest) {
            return Err(GraphError::credential_lifetime());
        }
        Ok(())
    }

    /// Refuses a secret, or one that lives too long.
    pub(super) fn allow_password(&self, credential: &PasswordCredential) -> Result<(), GraphError> {
        if self.restrictions.forbids("passwordAddition", self.created) {
            return Err(GraphError::credential_type());
        }
        let longest = self.restrictions.longest("passwordLifetime", self.created);
        if longest.is_some_and(|longest| credential.lifetime() > longest) {
            return Err(GraphError::credential_lifetime());
        }
        Ok(())
    }
}
