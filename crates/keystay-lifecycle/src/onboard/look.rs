//! One look at a tenant: a real token, and whether it is what it should be.

use std::{collections::BTreeSet, fmt, str::FromStr, time::Duration};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use keystay::{Client, Error, RefusalKind, Retry, Scopes, Tenant};
use serde::Deserialize;
use uuid::Uuid;

use super::Probe;
use crate::tenants::{Check, Meaning, RefusalNote};

/// An application permission, such as `User.ReadBasic.All`, as the claim `roles` names it.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct AppRole(String);

/// Not the name of a permission.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{0}` is no name of an application permission; expected one such as `User.ReadBasic.All`")]
pub struct AppRoleError(String);

impl FromStr for AppRole {
    type Err = AppRoleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text.trim();
        let fits = (1..=120).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
        if fits { Ok(Self(name.to_owned())) } else { Err(AppRoleError(text.chars().take(60).collect())) }
    }
}

impl fmt::Display for AppRole {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What a look found, and whether another one can find more without anybody doing anything.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) check: Check,
    pub(super) again: Again,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Again {
    /// Something must be changed first.
    Never,
    /// A consent given a moment ago may not be everywhere yet.
    Lag,
    /// The network or the service failed.
    Backoff,
    /// The service says when.
    After(Duration),
}

/// Asks for a new token of `tenant`, whatever is cached, and reads it. One with every permission is tried, if a probe says how.
///
/// The token is read and not verified: it comes from the token endpoint over TLS, and is not what anybody shows us.
pub(super) async fn look(
    client: &Client,
    tenant: &Tenant,
    scopes: &Scopes,
    required: &BTreeSet<AppRole>,
    probe: Option<&Probe>,
) -> Look {
    client.invalidate(tenant);
    match client.token(tenant, scopes).await {
        Ok(token) => match read(token.secret(), tenant, client, scopes, required) {
            Ok(check) => {
                let lacks = matches!(&check, Check::Token { missing, .. } if !missing.is_empty());
                if lacks {
                    return Look { check, again: Again::Lag };
                }
                if let Some(probe) = probe
                    && let Err((note, meaning, again)) = probe.run(client, tenant).await
                {
                    return Look { check: Check::Refused { note, meaning }, again };
                }
                Look { check, again: Again::Never }
            }
            Err(words) => {
                let note = RefusalNote { code: "strange-token".to_owned(), words };
                Look { check: Check::Refused { note, meaning: Meaning::Nothing }, again: Again::Never }
            }
        },
        Err(error) => refused(&error),
    }
}

fn refused(error: &Error) -> Look {
    use RefusalKind as Kind;
    let words = format!("{error}; {}", error.hint());
    let note = RefusalNote { code: error.code().to_owned(), words };
    let (meaning, again) = match error.refusal().map(keystay::Refusal::kind) {
        Some(Kind::NotConsented) => (Meaning::NotThere, Again::Lag),
        Some(Kind::ConsentMissing) => (Meaning::RolesMissing, Again::Lag),
        Some(Kind::ConsentDeclined | Kind::Disabled | Kind::TenantNotFound | Kind::WrongCloud) => {
            (Meaning::NotThere, Again::Never)
        }
        _ => {
            let again = match error.retry() {
                Retry::Never => Again::Never,
                Retry::After(wait) => Again::After(wait),
                Retry::Backoff => Again::Backoff,
            };
            (Meaning::Nothing, again)
        }
    };
    Look { check: Check::Refused { note, meaning }, again }
}

/// The claims that are looked at (Microsoft identity platform, "Access token claims reference").
#[derive(Deserialize)]
struct Claims {
    aud: String,
    tid: Uuid,
    appid: Option<Uuid>,
    azp: Option<Uuid>,
    idtyp: Option<String>,
    #[serde(default)]
    roles: Vec<String>,
}

/// The application id of Microsoft Graph, which its tokens may name instead of its address.
const GRAPH_APP_ID: &str = "00000003-0000-0000-c000-000000000000";
const GRAPH_HOSTS: [&str; 3] =
    ["https://graph.microsoft.com", "https://graph.microsoft.us", "https://microsoftgraph.chinacloudapi.cn"];

fn read(
    token: &str,
    asked: &Tenant,
    client: &Client,
    scopes: &Scopes,
    required: &BTreeSet<AppRole>,
) -> Result<Check, String> {
    let claims = token.split('.').nth(1).and_then(|claims| BASE64_URL_SAFE_NO_PAD.decode(claims).ok());
    let claims: Claims = claims
        .and_then(|claims| serde_json::from_slice(&claims).ok())
        .ok_or("the token cannot be read: it has no claims `aud` and `tid`")?;
    if let Some(id) = asked.as_uuid()
        && id != claims.tid
    {
        return Err(format!("tenant {id} was asked and the token is of tenant {}", claims.tid));
    }
    let app = client.app();
    if claims.appid.or(claims.azp) != Some(app.as_uuid()) {
        return Err(format!("the token is not for app {app}"));
    }
    if claims.idtyp.as_deref().is_some_and(|kind| kind != "app") {
        return Err("the token is a person's, not the app's own".to_owned());
    }
    let resource = scopes.resource().trim_end_matches('/');
    let graph = GRAPH_HOSTS.contains(&resource) && claims.aud == GRAPH_APP_ID;
    if claims.aud.trim_end_matches('/') != resource && !graph {
        return Err(format!("the token is not for {resource}"));
    }
    let roles: BTreeSet<AppRole> = claims.roles.iter().filter_map(|role| role.parse().ok()).collect();
    let words = |roles: &mut dyn Iterator<Item = &AppRole>| roles.map(ToString::to_string).collect::<Vec<_>>();
    Ok(Check::Token {
        tenant: claims.tid,
        missing: words(&mut required.difference(&roles)),
        extra: words(&mut roles.difference(required)),
        roles: words(&mut roles.iter()),
    })
}
