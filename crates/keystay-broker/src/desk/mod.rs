//! The desk: a recognised caller asks, the policy decides, the identity gets the token, the journal knows.

mod decisions;
mod leasing;
mod record;
mod refusals;
mod refused;
mod tenants;

use std::{
    borrow::Cow,
    sync::Arc,
    task::Poll,
    time::{Duration, SystemTime},
};

use arc_swap::ArcSwap;
use keystay::{Clock, Scopes, Tenant, Token};
use tracing::{Instrument, field::Empty};
use uuid::Uuid;

pub(crate) use decisions::{Decided, Decisions};
pub use leasing::LeaseHold;
pub(crate) use refusals::{Noted, Refusals};
pub use refused::Refused;
pub(crate) use tenants::{Standings, TenantSeen, Tenants};

use self::record::Record;
use crate::{
    caller::{Caller, CallerSettings, Callers, Issuers, LeaseDenial, Leases, Unknown},
    config::Config,
    identity::{Connected, Identities, Identity, Surroundings},
    journal::Journal,
    ledger::Ledger,
    limits::{Busy, SignBudgets, Strangers, Turnstiles},
    metrics::{Metrics, Requests},
    name::{IdentityName, shown},
    policy::{Decision, Denial, Forbidden, Policy, Question},
    telemetry::Telemetry,
};

/// What a caller asks for.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The app, as the caller named it.
    pub identity: String,
    /// The customer.
    pub tenant: Tenant,
    /// What the token is for.
    pub scopes: Scopes,
}

/// A token and where it came from.
#[derive(Clone, Debug)]
pub struct Granted {
    /// The token.
    pub token: Token,
    /// How long it still works.
    pub remaining: Duration,
    /// When it stops working, by this computer's clock as it is now.
    pub expires_on: SystemTime,
    /// The app it is of.
    pub identity: Arc<Identity>,
    /// The name of this decision in the journal.
    pub decision: Uuid,
}

/// Everything that can change while the broker runs, changed at once.
#[derive(Debug)]
pub struct Setup {
    /// Who is who.
    pub callers: Callers,
    /// Who vouches for callers.
    pub issuers: Issuers,
    /// Who may have what.
    pub policy: Policy,
    /// The apps.
    pub identities: Identities,
    /// Whether the routes of az-kv-proxy are open.
    pub compat: bool,
    pub(crate) caller_settings: Vec<CallerSettings>,
    pub(crate) requests: Requests,
    turnstiles: Turnstiles,
}

/// Where all doors lead. Cheap to share; asked by any number of callers at once.
#[derive(Debug)]
pub struct Desk {
    setup: ArcSwap<Setup>,
    around: Surroundings,
    journal: Arc<Journal>,
    ledger: Arc<Ledger>,
    leases: Arc<Leases>,
    metrics: Arc<Metrics>,
    refusals: Refusals,
    tenants: Tenants,
    decisions: Decisions,
    strangers: Arc<Strangers>,
    signs: Arc<SignBudgets>,
}

impl Desk {
    /// A desk for this configuration. Asks nobody: identities are connected when they are needed.
    pub fn new(config: &Config, around: Surroundings, journal: Arc<Journal>) -> Self {
        let metrics = Metrics::new();
        let ledger = Arc::new(Ledger::new(journal.clone(), metrics.signs().clone(), around.clock.clone()));
        let signs = Arc::new(SignBudgets::new(config.limits, around.clock.clone()));
        let setup = ArcSwap::from_pointee(Setup::new(config, &around, &ledger, &metrics, &signs, None));
        let strangers = Arc::new(Strangers::new(journal.clone(), around.clock.clone()));
        Self {
            setup,
            around,
            journal,
            ledger,
            leases: Arc::default(),
            metrics,
            refusals: Refusals::default(),
            tenants: Tenants::default(),
            decisions: Decisions::default(),
            strangers,
            signs,
        }
    }

    /// Takes another configuration. Identities whose settings are the same keep their tokens; requests under way end
    /// with what they began with.
    pub fn reconfigure(&self, config: &Config) {
        let old = self.setup.load_full();
        let new = Setup::new(config, &self.around, &self.ledger, &self.metrics, &self.signs, Some(&old));
        self.setup.store(Arc::new(new));
    }

