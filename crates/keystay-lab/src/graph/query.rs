//! OData query options, as far as the lab plays them.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::error::GraphError;

const DEFAULT_PAGE: usize = 100;
const LARGEST_PAGE: usize = 999;

/// The options of one request.
#[derive(Debug, Default)]
pub(super) struct Query {
    pub(super) select: Option<Vec<String>>,
    pub(super) top: Option<String>,
    pub(super) filter: Option<String>,
    pub(super) skip_token: Option<String>,
}

impl Query {
    pub(super) fn parse(encoded: &str) -> Self {
        let mut query = Self::default();
        for (name, value) in url::form_urlencoded::parse(encoded.as_bytes()) {
            match name.as_ref() {
                "$select" => query.select = Some(value.split(',').map(|name| name.trim().to_owned()).collect()),
                "$top" => query.top = Some(value.into_owned()),
                "$filter" => query.filter = Some(value.into_owned()),
                "$skiptoken" => query.skip_token = Some(value.into_owned()),
                _ => {}
            }
        }
        query
    }

    pub(super) fn page_size(&self) -> Result<usize, GraphError> {
        let Some(text) = &self.top else { return Ok(DEFAULT_PAGE) };
        text.parse().ok().filter(|size| (1..=LARGEST_PAGE).contains(size)).ok_or_else(|| {
            GraphError::unsupported_query(format!(
                "Invalid page size specified: '{text}'. Must be between 1 and 999 inclusive."
            ))
        })
    }

    /// How many objects earlier pages held.
    pub(super) fn offset(&self) -> Result<usize, GraphError> {
        let Some(token) = &self.skip_token else { return Ok(0) };
        let decoded = BASE64_URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        decoded
            .and_then(|text| text.strip_prefix("after:")?.parse().ok())
            .ok_or_else(|| GraphError::bad_request("The skiptoken is not valid."))
    }

    /// The address of the page that starts at `offset`.
    pub(super) fn next_link(&self, collection: &str, offset: usize) -> String {
        let mut options = url::form_urlencoded::Serializer::new(String::new());
        if let Some(select) = &self.select {
            options.append_pair("$select", &select.join(","));
        }
        if let Some(top) = &self.top {
            options.append_pair("$top", top);
        }
        options.append_pair("$skiptoken", &BASE64_URL_SAFE_NO_PAD.encode(format!("after:{offset}")));
        format!("https://graph.microsoft.com/v1.0/{collection}?{}", options.finish())
    }

    /// The client id of a filter `appId eq '…'`, the only filter the lab plays.
    pub(super) fn app_id_filter(&self) -> Result<Option<Uuid>, GraphError> {
        let Some(filter) = &self.filter else { return Ok(None) };
        let id = filter.trim().strip_prefix("appId eq '").and_then(|rest| rest.strip_suffix('\''));
        let id = id.and_then(|id| Uuid::try_parse(id).ok());
        id.map(Some).ok_or_else(|| {
            GraphError::unsupported_query(format!(
                "Unsupported or invalid query filter clause '{filter}'; the lab plays appId eq '…'."
            ))
        })
    }

    /// Keeps the selected properties. `known` are all the type has.
    pub(super) fn select(
        &self,
        mut whole: Map<String, Value>,
        type_name: &str,
    ) -> Result<Map<String, Value>, GraphError> {
        let Some(select) = &self.select else { return Ok(whole) };
        select
            .iter()
            .map(|name| match whole.remove_entry(name) {
                Some(entry) => Ok(entry),
                None => Err(GraphError::bad_request(format!(
                    "Could not find a property named '{name}' on type 'microsoft.graph.{type_name}'."
                ))),
            })
            .collect()
    }
}
