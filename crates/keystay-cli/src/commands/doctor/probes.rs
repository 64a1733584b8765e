//! One real token of each tenant: how long it lives and what it allows. Signs, so it is done on request alone.

use std::collections::HashSet;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use futures::{StreamExt, stream};
use keystay::{Client, Clock, Error, RefusalKind, Scopes, SystemClock, Tenant, Token};
use keystay_broker::IdentitySettings;
use keystay_lifecycle::{
    onboard::OnboardSettings,
    tenants::{Selection, TenantRecord},
};
use keystay_posture::facts::TenantToken;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    args::{DoctorLook, TenantsFile},
    client,
    commands::tenants,
    diagnostics::Failure,
    printer::Printer,
    progress::Running,
};

/// Tenants asked at once; each is one signature by the vault and one request to Entra.
const AT_ONCE: usize = 8;
/// The application id of Microsoft Graph: what the tokens are for.
const GRAPH: &str = "00000003-0000-0000-c000-000000000000";

/// The document `tenant-tokens.json`; the error is why it is not there, for the facts to note.
///
/// A tenant that gives the app no token is told and left out: nobody can steal one. One that could not be asked leaves the
/// document out, because a list that may lack the worst entry must not let a check pass.
pub(super) async fn tokens(
    look: &DoctorLook,
    settings: &IdentitySettings,
    printer: &mut Printer,
) -> Result<Result<Value, String>, Failure> {
    let all = known(look)?;
    if all.is_empty() {
        return Err(Failure::usage("there is no tenant to ask for a token")
            .hint("name one with --tenant, or the tenants database with --tenants or KEYSTAY_TENANTS"));
    }
    let client = match client::connect(settings, printer).await {
        Ok(client) => client,
        // the rest of the report is worth having
        Err(failure) => {
            let words = failure.report().map(|report| report.message.clone()).unwrap_or_default();
            printer.warning(format_args!("no tenant was asked for a token: {words}"));
            return Ok(Err("the app has no key to ask with".to_owned()));
        }
    };
    let scopes = OnboardSettings::scopes_of(client.cloud());
    let mut running = Running::new(all.len());
    let (mut given, mut unasked) = (Vec::new(), 0_usize);
    let mut asking = stream::iter(&all).map(|tenant| ask(&client, tenant, &scopes)).buffer_unordered(AT_ONCE);
    while let Some((tenant, answer)) = asking.next().await {
        match answer {
            Ok(token) => given.push(token),
            Err(Silence { words, of_tenant }) => {
                unasked += usize::from(!of_tenant);
                running.around(|| printer.warning(format_args!("tenant {tenant} gave no token: {words}")));
            }
        }
        running.one_more(&format!("{} gave a token", given.len()), printer);
    }
    running.end();
    given.sort_by(|one, other| one.tenant.cmp(&other.tenant));
    Ok(match (unasked, given.is_empty()) {
        (0, true) => Err("no tenant gave a token".to_owned()),
        (0, false) => Ok(json!(given)),
        _ => Err(format!("{unasked} of {} tenants could not be asked", all.len())),
    })
}

/// Those of the command line and those on record, each once.
fn known(look: &DoctorLook) -> Result<HashSet<Tenant>, Failure> {
    let mut all: HashSet<Tenant> = look.probe_tenants.iter().cloned().collect();
    if let Some(path) = &look.tenants {
        let database = tenants::open(&TenantsFile { path: path.clone() })?;
        all.extend(database.list(&Selection::default())?.iter().filter_map(TenantRecord::to_ask));
    }
    Ok(all)
}

/// Why there is no token, and whether that is the tenant's own doing.
struct Silence {
    words: String,
    of_tenant: bool,
}

async fn ask<'t>(client: &Client, tenant: &'t Tenant, scopes: &Scopes) -> (&'t Tenant, Result<TenantToken, Silence>) {
    let answer = match client.token(tenant, scopes).await {
        Ok(token) => {
            read(&token).ok_or_else(|| Silence { words: "the token cannot be read".to_owned(), of_tenant: false })
        }
        Err(error) => Err(Silence { words: format!("{error}; {}", error.hint()), of_tenant: is_of_tenant(&error) }),
    };
    // thousands of tokens would lie in memory until the end
    client.invalidate(tenant);
    (tenant, answer)
}

fn is_of_tenant(error: &Error) -> bool {
    use RefusalKind as Kind;
    matches!(
        error.refusal().map(keystay::Refusal::kind),
        Some(
            Kind::NotConsented
                | Kind::ConsentMissing
                | Kind::ConsentDeclined
                | Kind::Disabled
                | Kind::TenantNotFound
                | Kind::WrongCloud
        )
    )
}

/// The claims that are looked at. Read and not verified: the token comes from the token endpoint over TLS.
#[derive(Deserialize)]
struct Claims {
    tid: String,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    xms_cc: Vec<String>,
}

fn read(token: &Token) -> Option<TenantToken> {
    let claims = token.secret().split('.').nth(1).and_then(|claims| BASE64_URL_SAFE_NO_PAD.decode(claims).ok())?;
    let claims: Claims = serde_json::from_slice(&claims).ok()?;
    let left = token.expires_on().duration_since(SystemClock.now()).ok()?;
    Some(TenantToken {
        tenant: claims.tid,
        resource: GRAPH.to_owned(),
        roles: claims.roles,
        // it was given out a moment ago
        lifetime_seconds: u32::try_from(left.as_millis().div_ceil(1000)).ok()?,
        capabilities: claims.xms_cc,
    })
}