    /// The configuration in force.
    pub fn setup(&self) -> Arc<Setup> {
        self.setup.load_full()
    }

    /// The leases in force. A reload changes none.
    pub fn leases(&self) -> &Arc<Leases> {
        &self.leases
    }

    /// The time.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.around.clock
    }

    /// Where decisions are written.
    pub fn journal(&self) -> &Arc<Journal> {
        &self.journal
    }

    pub(crate) fn telemetry(&self) -> Option<&Arc<Telemetry>> {
        self.around.telemetry.as_ref()
    }

    pub(crate) fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    pub(crate) fn refusals(&self) -> &Refusals {
        &self.refusals
    }

    pub(crate) fn tenants(&self) -> &Tenants {
        &self.tenants
    }

    pub(crate) fn decisions(&self) -> &Decisions {
        &self.decisions
    }

    /// A token for `caller`, if the policy allows it and it can be had. Either way the journal gets one line; only a
    /// caller that asks for more than it may gets fewer.
    ///
    /// **Cancellation:** dropping the future stops nothing that others wait for; no line is written then.
    pub async fn token(&self, caller: &Caller, ask: &Ask, door: &'static str) -> Result<Granted, Refused> {
        self.answer(Uuid::new_v4(), caller, ask, door).await
    }

    /// The same, with the decision's name in the journal: for doors whose errors tell it.
    pub async fn answer(
        &self,
        decision: Uuid,
        caller: &Caller,
        ask: &Ask,
        door: &'static str,
    ) -> Result<Granted, Refused> {
        let setup = self.setup.load_full();
        // as everywhere in spans: words of the configuration and of this program
        let identity =
            || setup.identities.get_key_value(ask.identity.as_str()).map_or("none", |(name, _)| name.as_str());
        let span = tracing::debug_span!(
            "decision",
            "keystay.door" = door,
            "keystay.caller" = %caller.name,
            "keystay.decision" = %decision,
            "keystay.identity" = identity(),
            "keystay.outcome" = Empty,
            "error.type" = Empty,
        );
        let outcome = self.decide(&setup, decision, caller, ask, door).instrument(span.clone()).await;
        match &outcome {
            Ok(_) => span.record("keystay.outcome", "granted"),
            Err(refused) => span.record("keystay.outcome", refused.event()).record("error.type", refused.code()),
        };
        outcome
    }

    async fn decide(
        &self,
        setup: &Setup,
        decision: Uuid,
        caller: &Caller,
        ask: &Ask,
        door: &'static str,
    ) -> Result<Granted, Refused> {
        let _turn = match setup.turnstiles.of(&caller.name).enter().await {
            Ok(turn) => turn,
            // a line for each would let a caller fill the disk
            Err(Busy(wait)) => {
                self.strangers.turned_away(door, caller, "too-many-requests");
                let refused = Refused::Busy(wait);
                setup.requests.refused(door, &caller.name, &ask.identity, refused.code());
                return Err(refused);
            }
        };
        let outcome = self.decide_and_get(setup, caller, ask, decision).await;
        self.journal.write(&Record::of(decision, door, caller, ask, &outcome));
        self.count(setup, door, caller, ask, &outcome);
        outcome.map(|(granted, _)| granted)
    }

    /// Somebody was at a door and was not recognised. A flood of them is counted instead of told one by one.
    pub fn turned_away(&self, door: &'static str, peer: &str, why: Unknown) {
        self.metrics.turned_away(door, why);
        self.decisions.turned_away(door, peer, why.code(), self.around.clock.now());
        self.strangers.turned_away(door, &peer, why.code());
    }

    /// Where those are put on record who come to no caller's rights.
    pub(crate) fn strangers(&self) -> &Arc<Strangers> {
        &self.strangers
    }

    fn count(
        &self,
        setup: &Setup,
        door: &'static str,
        caller: &Caller,
        ask: &Ask,
        outcome: &Result<(Granted, usize), Refused>,
    ) {
        let now = self.around.clock.now();
        self.decisions.note(door, caller, ask, outcome, now);
        match outcome {
            Ok((granted, _)) => {
                setup.requests.granted(door, &caller.name, granted.identity.name(), granted.remaining);
                self.tenants.granted(caller, ask, granted, now);
            }
            Err(refused) => {
                setup.requests.refused(door, &caller.name, &ask.identity, refused.code());
                self.refusals.note(caller, ask, refused, now);
                if let Some((identity, _)) = setup.identities.get_key_value(ask.identity.as_str()) {
                    self.tenants.refused(identity, caller, ask, refused, now);
                }
            }
        }
    }

    async fn decide_and_get(
        &self,
        setup: &Setup,
        caller: &Caller,
        ask: &Ask,
        decision: Uuid,
    ) -> Result<(Granted, usize), Refused> {
        if caller.lease().is_some_and(|lease| !lease.covers(&ask.identity, &ask.tenant, &ask.scopes)) {
            return Err(Refused::Denied(Denial::Lease(LeaseDenial::Other)));
        }
        let Some((name, identity)) = setup.identities.get_key_value(ask.identity.as_str()) else {
            // the same words as for an identity that exists: names cannot be found out by trying
            return Err(Refused::Denied(Denial::Identity));
        };
        let home = identity.settings().home_tenant.as_ref();
        let question = Question { caller: &caller.name, identity: name, tenant: &ask.tenant, scopes: &ask.scopes };
        let rule = match setup.policy.decide(&question, home) {
            Decision::Allowed { rule } => rule,
            Decision::Denied { reason } => return Err(Refused::Denied(reason)),
        };
        let connected = identity.connect().await.map_err(Refused::NotAvailable)?;
        let token = get(&connected, ask).await.map_err(Refused::Failed)?;
        // a domain can be a name of the home tenant: what the token says about its tenant decides
        if let Some(tid) = token.id().tenant.filter(|tid| ask.tenant.as_uuid() != Some(*tid)) {
            let question = Question { tenant: &tid.into(), ..question };
            if let Some(forbidden) = Forbidden::find(&question, home) {
                return Err(Refused::Denied(Denial::Forbidden(forbidden)));
            }
        }
        let remaining = connected.client.remaining(&token);
        let expires_on = self.around.clock.now() + remaining;
        Ok((Granted { token, remaining, expires_on, identity: identity.clone(), decision }, rule))
    }
}

