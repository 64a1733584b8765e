//! A look at every tenant on record: some at once, politely, and to be broken off at any time.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use futures::{StreamExt, stream};
use keystay::{Client, Clock, Scopes};
use parking_lot::Mutex;
use serde::Serialize;

use super::{
    AppRole, Probe,
    look::{Again, Look, look},
};
use crate::tenants::{Belonging, Check, RecordId, TenantRecord, TenantState, Tenants, TenantsError};

/// Looks at one tenant while the service or the network fails.
const TRIES: u32 = 4;
/// The first pause after a failure; each further one is twice as long.
const PAUSE: Duration = Duration::from_secs(2);
/// The longest wait that is kept to when the service names one: a `Retry-After` of days must not hang a run.
const LONGEST: Duration = Duration::from_secs(300);

/// How tenants are looked at.
#[derive(Clone, Debug)]
pub struct RecheckSettings {
    /// The permissions every tenant should have given.
    pub required: BTreeSet<AppRole>,
    /// What tokens are asked for.
    pub scopes: Scopes,
    /// A call with the real permission, for each tenant, if any.
    pub probe: Option<Probe>,
    /// Tenants asked at once.
    pub at_once: usize,
}

/// One tenant was looked at.
#[derive(Clone, Debug)]
pub struct Progress {
    /// The record after the look.
    pub record: TenantRecord,
    /// Its state before.
    pub before: TenantState,
    /// Whether the look found anything out: a token, or a refusal that lies in the tenant.
    pub conclusive: bool,
}

/// What a run came to.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Recheck {
    /// Tenants looked at.
    pub looked: usize,
    /// Those whose state changed.
    pub changed: usize,
    /// Those about which nothing was found out, by the stable name of why.
    pub failed: BTreeMap<String, usize>,
    /// Records without any tenant to ask.
    pub without_tenant: usize,
    /// How many are in which state now.
    pub states: BTreeMap<TenantState, usize>,
}

impl Recheck {
    /// Looks at every one of `records` and puts on record what is found, each as soon as it is. `told` hears of each.
    ///
    /// Dropping it loses at most the looks under way. When Entra says to wait (`Retry-After`), nobody is asked until that
    /// has passed. An error of the database ends the run.
    pub async fn run(
        tenants: &Tenants,
        client: &Client,
        clock: &Arc<dyn Clock>,
        settings: &RecheckSettings,
        records: Vec<TenantRecord>,
        mut told: impl FnMut(&Progress),
    ) -> Result<Self, TenantsError> {
        let patience = Patience { clock: clock.clone(), until: Mutex::default() };
        let mut done = Self::default();
        let mut looks = stream::iter(records)
            .map(|record| one(tenants, client, settings, &patience, record))
            .buffer_unordered(settings.at_once.max(1));
        while let Some(outcome) = looks.next().await {
            match outcome? {
                Outcome::Looked(progress) => {
                    done.looked += 1;
                    done.changed += usize::from(progress.record.state != progress.before);
                    if !progress.conclusive {
                        let why = progress.record.refusal.as_ref().map_or("unknown", |note| note.code.as_str());
                        *done.failed.entry(why.to_owned()).or_default() += 1;
                    }
                    *done.states.entry(progress.record.state).or_default() += 1;
                    told(&progress);
                }
                Outcome::NobodyToAsk(state) => {
                    done.without_tenant += 1;
                    *done.states.entry(state).or_default() += 1;
                }
                Outcome::Forgotten => {}
            }
        }
        Ok(done)
    }
}

/// Until when nobody is asked, by [`Clock::elapsed`].
struct Patience {
    clock: Arc<dyn Clock>,
    until: Mutex<Duration>,
}

impl Patience {
    async fn kept(&self) {
        loop {
            let wait = self.until.lock().saturating_sub(self.clock.elapsed());
            if wait.is_zero() {
                return;
            }
            self.clock.sleep(wait).await;
        }
    }

    fn wait(&self, wait: Duration) {
        let until = self.clock.elapsed() + wait.min(LONGEST);
        let mut known = self.until.lock();
        *known = (*known).max(until);
    }
}

enum Outcome {
    Looked(Box<Progress>),
    NobodyToAsk(TenantState),
    /// Somebody forgot the customer during the run.
    Forgotten,
}

async fn one(
    tenants: &Tenants,
    client: &Client,
    settings: &RecheckSettings,
    patience: &Patience,
    record: TenantRecord,
) -> Result<Outcome, TenantsError> {
    let Some(tenant) = record.to_ask() else { return Ok(Outcome::NobodyToAsk(record.state)) };
    let mut pause = PAUSE;
    let mut tries = 1;
    let check = loop {
        patience.kept().await;
        let Look { check, again } =
            look(client, &tenant, &settings.scopes, &settings.required, settings.probe.as_ref()).await;
        // what is fetched here is looked at once; ten thousand tokens would lie in memory until the end
        client.invalidate(&tenant);
        match again {
            Again::After(wait) if tries < TRIES => patience.wait(wait),
            Again::Backoff if tries < TRIES => {
                patience.clock.sleep(pause).await;
                pause *= 2;
            }
            _ => break check,
        }
        tries += 1;
    };
    let conclusive = match &check {
        Check::Token { .. } => true,
        Check::Refused { meaning, .. } => *meaning != crate::tenants::Meaning::Nothing,
    };
    let belonging =
        if record.tenant.is_some() || record.expected.is_some() { Belonging::Known } else { Belonging::Claimed };
    let (tenants, before, id) = (tenants.clone(), record.state, record.id);
    let path = tenants.path().to_owned();
    let written = tokio::task::spawn_blocking(move || write(&tenants, id, &check, belonging)).await;
    match written.unwrap_or_else(|error| Err(TenantsError::Database { path, source: error.into() })) {
        Ok(record) => Ok(Outcome::Looked(Box::new(Progress { record, before, conclusive }))),
        Err(TenantsError::Unknown { .. }) => Ok(Outcome::Forgotten),
        Err(error) => Err(error),
    }
}

/// A tenant that turns out to be another customer's is told in the record's history, and is no end of the run.
fn write(tenants: &Tenants, id: RecordId, check: &Check, belonging: Belonging) -> Result<TenantRecord, TenantsError> {
    match tenants.checked(id, check, belonging) {
        Err(error @ (TenantsError::Taken { .. } | TenantsError::OtherTenant { .. })) => {
            tenants.tell(id, &error.to_string())?;
            tenants.get(id)
        }
        outcome => outcome,
    }
}
