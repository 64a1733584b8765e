//! Refusals to order: what a test wants Entra to say.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use time::OffsetDateTime;

use super::{
    refusal::{Refusal, correlation},
    request::Fields,
};

/// How long a throttled client is told to wait, in seconds.
const THROTTLED_FOR_SECS: u32 = 60;

/// The whole answer with an error code, as if Entra had come to it by itself.
pub(crate) fn prescribed_refusal(
    code: u32,
    retry_after_secs: Option<u32>,
    headers: &HeaderMap,
    now: OffsetDateTime,
) -> Response {
    let refusal = refusal(code);
    let retry_after_secs =
        retry_after_secs.or((refusal.status == StatusCode::TOO_MANY_REQUESTS).then_some(THROTTLED_FOR_SECS));
    let mut answer = refusal.answer(correlation(headers, &Fields::default()), now);
    if let Some(secs) = retry_after_secs {
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(secs));
    }
    answer
}

/// Status, error and words of a code. The numbers and their meaning are documented; which status and error some of them come
/// with is not, and most words are the lab's own.
fn refusal(code: u32) -> Refusal {
    let unavailable = |text| Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", code, text);
    let throttled = |text| Refusal::new(StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable", code, text);
    match code {
        90_006 | 90_033 => unavailable("A transient error has occurred. Please try again."),
        90_024 => unavailable("The request budget was exceeded. A transient error has occurred. Please try again."),
        90_090 => unavailable("The service could not reach the directory. Please try again."),
        50_000 => {
            let text = "There was an error issuing a token or an issue with our sign-in service.";
            Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", code, text)
        }
        90_055 => throttled("There are too many incoming requests from this tenant. Retry later."),
        50_196 => Refusal::bad_grant(
            code,
            "The server terminated an operation because it encountered a client request loop. Please contact your app \
                vendor.",
        ),
        700_016 | 700_011 => Refusal::unauthorized_client(code, "The application was not found in the directory."),
        7_000_229 => Refusal::bad_client(code, "The client application is missing service principal in the tenant."),
        7_000_112 | 70_001 => Refusal::unauthorized_client(code, "The application is disabled."),
        700_027 => {
            Refusal::bad_client(code, "Client assertion failed signature validation. [Reason - The key was not found.]")
        }
        700_024 => Refusal::bad_client(code, "Client assertion is not within its valid time range."),
        7_000_214 | 7_000_277 => Refusal::bad_client(code, "The certificate used by the client was revoked."),
        1_000_502 => {
            Refusal::bad_client(code, "The provided certificate is not within its specified validity time period.")
        }
        7_000_215 => Refusal::bad_client(code, "Invalid client secret provided."),
        7_000_222 => Refusal::bad_client(code, "The provided client secret keys are expired."),
        53_003 | 530_032 | 530_035 => {
            Refusal::access_denied(code, "Access has been blocked by Conditional Access policies.")
        }
        65_001 | 650_052 | 650_054 | 650_056 | 650_057 | 90_094 | 90_099 => {
            Refusal::bad_grant(code, "The user or administrator has not consented to use the application.")
        }
        500_011 | 50_001 => Refusal::new(
            StatusCode::BAD_REQUEST,
            "invalid_resource",
            code,
            "The resource principal was not found in the tenant.",
        ),
        90_002 => Refusal::bad_request(code, "The tenant was not found."),
        _ => Refusal::bad_request(code, "The request was refused because a test wanted it to be."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_throttled_client_is_told_how_long_to_wait_and_any_other_only_when_asked_for() {
        let answer = |code, secs| prescribed_refusal(code, secs, &HeaderMap::new(), OffsetDateTime::UNIX_EPOCH);
        let waits = |answer: &Response| answer.headers().get(header::RETRY_AFTER).cloned();
        assert_eq!(waits(&answer(90_055, None)), Some(HeaderValue::from(60)));
        assert_eq!(waits(&answer(90_055, Some(3))), Some(HeaderValue::from(3)));
        assert_eq!(waits(&answer(90_033, None)), None);
        assert_eq!(waits(&answer(90_033, Some(3))), Some(HeaderValue::from(3)));
    }
}
