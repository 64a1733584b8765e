//! After the way back: asks for tokens until one has every permission, or it is clear that none will.

use std::time::Duration;

use keystay::Tenant;
use uuid::Uuid;

use super::{
    look::{Again, Look, look},
    server::Onboarding,
};
use crate::tenants::{Attempt, Belonging, Check, Meaning, TenantRecord, TenantState, TenantsError};

/// Pauses between looks; the last one is repeated.
const PAUSES: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(15),
];

/// How an attempt ended.
pub(super) struct End {
    /// A stable name.
    pub(super) outcome: String,
    /// For the operator.
    pub(super) words: String,
}

impl End {
    pub(super) fn new(outcome: &str, words: impl Into<String>) -> Self {
        Self { outcome: outcome.to_owned(), words: words.into() }
    }
}

impl Onboarding {
    /// Follows a spent attempt to its end and puts that on record.
    pub(super) async fn follow(&self, attempt: Attempt) {
        // so many tenants are asked at once; the others wait
        let Ok(_place) = self.following().acquire().await else { return };
        match self.end_of(&attempt).await {
            Ok(End { outcome, words }) => {
                tracing::info!(attempt = attempt.id, outcome, words, "an attempt ended");
                let id = attempt.id.clone();
                let finished = self.with_tenants(move |tenants| tenants.finish(&id, &outcome, &words)).await;
                if let Err(error) = finished {
                    tracing::error!(%error, "the end of an attempt could not be put on record; it is followed again at the next start");
                }
            }
            Err(error) => tracing::error!(%error, attempt = attempt.id, "an attempt could not be followed"),
        }
    }

    async fn end_of(&self, attempt: &Attempt) -> Result<End, TenantsError> {
        let id = attempt.record;
        let record = self.with_tenants(move |tenants| tenants.get(id)).await?;
        let Some(claimed) = attempt.claimed else { return Ok(End::new("failed", "no tenant was named")) };
        let named = record.expected.as_deref().and_then(|name| name.parse::<Tenant>().ok());
        let known = record.tenant.map(Tenant::from).or(named);
        let other = known.as_ref().and_then(Tenant::as_uuid).is_some_and(|known| known != claimed);
        if other {
            return self.wrong_tenant(&record, claimed).await;
        }
        let (asked, belonging) = match known {
            Some(known) => (known, Belonging::Known),
            None => (Tenant::from(claimed), Belonging::Claimed),
        };
        let clock = self.clock();
        let deadline = clock.elapsed() + self.settings().patience;
        let mut pauses = PAUSES.into_iter();
        let mut pause = PAUSES[0];
        loop {
            let settings = self.settings();
            let Look { check, again } =
                look(self.client(), &asked, &settings.scopes, &settings.required, settings.probe.as_ref()).await;
            if let Check::Token { tenant, .. } = &check
                && *tenant != claimed
            {
                // the operator named a domain, and it is another tenant's
                return self.wrong_tenant(&record, claimed).await;
            }
            pause = pauses.next().unwrap_or(pause);
            let wait = match again {
                Again::Never => None,
                Again::Lag | Again::Backoff => Some(pause),
                Again::After(wait) => Some(wait.max(pause)),
            };
            match wait {
                Some(wait) if clock.elapsed() + wait < deadline => {
                    let (attempt, words) = (attempt.id.clone(), unfinished(&check));
                    self.with_tenants(move |tenants| tenants.tried(&attempt, &words)).await?;
                    clock.sleep(wait).await;
                }
                _ => return self.conclude(&record, check, belonging).await,
            }
        }
    }

    async fn conclude(&self, record: &TenantRecord, check: Check, belonging: Belonging) -> Result<End, TenantsError> {
        let id = record.id;
        let (said, refused) = match &check {
            Check::Token { .. } => (unfinished(&check), None),
            Check::Refused { note, meaning } => (note.words.clone(), Some((note.code.clone(), *meaning))),
        };
        match self.with_tenants(move |tenants| tenants.checked(id, &check, belonging)).await {
            Ok(record) => {
                let outcome = match refused {
                    Some((_, Meaning::RolesMissing)) => TenantState::MissingRoles.code().to_owned(),
                    Some((code, _)) => code,
                    None => record.state.code().to_owned(),
                };
                Ok(End { outcome, words: said })
            }
            Err(error @ (TenantsError::Taken { .. } | TenantsError::OtherTenant { .. })) => {
                let words = error.to_string();
                let told = words.clone();
                self.with_tenants(move |tenants| tenants.tell(id, &told)).await?;
                Ok(End::new("taken", words))
            }
            Err(error) => Err(error),
        }
    }

    async fn wrong_tenant(&self, record: &TenantRecord, claimed: Uuid) -> Result<End, TenantsError> {
        let expected = record.tenant.map(|id| id.to_string()).or_else(|| record.expected.clone()).unwrap_or_default();
        let words = format!("somebody came back with tenant {claimed}; the link was for {expected}");
        let (id, told) = (record.id, words.clone());
        self.with_tenants(move |tenants| tenants.tell(id, &told)).await?;
        Ok(End::new("wrong-tenant", words))
    }
}

/// What a look found, in few words.
fn unfinished(check: &Check) -> String {
    match check {
        Check::Token { missing, .. } if missing.is_empty() => "every permission is there".to_owned(),
        Check::Token { missing, .. } => format!("missing: {}", missing.join(", ")),
        Check::Refused { note, .. } => note.words.clone(),
    }
}
