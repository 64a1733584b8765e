//! One rule.

use std::{
    collections::{BTreeSet, HashSet},
    hash::Hash,
};

use keystay::{Scopes, Tenant};

use super::{Denial, Question};
use crate::name::{CallerName, IdentityName};

/// Allows every combination of what it names.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Which callers.
    pub callers: Names,
    /// Which identities.
    pub identities: Names,
    /// Which tenants.
    pub tenants: Allowed<Tenant>,
    /// Which scopes.
    pub scopes: Allowed<Scopes>,
}

/// Names from the configuration, one by one: a caller or an identity that is added later is not let in by an old rule.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Names(pub BTreeSet<String>);

/// Some things, or all there are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Allowed<T: Eq + Hash> {
    /// `"*"`. Of tenants: whichever consented to the app. Of scopes: what the app was consented to, but never what leads
    /// to its own credentials.
    Any,
    /// These, by the name they were written with: a domain and the id of the same tenant are two.
    These(HashSet<T>),
}

impl Rule {
    /// Allowed, or the first thing that does not fit.
    pub fn judge(&self, question: &Question<'_>) -> Result<(), Denial> {
        self.judge_place(question.caller, question.identity, question.tenant)?;
        if !self.scopes.contains(question.scopes) {
            return Err(Denial::Scope);
        }
        Ok(())
    }

    /// Allowed for some scope, or the first thing that does not fit.
    pub fn judge_place(&self, caller: &CallerName, identity: &IdentityName, tenant: &Tenant) -> Result<(), Denial> {
        if !self.callers.contains(caller.as_str()) {
            return Err(Denial::Caller);
        }
        if !self.identities.contains(identity.as_str()) {
            return Err(Denial::Identity);
        }
        if !self.tenants.contains(tenant) {
            return Err(Denial::Tenant);
        }
        Ok(())
    }
}

impl Names {
    /// Whether it is one of them.
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains(name)
    }
}

impl<T: Eq + Hash> Allowed<T> {
    /// Whether it is one of them.
    pub fn contains(&self, thing: &T) -> bool {
        match self {
            Self::Any => true,
            Self::These(things) => things.contains(thing),
        }
    }
}
