//! The three pages: where one begins, where Entra sends the browser, and where the outcome is told.

use axum::{
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{Onboarding, cookie, pages};
use crate::{
    onboard::{
        address::consent_page,
        arrival::{Arrival, Malformed, Said},
        state_key::Opened,
    },
    tenants::{Attempt, NotSpent, TenantRecord, TenantsError},
};

/// Why a way back leads nowhere.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Lost {
    /// It is not what Entra sends.
    Malformed,
    /// The `state` was not made here.
    Forged,
    /// It took too long.
    Expired,
    /// The browser is another one than began, or kept no cookie.
    OtherBrowser,
    /// The `state` was used before.
    Replayed,
    /// The customer was forgotten meanwhile.
    Forgotten,
}

/// Shows what the link is for. Changes nothing: programs look at links before people do.
pub(super) async fn join(State(onboarding): State<Onboarding>, Path(secret): Path<String>) -> Response {
    let invited = onboarding.with_tenants(move |tenants| tenants.invited(&secret)).await;
    match invited {
        Ok(Some(record)) => pages::ask(&onboarding, &record),
        Ok(None) => pages::useless_link(),
        Err(error) => broken(&error),
    }
}

/// Begins an attempt, gives its browser a cookie, and sends it to Entra.
pub(super) async fn begin(State(onboarding): State<Onboarding>, Path(secret): Path<String>) -> Response {
    let life = onboarding.settings().attempt_life;
    let begun = onboarding
        .with_tenants(move |tenants| {
            let Some(record) = tenants.invited(&secret)? else { return Ok(None) };
            let begun = tenants.begin(record.id, life)?;
            Ok(Some((record, begun)))
        })
        .await;
    let (record, begun) = match begun {
        Ok(Some(begun)) => begun,
        Ok(None) => return pages::useless_link(),
        Err(TenantsError::TooMany { .. }) => return pages::too_many(),
        Err(error) => return broken(&error),
    };
    let url = &onboarding.settings().public_url;
    let Some(cookie) = cookie::set(url, &begun.id, &begun.browser) else { return pages::failed() };
    let opened = Opened { attempt: begun.id, record: record.id, expires: begun.expires.unix_timestamp() };
    let state = onboarding.key().seal(onboarding.context(), &opened);
    let tenant = tenant_of_page(&record);
    let client = onboarding.client();
    let scopes = &onboarding.settings().scopes;
    let page = consent_page(client.cloud(), &tenant, client.app(), scopes, &url.redirect_uri(), &state);
    tracing::info!(attempt = opened.attempt, customer = record.customer, "an administrator goes to Entra");
    let mut answer = (StatusCode::SEE_OTHER, [(header::LOCATION, page)]).into_response();
    answer.headers_mut().insert(header::SET_COOKIE, cookie);
    answer
}

/// The tenant whose page is opened: the one that is meant, or that of whoever signs in.
fn tenant_of_page(record: &TenantRecord) -> String {
    record
        .tenant
        .map(|id| id.to_string())
        .or_else(|| record.expected.clone())
        .unwrap_or_else(|| "organizations".to_owned())
}

/// Where Entra sends the browser. What is to be told is told at an address without what came in the query.
pub(super) async fn arrive(
    State(onboarding): State<Onboarding>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    match accept(&onboarding, &query.unwrap_or_default(), &headers).await {
        Ok(attempt) => (StatusCode::SEE_OTHER, [(header::LOCATION, format!("/done/{attempt}"))]).into_response(),
        Err(Ending::Lost(lost)) => {
            tracing::warn!(?lost, "somebody came back in a way that is not believed");
            pages::lost(lost)
        }
        Err(Ending::Broken(error)) => broken(&error),
    }
}

enum Ending {
    Lost(Lost),
    Broken(TenantsError),
}

impl From<Lost> for Ending {
    fn from(lost: Lost) -> Self {
        Self::Lost(lost)
    }
}

impl From<TenantsError> for Ending {
    fn from(error: TenantsError) -> Self {
        match error {
            TenantsError::Unknown { .. } => Self::Lost(Lost::Forgotten),
            error => Self::Broken(error),
        }
    }
}

/// Believes a way back, step by step, and has it followed. The name of its attempt.
async fn accept(onboarding: &Onboarding, query: &str, headers: &HeaderMap) -> Result<String, Ending> {
    let Arrival { said, state } = Arrival::read(query).map_err(|Malformed| Lost::Malformed)?;
    let Opened { attempt: id, record, expires } =
        onboarding.key().open(onboarding.context(), &state).ok_or(Lost::Forged)?;
    if expires <= onboarding.now() {
        return Err(Lost::Expired.into());
    }
    // whoever is sent here by somebody else's doing has no cookie of that attempt
    let browser = cookie::get(&onboarding.settings().public_url, &id, headers).ok_or(Lost::OtherBrowser)?;
    let claimed = if let Said::Accepted(tenant) = said { Some(tenant) } else { None };
    let attempt = onboarding
        .with_tenants(move |tenants| {
            if let Err(not_spent) = tenants.spend(&id, record, browser.expose(), claimed)? {
                return Ok(Err(Lost::from(not_spent)));
            }
            match &said {
                Said::Declined => {
                    tenants.declined(record)?;
                    tenants.finish(&id, "declined", "the administrator declined")?;
                }
                Said::Failed(code) => {
                    let words = format!("Entra could not take the consent: {code}");
                    tenants.tell(record, &words)?;
                    tenants.finish(&id, "failed", code)?;
                }
                Said::Accepted(tenant) => {
                    tenants.tell(record, &format!("somebody came back and said that tenant {tenant} consented"))?;
                }
            }
            Ok(tenants.attempt(&id, browser.expose())?.ok_or(Lost::Forgotten))
        })
        .await??;
    let id = attempt.id.clone();
    if attempt.outcome.is_none() {
        let onboarding = onboarding.clone();
        tokio::spawn(async move { onboarding.follow(attempt).await });
    }
    Ok(id)
}

impl From<NotSpent> for Lost {
    fn from(not_spent: NotSpent) -> Self {
        match not_spent {
            NotSpent::Spent => Self::Replayed,
            NotSpent::Expired => Self::Expired,
            NotSpent::OtherBrowser => Self::OtherBrowser,
            NotSpent::Unknown => Self::Forgotten,
        }
    }
}

/// Tells the browser that began an attempt how it goes.
pub(super) async fn done(State(onboarding): State<Onboarding>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let Some(browser) = cookie::get(&onboarding.settings().public_url, &id, &headers) else {
        return pages::lost(Lost::OtherBrowser);
    };
    let found = onboarding
        .with_tenants(move |tenants| -> Result<Option<(Attempt, TenantRecord)>, TenantsError> {
            let Some(attempt) = tenants.attempt(&id, browser.expose())? else { return Ok(None) };
            let record = tenants.get(attempt.record)?;
            Ok(Some((attempt, record)))
        })
        .await;
    match found {
        Ok(Some((attempt, record))) if attempt.spent => pages::outcome(&onboarding, &attempt, &record),
        Ok(Some(_)) => pages::lost(Lost::Malformed),
        Ok(None) | Err(TenantsError::Unknown { .. }) => pages::lost(Lost::Forgotten),
        Err(error) => broken(&error),
    }
}

/// Ours to repair: the operator reads why, the customer reads that it is not theirs.
fn broken(error: &TenantsError) -> Response {
    tracing::error!(error = error as &dyn std::error::Error, "a page could not be made");
    pages::failed()
}
