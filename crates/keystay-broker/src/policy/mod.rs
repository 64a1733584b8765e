//! Who may get which token: caller × identity × tenant × scope, denied unless a rule allows it.

mod forbidden;
mod rule;

use std::fmt;

use keystay::{Scopes, Tenant};
use serde::Serialize;

use crate::{
    caller::LeaseDenial,
    name::{CallerName, IdentityName},
};

pub use forbidden::Forbidden;
pub use rule::{Allowed, Names, Rule};

/// All rules, in the order they were written. The first that allows a question answers it; none can deny.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    rules: Vec<Rule>,
}

/// May this caller have such a token?
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Who asks.
    pub caller: &'a CallerName,
    /// For which app.
    pub identity: &'a IdentityName,
    /// In whose directory.
    pub tenant: &'a Tenant,
    /// For what.
    pub scopes: &'a Scopes,
}

/// The answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "decision", rename_all = "kebab-case")]
pub enum Decision {
    /// A rule allows it.
    Allowed {
        /// Its place in the configuration, counted from 1.
        rule: usize,
    },
    /// Nothing allows it.
    Denied {
        /// Why not.
        reason: Denial,
    },
}

/// Why nothing allows it: the first thing that would have to change.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Denial {
    /// No rule names the caller.
    Caller,
    /// No rule gives this caller this identity.
    Identity,
    /// This caller has the identity, in other tenants.
    Tenant,
    /// This caller has the identity in this tenant, for other scopes.
    Scope,
    /// The token could be used to get at the app's own credentials: no rule can allow it.
    Forbidden(Forbidden),
    /// It is not for want of a rule: a lease says no.
    Lease(LeaseDenial),
}

impl Policy {
    /// These rules, in this order.
    pub fn new(rules: Vec<Rule>) -> Self {
        Self { rules }
    }

    /// The rules.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Decides. `home` is the tenant the app is registered in, where the configuration knows it.
    pub fn decide(&self, question: &Question<'_>, home: Option<&Tenant>) -> Decision {
        if let Some(forbidden) = Forbidden::find(question, home) {
            return Decision::Denied { reason: Denial::Forbidden(forbidden) };
        }
        match self.first(|rule| rule.judge(question)) {
            Ok(rule) => Decision::Allowed { rule },
            Err(reason) => Decision::Denied { reason },
        }
    }

    /// Whether any rule gives this caller anything of this identity in this tenant, or how near the nearest one came.
    pub fn may_use_in(&self, caller: &CallerName, identity: &IdentityName, tenant: &Tenant) -> Result<(), Denial> {
        self.first(|rule| rule.judge_place(caller, identity, tenant)).map(|_| ())
    }

    /// The first rule that allows, counted from 1, or how near the nearest one came.
    fn first(&self, judge: impl Fn(&Rule) -> Result<(), Denial>) -> Result<usize, Denial> {
        let mut reason = Denial::Caller;
        for (index, rule) in self.rules.iter().enumerate() {
            match judge(rule) {
                Ok(()) => return Ok(index + 1),
                Err(denial) if denial.nearness() > reason.nearness() => reason = denial,
                Err(_) => {}
            }
        }
        Err(reason)
    }

    /// Whether any rule gives this caller anything of this identity.
    pub fn may_use(&self, caller: &CallerName, identity: &IdentityName) -> bool {
        self.rules
            .iter()
            .any(|rule| rule.callers.contains(caller.as_str()) && rule.identities.contains(identity.as_str()))
    }
}

impl Decision {
    /// Whether it is a yes.
    pub fn is_allowed(self) -> bool {
        matches!(self, Self::Allowed { .. })
    }
}

impl Denial {
    /// A stable name, for scripts, metrics and the audit log.
    pub fn code(self) -> &'static str {
        match self {
            Self::Caller => "caller-not-allowed",
            Self::Identity => "identity-not-allowed",
            Self::Tenant => "tenant-not-allowed",
            Self::Scope => "scope-not-allowed",
            Self::Forbidden(forbidden) => forbidden.code(),
            Self::Lease(lease) => lease.code(),
        }
    }

    fn nearness(self) -> u8 {
        match self {
            Self::Caller => 0,
            Self::Identity => 1,
            Self::Tenant => 2,
            Self::Scope => 3,
            Self::Forbidden(_) | Self::Lease(_) => 4,
        }
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Caller => "no rule names this caller",
            Self::Identity => "no rule gives this caller this identity",
            Self::Tenant => "no rule gives this caller this identity in this tenant",
            Self::Scope => "no rule gives this caller this identity in this tenant for this scope",
            Self::Forbidden(forbidden) => return forbidden.fmt(formatter),
            Self::Lease(lease) => return lease.fmt(formatter),
        })
    }
}

#[cfg(test)]
mod tests;
