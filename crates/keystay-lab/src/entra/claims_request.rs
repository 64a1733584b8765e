//! The `claims` parameter (OpenID Connect Core 1.0, section 5.5), as far as Entra reads it for access tokens: what the client
//! can do, and what a resource's challenge asks for.

use serde_json::Value;

use super::{refusal::Refusal, request::Fields};

/// What a request wants to find in its access token.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClaimsRequest {
    /// Client capabilities (`xms_cc`): `cp1` says that the client understands a claims challenge.
    pub(super) capabilities: Vec<String>,
    /// Authentication contexts (`acrs`) that a resource asks for.
    pub(super) contexts: Vec<String>,
    /// The token must not begin earlier (`nbf`), in seconds since 1970. A resource asks for this after something happened
    /// that older tokens do not know of.
    pub(super) not_before: Option<i64>,
}

impl ClaimsRequest {
    pub(super) fn read(form: &Fields) -> Result<Self, Refusal> {
        let Some(text) = form.get("claims") else { return Ok(Self::default()) };
        // not documented: the code of this refusal
        let bad = || Refusal::bad_request(9_002_313, "The 'claims' parameter is not a JSON object.");
        let request: Value = serde_json::from_str(text).map_err(|_| bad())?;
        let asked = request.as_object().ok_or_else(bad)?.get("access_token");
        let of = |claim: &str| asked.and_then(|asked| asked.get(claim));
        let not_before = of("nbf")
            .and_then(|claim| claim.get("value"))
            .and_then(|value| value.as_i64().or_else(|| value.as_str()?.parse().ok()));
        Ok(Self {
            capabilities: values(of("xms_cc")).map(str::to_ascii_lowercase).collect(),
            contexts: values(of("acrs")).map(str::to_owned).collect(),
            not_before,
        })
    }

    /// Whether the client can answer a claims challenge of continuous access evaluation.
    pub(super) fn can_be_challenged(&self) -> bool {
        self.capabilities.iter().any(|one| one == "cp1")
    }
}

/// What a demand names, as `values` or as one `value`.
fn values(demand: Option<&Value>) -> impl Iterator<Item = &str> {
    let list = demand.and_then(|demand| demand.get("values")).and_then(Value::as_array);
    let one = demand.and_then(|demand| demand.get("value"));
    list.into_iter().flatten().chain(one).filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capability_and_a_beginning_are_read_and_anything_else_is_let_pass() {
        let read = |claims: &str| {
            let body = url::form_urlencoded::Serializer::new(String::new()).append_pair("claims", claims).finish();
            ClaimsRequest::read(&Fields::parse(body.as_bytes()))
        };
        let both = r#"{"access_token":{"xms_cc":{"values":["CP1"]},"nbf":{"essential":true,"value":"1700000000"}}}"#;
        let both = read(both).unwrap();
        assert!(both.can_be_challenged());
        assert_eq!(both.not_before, Some(1_700_000_000));
        assert!(!read(r#"{"id_token":{"auth_time":null}}"#).unwrap().can_be_challenged());
        assert_eq!(read("[]").unwrap_err().code, 9_002_313);
        assert_eq!(read("{").unwrap_err().code, 9_002_313);
    }
}
