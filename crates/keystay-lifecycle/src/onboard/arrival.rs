//! What a browser brings back from Entra's consent page, in the order in which it may be believed.

use url::form_urlencoded;
use uuid::Uuid;

/// A query of the callback, read. Whatever of it is shown or kept was reduced to a few harmless characters.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Arrival {
    pub(super) said: Said,
    pub(super) state: String,
}

/// What Entra says through the browser. Nobody has proven any of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Said {
    /// The administrator declined.
    Declined,
    /// Entra could not do it, with its code.
    Failed(String),
    /// The administrator accepted, in the tenant that is named.
    Accepted(Uuid),
}

/// Not an answer of Entra's consent page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Malformed;

impl Arrival {
    /// Reads a query. A parameter that is there twice is not guessed at.
    pub(super) fn read(query: &str) -> Result<Self, Malformed> {
        const LONGEST: usize = 8 * 1024;
        if query.len() > LONGEST {
            return Err(Malformed);
        }
        let one = |name: &str| -> Result<Option<String>, Malformed> {
            let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == name);
            let value = values.next().map(|(_, value)| value.into_owned());
            if values.next().is_some() { Err(Malformed) } else { Ok(value) }
        };
        let state = one("state")?.ok_or(Malformed)?;
        let (error, subcode, description) = (one("error")?, one("error_subcode")?, one("error_description")?);
        let (consent, tenant) = (one("admin_consent")?, one("tenant")?);
        // before all else: an error says `admin_consent=True` as well (Microsoft identity platform, "Admin consent")
        let said = if let Some(error) = error {
            let code = description.as_deref().and_then(aadsts);
            let cancelled = subcode.as_deref() == Some("cancel") || code.as_deref() == Some("AADSTS65004");
            if error == "access_denied" && (cancelled || description.is_none()) {
                Said::Declined
            } else {
                Said::Failed(code.unwrap_or_else(|| harmless(&error)))
            }
        } else if consent.is_some_and(|consent| consent.eq_ignore_ascii_case("true")) {
            // the hyphenated form only, as Entra writes it
            let tenant = tenant.filter(|tenant| tenant.len() == 36).and_then(|tenant| tenant.parse().ok());
            Said::Accepted(tenant.ok_or(Malformed)?)
        } else {
            return Err(Malformed);
        };
        Ok(Self { said, state })
    }
}

/// The code at the beginning of Entra's description.
fn aadsts(description: &str) -> Option<String> {
    let rest = description.trim_start().strip_prefix("AADSTS")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).take(10).collect();
    (!digits.is_empty()).then(|| format!("AADSTS{digits}"))
}

/// An OAuth error code (RFC 6749 section 4.1.2.1) without anything that is none.
fn harmless(error: &str) -> String {
    let code: String = error.chars().filter(|letter| letter.is_ascii_lowercase() || *letter == '_').take(40).collect();
    if code.is_empty() { "unknown_error".to_owned() } else { code }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";

    fn said(query: &str) -> Result<Said, Malformed> {
        Arrival::read(query).map(|arrival| arrival.said)
    }

    #[test]
    fn an_error_is_an_error_whatever_else_is_said() {
        let declined = format!(
            "error=access_denied&error_subcode=cancel&error_description=AADSTS65004%3A+declined&admin_consent=True&tenant={TENANT}&state=s"
        );
        assert_eq!(said(&declined), Ok(Said::Declined));
        assert_eq!(
            said(&format!("admin_consent=True&tenant={TENANT}&state=s&error=access_denied")),
            Ok(Said::Declined)
        );
        assert_eq!(said("admin_consent=True&state=s&error="), Ok(Said::Failed("unknown_error".into())));
        let blocked = "error=access_denied&error_description=AADSTS53003%3A+policy&admin_consent=True&state=s";
        assert_eq!(said(blocked), Ok(Said::Failed("AADSTS53003".into())));
        assert_eq!(said("error=server_error&state=s"), Ok(Said::Failed("server_error".into())));
        let rude = "error=%3Cscript%3Ealert%281%29&error_description=%3Cimg%3E&state=s";
        assert_eq!(said(rude), Ok(Said::Failed("scriptalert".into())));
    }

    #[test]
    fn acceptance_names_a_tenant() {
        let accepted = format!("admin_consent=True&tenant={TENANT}&scope=x&state=s");
        assert_eq!(
            Arrival::read(&accepted),
            Ok(Arrival { said: Said::Accepted(TENANT.parse().unwrap()), state: "s".into() })
        );
        for wrong in [
            format!("admin_consent=False&tenant={TENANT}&state=s"),
            format!("tenant={TENANT}&state=s"),
            "admin_consent=True&state=s".to_owned(),
            "admin_consent=True&tenant=contoso.com&state=s".to_owned(),
            format!("admin_consent=True&tenant={{{TENANT}}}&state=s"),
            format!("admin_consent=True&tenant={TENANT}"),
        ] {
            assert_eq!(Arrival::read(&wrong), Err(Malformed), "{wrong}");
        }
    }

    #[test]
    fn what_is_there_twice_or_too_long_is_not_guessed_at() {
        let accepted = format!("admin_consent=True&tenant={TENANT}&state=s");
        for more in
            ["&state=t", "&tenant=72f988bf-86f1-41af-91ab-2d7cd011db48", "&admin_consent=True", "&error=a&error=b"]
        {
            assert_eq!(Arrival::read(&format!("{accepted}{more}")), Err(Malformed), "{more}");
        }
        assert_eq!(Arrival::read(&format!("{accepted}&x={}", "y".repeat(9000))), Err(Malformed));
    }
}
