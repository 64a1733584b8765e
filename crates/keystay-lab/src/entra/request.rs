//! Requests, as far as the grants have them in common.

use std::collections::HashMap;

use super::{authority::Authority, refusal::Refusal};
use crate::network::Cloud;

/// Form fields; of a repeated one the last counts, and an empty one counts as absent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(HashMap<String, String>);

impl Fields {
    pub(crate) fn parse(encoded: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(encoded).into_owned().collect())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The same fields with one set.
    pub(super) fn with(mut self, name: &str, value: String) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    pub(super) fn require(&self, name: &str) -> Result<&str, Refusal> {
        self.get(name).ok_or_else(|| Refusal::missing(name))
    }
}

/// A request to a token endpoint.
#[derive(Clone, Copy, Debug)]
pub(super) struct TokenRequest<'a> {
    pub(super) at: Authority<'a>,
    pub(super) cloud: Cloud,
    pub(super) form: &'a Fields,
    /// What the client showed in the TLS handshake, in DER form.
    pub(super) certificate: Option<&'a [u8]>,
}
