//! The body of an answer that holds a token.

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Serialize, Serializer};

/// What is somebody's alone is stored by nobody.
pub(super) const NOT_STORED: (HeaderName, HeaderValue) = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));

/// How the JSON of an answer begins whose first field is an empty `access_token`.
const START: &[u8] = br#"{"access_token":""#;

/// `answer` as JSON, with the token in its first field, which is `access_token` and left empty.
///
/// The token is most of the answer, and holds nothing that JSON would escape: it is looked through as a whole and copied
/// once, instead of letter by letter into a buffer that grows.
pub(super) fn with_token(token: &str, answer: &impl Serialize) -> Response {
    const JSON: (HeaderName, HeaderValue) = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    match body(token, answer) {
        Some(body) => ([NOT_STORED], [JSON], body).into_response(),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn body(token: &str, answer: &impl Serialize) -> Option<Vec<u8>> {
    let mut body = Vec::with_capacity(token.len() + 768);
    serde_json::to_writer(&mut body, answer).ok()?;
    let rest = body.len().checked_sub(START.len()).filter(|_| body.starts_with(START))?;
    let escaped;
    let token = if stands_for_itself(token) {
        token
    } else {
        let quoted = serde_json::to_string(token).ok()?;
        escaped = quoted.get(1..quoted.len() - 1)?.to_owned();
        &escaped
    };
    // the rest moves to its place behind the token
    body.resize(body.len() + token.len(), 0);
    body.copy_within(START.len()..START.len() + rest, START.len() + token.len());
    body.get_mut(START.len()..START.len() + token.len())?.copy_from_slice(token.as_bytes());
    Some(body)
}

/// Whether JSON escapes nothing of it (RFC 8259 section 7); what is no ASCII is left to the library. Many bytes in one go,
/// without a way out at each.
fn stands_for_itself(text: &str) -> bool {
    let plain = |byte: &u8| (b' '..=b'~').contains(byte) && *byte != b'"' && *byte != b'\\';
    text.as_bytes().chunks(64).all(|some| some.iter().fold(true, |all, byte| all & plain(byte)))
}

/// A value by its words, without a text of its own for them.
pub(super) fn as_text<T: std::fmt::Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Answer {
        access_token: &'static str,
        expires_in: u64,
    }

    #[test]
    fn a_token_is_in_its_place_whatever_it_holds() {
        for token in ["", "eyJ0.eyJh.c2ln", "a\"b\\c\nd\u{e9}\u{1f512}", &"x".repeat(5000)] {
            let body = body(token, &Answer { access_token: "", expires_in: 60 }).unwrap();
            let read: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(read, serde_json::json!({ "access_token": token, "expires_in": 60 }));
        }
    }

    #[test]
    fn an_answer_without_a_place_for_the_token_is_none() {
        assert_eq!(body("token", &serde_json::json!({ "expires_in": 60 })), None);
        assert_eq!(body("token", &7), None);
    }
}
