//! Query options of a request.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use crate::graph::error::GraphError;

const DEFAULT_PAGE: usize = 100;
const LARGEST_PAGE: usize = 999;
/// Options the lab plays. Graph takes them with and without the dollar sign.
const KNOWN: [&str; 6] = ["select", "top", "filter", "skiptoken", "count", "orderby"];
/// Options Graph has and the lab does not play.
const NOT_PLAYED: [&str; 5] = ["expand", "search", "skip", "apply", "format"];

/// The options of one request, in the order they came.
#[derive(Debug, Default)]
pub(in crate::graph) struct Query {
    options: Vec<(String, String)>,
    select: Option<Vec<String>>,
}

impl Query {
    pub(in crate::graph) fn parse(encoded: &str) -> Result<Self, GraphError> {
        let mut query = Self::default();
        for (name, value) in url::form_urlencoded::parse(encoded.as_bytes()) {
            let plain = name.strip_prefix('$').unwrap_or(&name).to_ascii_lowercase();
            if NOT_PLAYED.contains(&plain.as_str()) {
                return Err(GraphError::unsupported_query(format!(
                    "The query option '${plain}' is not played by the lab."
                )));
            }
            if !KNOWN.contains(&plain.as_str()) {
                if name.starts_with('$') {
                    let message = format!("The query parameter '{name}' is not supported.");
                    return Err(GraphError::bad_request(message));
                }
                // Options of one's own are ignored.
                continue;
            }
            if query.get(&plain).is_some() {
                let message = format!(
                    "Query option '${plain}' was specified more than once, but it must be specified at most once."
                );
                return Err(GraphError::bad_request(message));
            }
            query.options.push((plain, value.into_owned()));
        }
        query.select = query
            .get("select")
            .map(|names| names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect());
        Ok(query)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str())
    }

    pub(in crate::graph) fn select(&self) -> Option<&[String]> {
        self.select.as_deref().filter(|names| !names.is_empty())
    }

    pub(super) fn filter(&self) -> Option<&str> {
        self.get("filter")
    }

    pub(super) fn order_by(&self) -> Option<&str> {
        self.get("orderby")
    }

    pub(super) fn count(&self) -> bool {
        self.get("count").is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    pub(super) fn page_size(&self) -> Result<usize, GraphError> {
        let Some(text) = self.get("top") else { return Ok(DEFAULT_PAGE) };
        text.parse().ok().filter(|size| (1..=LARGEST_PAGE).contains(size)).ok_or_else(|| {
            GraphError::unsupported_query(format!(
                "Invalid page size specified: '{text}'. Must be between 1 and 999 inclusive."
            ))
        })
    }

    /// How many objects earlier pages held.
    pub(super) fn offset(&self) -> Result<usize, GraphError> {
        let Some(token) = self.get("skiptoken") else { return Ok(0) };
        let decoded = BASE64_URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        decoded
            .and_then(|text| text.strip_prefix("after:")?.parse().ok())
            .ok_or_else(|| GraphError::bad_request("The skiptoken is not valid."))
    }

    /// The same query, for the page that starts at `offset`.
    pub(super) fn at(&self, offset: usize) -> String {
        let mut options = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.options.iter().filter(|(name, _)| name != "skiptoken") {
            options.append_pair(&format!("${name}"), value);
        }
        options.append_pair("$skiptoken", &BASE64_URL_SAFE_NO_PAD.encode(format!("after:{offset}")));
        options.finish()
    }
}
