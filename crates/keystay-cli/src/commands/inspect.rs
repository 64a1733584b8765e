//! `keystay inspect`

use std::{io::Read, time::SystemTime};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use crate::{args::InspectArguments, diagnostics::Failure, duration, moment, printer::Printer};

/// Longer than any token; a whole file by mistake ends here.
const LONGEST: u64 = 1 << 20;
const TIMES: [&str; 5] = ["iat", "nbf", "exp", "auth_time", "xms_tcdt"];

pub(super) fn run(arguments: &InspectArguments, printer: &mut Printer) -> Result<(), Failure> {
    let decoded = if arguments.token == "-" {
        let mut text = String::new();
        std::io::stdin()
            .take(LONGEST)
            .read_to_string(&mut text)
            .map_err(|error| Failure::usage("stdin cannot be read").because(error))?;
        Decoded::parse(&text)?
    } else {
        Decoded::parse(&arguments.token)?
    };
    let now = moment::unix(SystemTime::now());
    if arguments.json {
        return printer.data(json!({ "kind": decoded.kind(), "header": decoded.header, "claims": decoded.claims }));
    }
    printer.title(format_args!("{}, {}", decoded.kind(), decoded.state(now)))?;
    printer.data("\nheader")?;
    show(&decoded.header, now, printer)?;
    printer.data("\nclaims")?;
    show(&decoded.claims, now, printer)?;
    printer.note("\nThe signature was not checked, and is not shown.");
    Ok(())
}

/// Header and claims; the signature is dropped while reading.
struct Decoded {
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

impl Decoded {
    fn parse(text: &str) -> Result<Self, Failure> {
        let text = text.trim();
        let text = text.strip_prefix("Authorization:").unwrap_or(text).trim_start();
        let text = text.strip_prefix("Bearer ").unwrap_or(text).trim();
        let not_a_token = |what: &str| {
            Failure::usage(format_args!("this is not a token or assertion: {what}"))
                .hint("expected a JWT: three parts of base64url with dots between them, beginning with `ey`")
        };
        let parts: Vec<&str> = text.split('.').collect();
        let [header, claims, _signature] = parts.as_slice() else {
            return Err(not_a_token(match parts.len() {
                1 => "it has no dots (some services give opaque tokens, which only they can read)",
                5 => "it is encrypted (five parts); only the service it is for can read it",
                _ => "it does not have three parts",
            }));
        };
        let part = |part: &str, name: &str| {
            BASE64_URL_SAFE_NO_PAD
                .decode(part.trim_end_matches('='))
                .ok()
                .and_then(|bytes| serde_json::from_slice(&bytes).ok())
                .ok_or_else(|| not_a_token(&format!("its {name} cannot be read")))
        };
        Ok(Self { header: part(header, "header")?, claims: part(claims, "claims")? })
    }

    fn kind(&self) -> &'static str {
        let has = |claim| self.claims.contains_key(claim);
        if self.claims.get("iss").is_some_and(Value::is_string) && self.claims.get("iss") == self.claims.get("sub") {
            "client assertion"
        } else if has("scp") {
            "access token for a person"
        } else if has("roles") || has("appid") || has("azp") {
            "access token for an app"
        } else {
            "JSON web token"
        }
    }

    fn state(&self, now: u64) -> String {
        let time = |claim| self.claims.get(claim).and_then(Value::as_u64);
        match (time("nbf"), time("exp")) {
            (_, Some(end)) if end <= now => format!("expired {} ago", duration::words(now - end)),
            (Some(start), _) if start > now => format!("valid in {}", duration::words(start - now)),
            (_, Some(end)) => format!("valid for another {}", duration::words(end - now)),
            (_, None) => "without an end".to_owned(),
        }
    }
}

fn show(object: &Map<String, Value>, now: u64, printer: &mut Printer) -> Result<(), Failure> {
    let width = object.keys().map(String::len).max().unwrap_or_default();
    for (name, value) in object {
        let words = match value {
            Value::Number(number) if TIMES.contains(&name.as_str()) => {
                number.as_u64().map_or_else(|| value.to_string(), |unix| moment::relative(unix, now))
            }
            // what a token says is not ours: control characters would reach the terminal
            Value::String(text) => {
                text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
            }
            value => value.to_string(),
        };
        printer.data(format_args!("  {name:width$}  {words}"))?;
    }
    Ok(())
}
