//! The way back to the application: as a query, as a fragment, or as a form that the browser posts.

use std::fmt::Write;

use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use url::{Url, form_urlencoded};

use crate::entra::{
    page::{document, escape, form_target, html_with},
    refusal::Refusal,
    request::Fields,
};

/// Presses the button of the form, for people with scripts.
const SUBMIT: &str = "document.forms[0].submit()";

/// How an application wants its answer (OAuth 2.0 Multiple Response Type Encoding Practices, Form Post Response Mode).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Query,
    Fragment,
    FormPost,
}

impl Mode {
    pub(super) fn read(query: &Fields) -> Result<Self, Refusal> {
        match query.get("response_mode") {
            None | Some("query") => Ok(Self::Query),
            Some("fragment") => Ok(Self::Fragment),
            Some("form_post") => Ok(Self::FormPost),
            Some(other) => {
                Err(Refusal::bad_request(70_007, format!("'{other}' is not a supported value of 'response_mode'.")))
            }
        }
    }
}

/// Where an answer goes.
#[derive(Debug)]
pub(super) struct Back {
    /// Registered on the application.
    pub(super) redirect_uri: String,
    pub(super) mode: Mode,
    pub(super) state: Option<String>,
}

impl Back {
    /// Sends the browser there with these fields and the state.
    pub(super) fn send(&self, mut fields: Vec<(&'static str, String)>) -> Response {
        if let Some(state) = &self.state {
            fields.push(("state", state.clone()));
        }
        let Ok(mut location) = Url::parse(&self.redirect_uri) else {
            return (StatusCode::BAD_REQUEST, "the redirect address is not a URL\n").into_response();
        };
        match self.mode {
            Mode::Query => {
                location.query_pairs_mut().extend_pairs(&fields);
            }
            Mode::Fragment => {
                let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
                location.set_fragment(Some(&encoded));
            }
            Mode::FormPost => return self.form(&fields),
        }
        let headers = [(header::LOCATION, location.to_string()), (header::CACHE_CONTROL, "no-store".to_owned())];
        (StatusCode::FOUND, headers).into_response()
    }

    fn form(&self, fields: &[(&'static str, String)]) -> Response {
        let mut inputs = String::new();
        for (name, value) in fields {
            // Writing to a text cannot fail.
            let _ = write!(inputs, "<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value));
        }
        let body = format!(
            "<h1>Back to the application</h1><form method=\"post\" action=\"{}\">{inputs}\
             <button id=\"continue\" class=\"main\">Continue</button></form><script>{SUBMIT}</script>",
            escape(&self.redirect_uri)
        );
        let script = BASE64_STANDARD.encode(digest(&SHA256, SUBMIT.as_bytes()));
        let target = form_target(&self.redirect_uri).unwrap_or_default();
        let policy = format!("form-action {target}; script-src 'sha256-{script}'");
        html_with(StatusCode::OK, document("Back to the application", &body), &policy)
    }
}
