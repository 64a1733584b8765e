//! A recognised caller asks for a lease: the same policy decides.

use std::sync::Arc;

use serde::Serialize;
use uuid::Uuid;

use super::{Desk, Refused};
use crate::{
    caller::{BearerHash, Caller, Evidence, Hold, Lease, LeaseDenial},
    journal::Journal,
    name::shorten,
    policy::{Decision, Denial, Question},
};

/// A lease in force; it ends, on record, when this is dropped.
#[derive(Debug)]
pub struct LeaseHold {
    hold: Hold,
    caller: Caller,
    lease: Lease,
    journal: Arc<Journal>,
}

/// A lease was asked for, or has ended.
#[derive(Debug, Serialize)]
struct Line<'a> {
    event: &'static str,
    lease: Uuid,
    caller: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<&'a Evidence>,
    identity: String,
    tenant: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

impl Desk {
    /// A lease for `caller`, by the secret with this hash, if the policy allows what it is for. The journal gets a line
    /// when it is given and one when it ends, which is when the hold is dropped.
    ///
    /// Every token that is asked for with it is decided about anew: a rule that goes takes effect at once.
    pub fn lease(&self, caller: &Caller, hash: BearerHash, lease: Lease) -> Result<LeaseHold, Refused> {
        let outcome = self.may_lease(caller, &lease).and_then(|()| {
            // a service that starts as root may hand its rights to another user, and takes the lease along
            let uid = caller.evidence.uid().filter(|uid| *uid != 0);
            self.leases.take(hash, caller.name.clone(), uid, lease.clone()).map_err(Denial::Lease)
        });
        let (event, reason) = match &outcome {
            Ok(_) => ("leased", None),
            Err(denial) => ("denied", Some(denial.code())),
        };
        self.journal.write(&Line { evidence: Some(&caller.evidence), reason, ..Line::of(event, caller, &lease) });
        let hold = outcome.map_err(Refused::Denied)?;
        Ok(LeaseHold { hold, caller: caller.clone(), lease, journal: self.journal.clone() })
    }

    fn may_lease(&self, caller: &Caller, lease: &Lease) -> Result<(), Denial> {
        if caller.lease().is_some() {
            return Err(Denial::Lease(LeaseDenial::Nested));
        }
        let setup = self.setup();
        let (name, identity) = setup.identities.get_key_value(lease.identity.as_str()).ok_or(Denial::Identity)?;
        if lease.scopes.is_empty() {
            return setup.policy.may_use_in(&caller.name, name, &lease.tenant);
        }
        let home = identity.settings().home_tenant.as_ref();
        lease.scopes.iter().try_for_each(|scopes| {
            let question = Question { caller: &caller.name, identity: name, tenant: &lease.tenant, scopes };
            match setup.policy.decide(&question, home) {
                Decision::Allowed { .. } => Ok(()),
                Decision::Denied { reason } => Err(reason),
            }
        })
    }
}

impl LeaseHold {
    /// Completes when the broker has ended the lease.
    pub async fn ended(&mut self) {
        self.hold.ended().await;
    }
}

impl Drop for LeaseHold {
    fn drop(&mut self) {
        self.journal.write(&Line::of("lease-ended", &self.caller, &self.lease));
    }
}

impl<'a> Line<'a> {
    fn of(event: &'static str, caller: &'a Caller, lease: &Lease) -> Self {
        Self {
            event,
            lease: lease.id,
            caller: caller.name.as_str(),
            evidence: None,
            identity: shorten(&lease.identity),
            tenant: lease.tenant.to_string(),
            reason: None,
        }
    }
}
