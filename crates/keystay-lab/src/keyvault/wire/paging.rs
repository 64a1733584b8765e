//! Lists in pages: `value` and `nextLink`.

use axum::response::Response;
use serde::Serialize;

use super::{
    call::{Call, ok},
    error::VaultError,
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page<T> {
    value: Vec<T>,
    next_link: Option<String>,
}

impl Call {
    /// Answers with the page of `items` the query asks for. `path` is the list's own path, which `nextLink` repeats.
    pub(in crate::keyvault) fn page<T: Serialize>(&self, path: &str, items: Vec<T>) -> Result<Response, VaultError> {
        let size = match self.query.get("maxresults") {
            None => LARGEST_PAGE,
            Some(text) => text.parse().ok().filter(|size| (1..=LARGEST_PAGE).contains(size)).ok_or_else(|| {
                VaultError::bad_parameter(format!("maxresults must be between 1 and {LARGEST_PAGE}, not {text}."))
            })?,
        };
        let start: usize = match self.query.get("$skiptoken") {
            None => 0,
            Some(text) => text.parse().map_err(|_| VaultError::bad_parameter("The $skiptoken is not valid."))?,
        };
        let end = start.saturating_add(size);
        let next_link = (end < items.len()).then(|| {
            let version = self.query.get("api-version").unwrap_or_default();
            format!("https://{}/{path}?api-version={version}&$skiptoken={end}&maxresults={size}", self.vault.host)
        });
        Ok(ok(Page { value: items.into_iter().skip(start).take(size).collect(), next_link }))
    }
}

const LARGEST_PAGE: usize = 25;
