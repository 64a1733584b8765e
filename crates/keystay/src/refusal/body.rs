//! Reading an error answer, whatever it holds.

use std::time::Duration;

use serde::Deserialize;

use super::{Refusal, RefusalKind, aadsts};
use crate::{
    authority::{ClientId, Cloud, Tenant},
    secret::scrub,
};

/// Entra asks for 60 s as a rule. More than this is cut: an answer must not be able to silence a tenant for hours.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(300);

/// The answer's facts outside its body.
pub(crate) struct AnswerHead {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) clock_offset: Option<i64>,
}

/// The documented error body. Owned strings: the description holds escaped line breaks.
#[derive(Default, Deserialize)]
struct ErrorBody {
    #[serde(default)]
    error: String,
    #[serde(default)]
    error_description: String,
    #[serde(default)]
    error_codes: Vec<u32>,
    trace_id: Option<String>,
    correlation_id: Option<String>,
}

impl Refusal {
    /// Understands an error answer. Anything is accepted: JSON as documented, other JSON, HTML of a proxy, nothing.
    pub(crate) fn read(head: &AnswerHead, body: &[u8], tenant: &Tenant, app: ClientId, cloud: &Cloud) -> Self {
        let parsed: ErrorBody = serde_json::from_slice(body)
            .unwrap_or_else(|_| ErrorBody { error_description: excerpt(body), ..ErrorBody::default() });
        let mut codes = parsed.error_codes;
        if codes.is_empty() {
            codes.extend(code_in_text(&parsed.error_description));
        }
        let retry_after = head.retry_after.map(|wait| wait.min(LONGEST_RETRY_AFTER));
        Self {
            kind: classify(head.status, &parsed.error, &codes, &parsed.error_description),
            tenant: tenant.clone(),
            app,
            cloud: cloud.clone(),
            status: head.status,
            error: scrub(&parsed.error),
            codes,
            description: first_sentence(&parsed.error_description),
            trace_id: parsed.trace_id.map(|id| scrub(&id)),
            correlation_id: parsed.correlation_id.map(|id| scrub(&id)),
            retry_after,
            clock_offset: head.clock_offset,
        }
    }
}

fn classify(status: u16, error: &str, codes: &[u32], description: &str) -> RefusalKind {
    if let Some(kind) = codes.iter().find_map(|code| aadsts::meaning(*code)) {
        return aadsts::in_words(kind, description);
    }
    match (status, error) {
        (429, _) => RefusalKind::Throttled,
        (408 | 500..=599, _) | (_, "temporarily_unavailable" | "server_error") => RefusalKind::Transient,
        (_, "invalid_scope" | "unsupported_grant_type") => RefusalKind::Configuration,
        _ => RefusalKind::Unknown,
    }
}

/// `AADSTS700016: …` without `error_codes`, as some answers have it.
fn code_in_text(description: &str) -> Option<u32> {
    let rest = description.split_once("AADSTS")?.1;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..digits].parse().ok()
}

/// The description without its `Trace ID: …` lines: those are in fields of their own.
fn first_sentence(description: &str) -> String {
    let lines = description
        .lines()
        .map(str::trim)
        .filter(|line| !["Trace ID:", "Correlation ID:", "Timestamp:"].iter().any(|label| line.starts_with(label)));
    scrub(&lines.collect::<Vec<_>>().join(" ")).trim().chars().take(600).collect()
}

/// Something to recognise a foreign answer by.
fn excerpt(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> Refusal {
        let head = AnswerHead { status, retry_after: None, clock_offset: None };
        let tenant = "contoso.com".parse().unwrap();
        let app = "6a2f1c0e-0b6c-4d0e-9b34-51f3a5d7c0aa".parse().unwrap();
        Refusal::read(&head, body.as_bytes(), &tenant, app, &Cloud::Public)
    }

    const NOT_CONSENTED: &str = r#"{"error":"unauthorized_client","error_description":"AADSTS700016: Application with identifier 'x' was not found in the directory 'Contoso'.\r\nTrace ID: 5f1\r\nCorrelation ID: 9c2\r\nTimestamp: 2026-11-24 10:00:00Z","error_codes":[700016],"timestamp":"2026-11-24 10:00:00Z","trace_id":"5f1","correlation_id":"9c2","error_uri":"https://login.microsoftonline.com/error?code=700016"}"#;

    #[test]
    fn line_breaks_inside_the_description_lose_nothing() {
        let refusal = read(400, NOT_CONSENTED);
        assert_eq!(refusal.kind(), RefusalKind::NotConsented);
        assert_eq!(refusal.codes(), [700_016]);
        assert_eq!((refusal.trace_id(), refusal.correlation_id()), (Some("5f1"), Some("9c2")));
        assert!(refusal.description().ends_with("in the directory 'Contoso'."), "{}", refusal.description());
        assert_eq!(
            refusal.to_string(),
            "tenant `contoso.com` has not consented to app `6a2f1c0e-0b6c-4d0e-9b34-51f3a5d7c0aa` (AADSTS700016)"
        );
        assert!(refusal.hint().contains("https://login.microsoftonline.com/contoso.com/adminconsent?client_id=6a2f"));
    }

    #[test]
    fn bodies_that_are_not_the_documented_json_are_still_answers() {
        for (status, body, kind) in [
            (503, "<html>Service Unavailable</html>", RefusalKind::Transient),
            (429, "", RefusalKind::Throttled),
            (502, "\u{0}\u{1}", RefusalKind::Transient),
            (400, "[]", RefusalKind::Unknown),
            (400, r#"{"error":"invalid_client","error_description":"AADSTS7000112: disabled"}"#, RefusalKind::Disabled),
            (418, r#"{"error":42}"#, RefusalKind::Unknown),
        ] {
            assert_eq!(read(status, body).kind(), kind, "{body}");
        }
    }

    #[test]
    fn an_assertion_echoed_by_the_server_is_not_repeated() {
        let echo = format!(r#"{{"error":"x","error_description":"bad: eyJ{}.{}"}}"#, "a".repeat(300), "b".repeat(300));
        let refusal = read(400, &echo);
        assert!(!format!("{refusal} {refusal:?}").contains("aaaa"), "{refusal:?}");
    }

    #[test]
    fn retry_after_is_honoured_up_to_a_limit() {
        let head = AnswerHead { status: 429, retry_after: Some(Duration::from_secs(90_000)), clock_offset: None };
        let refusal = Refusal::read(
            &head,
            b"{}",
            &"contoso.com".parse().unwrap(),
            "6a2f1c0e-0b6c-4d0e-9b34-51f3a5d7c0aa".parse().unwrap(),
            &Cloud::Public,
        );
        assert_eq!(refusal.retry(), crate::Retry::After(LONGEST_RETRY_AFTER));
    }
}