/// The token, in a span that says whether anybody had to wait for it.
async fn get(connected: &Connected, ask: &Ask) -> Result<Token, keystay::Error> {
    let span = tracing::debug_span!("token", "keystay.token.cached" = Empty, "error.type" = Empty);
    let mut asked = std::pin::pin!(connected.client.token(&ask.tenant, &ask.scopes).instrument(span.clone()));
    // what is in memory is there at once, a token as well as a refusal
    let (cached, outcome) = match futures::poll!(asked.as_mut()) {
        Poll::Ready(outcome) => (true, outcome),
        Poll::Pending => (false, asked.await),
    };
    span.record("keystay.token.cached", cached);
    if let Err(error) = &outcome {
        span.record("error.type", error.code());
    }
    outcome
}

impl Setup {
    fn new(
        config: &Config,
        around: &Surroundings,
        ledger: &Arc<Ledger>,
        metrics: &Metrics,
        signs: &Arc<SignBudgets>,
        old: Option<&Self>,
    ) -> Self {
        let identity = |name: &IdentityName| {
            let settings = &config.identities[name];
            let kept = old.and_then(|old| old.identities.get(name)).filter(|kept| kept.settings() == settings);
            kept.cloned().unwrap_or_else(|| {
                Arc::new(Identity::new(name.clone(), settings.clone(), around.clone(), ledger.clone(), signs.clone()))
            })
        };
        let callers = config.callers.iter().map(|caller| &caller.name);
        Self {
            requests: Requests::new(metrics.registry(), callers, config.identities.keys()),
            callers: config.recognise(),
            caller_settings: config.callers.clone(),
            issuers: Issuers::new(&config.issuers, around, old.map(|old| &old.issuers)),
            policy: config.policy.clone(),
            turnstiles: Turnstiles::new(
                config.callers.iter().map(|caller| &caller.name),
                config.limits,
                &around.clock,
                old.map(|old| &old.turnstiles),
            ),
            identities: config.identities.keys().map(|name| (name.clone(), identity(name))).collect(),
            compat: config.compat,
        }
    }
}

impl Ask {
    /// The identity as far as it may be repeated.
    fn shown_identity(&self) -> Cow<'_, str> {
        shown(&self.identity)
    }
}
