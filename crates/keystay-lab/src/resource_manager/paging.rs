//! Lists in pages: `value` and `nextLink`.

use axum::response::Response;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Serialize;

use super::{
    call::{Call, ok},
    error::ArmError,
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page<T> {
    value: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_link: Option<String>,
}

impl Call<'_> {
    /// Answers with the page of `items` the query asks for. Clients follow `nextLink` as it is.
    pub(super) fn page<T: Serialize>(&self, items: Vec<T>) -> Result<Response, ArmError> {
        let start = match self.query.get("$skiptoken") {
            None => 0,
            Some(token) => position(token)
                .ok_or_else(|| ArmError::bad_request("InvalidSkipToken", "The provided skip token is not valid."))?,
        };
        let size = self
            .query
            .get("$top")
            .and_then(|top| top.parse().ok())
            .map_or(LARGEST_PAGE, |top: usize| top.clamp(1, LARGEST_PAGE));
        let end = start.saturating_add(size);
        let next_link = (end < items.len()).then(|| self.link(end));
        Ok(ok(Page { value: items.into_iter().skip(start).take(size).collect(), next_link }))
    }

    fn link(&self, position: usize) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let own = self.uri.query().unwrap_or_default();
        for (name, value) in url::form_urlencoded::parse(own.as_bytes()) {
            if !name.eq_ignore_ascii_case("$skiptoken") {
                query.append_pair(&name, &value);
            }
        }
        query.append_pair("$skiptoken", &BASE64_URL_SAFE_NO_PAD.encode(format!("after:{position}")));
        format!("https://management.azure.com{}?{}", self.uri.path(), query.finish())
    }
}

fn position(token: &str) -> Option<usize> {
    let text = BASE64_URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok())?;
    text.strip_prefix("after:")?.parse().ok()
}

/// Not documented; the service's pages hold some hundreds.
const LARGEST_PAGE: usize = 1_000;
