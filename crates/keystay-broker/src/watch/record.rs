//! A record of the vault's log, whichever way it was delivered.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use time::{
    OffsetDateTime, PrimitiveDateTime,
    format_description::{FormatItem, well_known::Rfc3339},
    macros::format_description,
};

/// What the comparison needs of an `AuditEvent` record.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AuditRecord {
    /// When the vault answered.
    #[serde(with = "time::serde::rfc3339")]
    pub time: OffsetDateTime,
    /// For example `KeySign`.
    pub operation: String,
    /// The HTTP status.
    pub status: u16,
    /// The client's own id for the request, or the service's.
    pub correlation_id: String,
    /// The resource id of the vault.
    pub resource: String,
    /// The address of the object.
    pub id: String,
    /// The key, certificate or secret, where the record is about one.
    pub object: Option<KeyName>,
    /// The client application.
    pub appid: Option<String>,
    /// The principal's object id.
    pub oid: Option<String>,
    /// The sign-in name of a person.
    pub upn: Option<String>,
    /// From where.
    pub address: Option<String>,
}

/// The name that certificate, key and secret share, with its vault: `harborvault/harbor-signer`. Versions are left out,
/// for most operations do not name one.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct KeyName(String);

impl KeyName {
    /// Reads the address of an object: `https://{vault}.vault.azure.net/keys/{name}[/{version}]`.
    pub fn of(address: &str) -> Option<Self> {
        let rest = address.trim().split_once("://").filter(|(scheme, _)| scheme.eq_ignore_ascii_case("https"))?.1;
        let mut parts = rest.split(['/', '?']);
        let host = parts.next()?.split(':').next()?;
        let kind = parts.next()?.to_ascii_lowercase();
        let name = parts.next().filter(|name| !name.is_empty())?;
        let kinds = ["keys", "certificates", "secrets", "deletedkeys", "deletedcertificates", "deletedsecrets"];
        let vault = host.split('.').next().filter(|vault| !vault.is_empty())?;
        // names are the same whatever their case (Key Vault "about keys, secrets and certificates")
        kinds.contains(&kind.as_str()).then(|| Self(format!("{vault}/{name}").to_ascii_lowercase()))
    }

    /// The vault's name.
    pub fn vault(&self) -> &str {
        self.0.split('/').next().unwrap_or_default()
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl AuditRecord {
    /// Reads a record of the storage account or event hub, a row of `AzureDiagnostics`, or one of `AZKVAuditLogs`: names
    /// are compared without case, and may be nested or flat. None when it has no time, operation or status.
    pub fn read(record: &Map<String, Value>) -> Option<Self> {
        let fields = Fields(record);
        let id = fields.text(&["properties.id", "id_s", "Id"]).unwrap_or_default();
        let uri = fields.text(&["properties.requestUri", "requestUri_s", "RequestUri"]).unwrap_or_default();
        Some(Self {
            time: time_of(&fields.text(&["time", "TimeGenerated", "TimeGenerated [UTC]", "eventTimestamp"])?)?,
            operation: fields.text(&["operationName.value", "operationName", "OperationNameValue"])?,
            status: status(&fields)?,
            correlation_id: fields.text(&["correlationId"]).unwrap_or_default().to_ascii_lowercase(),
            resource: fields.text(&["resourceId", "_ResourceId"]).unwrap_or_default(),
            object: KeyName::of(&id).or_else(|| KeyName::of(&uri)),
            id: if id.is_empty() { uri } else { id },
            appid: fields.text(&["identity.claim.appid", "identity.claims.appid", "identity_claim_appid_g"]),
            oid: fields.text(&[
                "identity.claim.oid",
                "identity.claim.http://schemas.microsoft.com/identity/claims/objectidentifier",
                "identity.claims.http://schemas.microsoft.com/identity/claims/objectidentifier",
                "identity_claim_oid_g",
                "identity_claim_http_schemas_microsoft_com_identity_claims_objectidentifier_g",
            ]),
            upn: fields.text(&[
                "identity.claim.upn",
                "identity.claim.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
                "identity_claim_upn_s",
                "identity_claim_http_schemas_xmlsoap_org_ws_2005_05_identity_claims_upn_s",
            ]),
            address: fields.text(&["callerIpAddress"]),
        })
    }

    /// Who did it, for people.
    pub fn who(&self) -> String {
        let principal = match (&self.upn, &self.oid, &self.appid) {
            (Some(upn), _, _) => upn.clone(),
            (None, Some(oid), Some(appid)) => format!("principal {oid} (application {appid})"),
            (None, Some(oid), None) => format!("principal {oid}"),
            (None, None, Some(appid)) => format!("application {appid}"),
            (None, None, None) => "somebody unnamed".to_owned(),
        };
        self.address.as_ref().map_or_else(|| principal.clone(), |address| format!("{principal} from {address}"))
    }

    /// What it is remembered by.
    pub(super) fn caller(&self) -> Option<String> {
        self.oid.clone().or_else(|| self.appid.clone()).map(|id| id.to_ascii_lowercase())
    }

    /// The same for a record that was delivered twice.
    pub(super) fn fingerprint(&self) -> String {
        let Self { time, operation, correlation_id, id, status, .. } = self;
        format!("{} {operation} {correlation_id} {status} {id}", time.unix_timestamp_nanos())
    }
}

fn status(fields: &Fields<'_>) -> Option<u16> {
    let text = fields.text(&["properties.httpStatusCode", "httpStatusCode_d", "HttpStatusCode"]);
    if let Some(status) = text.and_then(|text| text.split('.').next()?.parse().ok()) {
        return Some(status);
    }
    // the activity log has no status of HTTP, but words that can be believed there
    let result = fields.text(&["resultType", "status.value", "ActivityStatusValue"])?;
    match result.to_ascii_lowercase().as_str() {
        "success" | "succeeded" | "accepted" => Some(200),
        "failure" | "failed" => Some(403),
        _ => None,
    }
}

/// RFC 3339, or as the portal writes it into a CSV file.
fn time_of(text: &str) -> Option<OffsetDateTime> {
    const PORTAL: &[FormatItem<'static>] = format_description!(
        version = 2,
        "[month padding:none]/[day padding:none]/[year], [hour repr:12 padding:none]:[minute]:[second][optional [.[subsecond]]] [period]"
    );
    OffsetDateTime::parse(text, &Rfc3339)
        .ok()
        .or_else(|| PrimitiveDateTime::parse(text, PORTAL).ok().map(PrimitiveDateTime::assume_utc))
}

/// Fields by path, without case. A part of the path may be JSON in a text, as exports have it.
struct Fields<'a>(&'a Map<String, Value>);

impl Fields<'_> {
    /// The first of these that holds something.
    fn text(&self, paths: &[&str]) -> Option<String> {
        paths.iter().find_map(|path| find(self.0, path))
    }
}

fn find(object: &Map<String, Value>, path: &str) -> Option<String> {
    // a name may hold dots itself, so the longest is tried first
    let ends = path.match_indices('.').map(|(at, _)| at).chain([path.len()]);
    ends.rev().collect::<Vec<_>>().into_iter().find_map(|end| {
        let value = object.iter().find(|(name, _)| name.eq_ignore_ascii_case(&path[..end]))?.1;
        if end == path.len() {
            return text_of(value);
        }
        let rest = &path[end + 1..];
        match value {
            Value::Object(inner) => find(inner, rest),
            Value::String(text) => find(serde_json::from_str::<Value>(text).ok()?.as_object()?, rest),
            _ => None,
        }
    })
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
