//! What the home tenant allows.

use jiff::{Span, SpanRelativeTo, Unit};
use time::{Duration, OffsetDateTime};

use super::{Known, Missing, Node, Place};

/// What people without an admin role may do: <https://learn.microsoft.com/graph/api/resources/authorizationpolicy>
#[derive(Clone, Debug)]
pub struct AuthorizationPolicy<'a> {
    root: Result<Node<'a>, Missing>,
}

impl<'a> AuthorizationPolicy<'a> {
    pub(crate) fn new(root: Result<Node<'a>, Missing>) -> Self {
        Self { root }
    }

    /// Whether any of them may register an app.
    pub fn anybody_registers_apps(&self) -> Known<bool> {
        let root = self.root.as_ref().map_err(Clone::clone)?;
        root.field(&["defaultUserRolePermissions"])?.flag_of(&["allowedToCreateApps"])
    }
}

/// Which credentials apps may have: <https://learn.microsoft.com/graph/api/resources/tenantappmanagementpolicy>, or the
/// policy that holds for one app in its place: <https://learn.microsoft.com/graph/api/resources/appmanagementpolicy>
#[derive(Clone, Debug)]
pub struct AppManagementPolicy {
    /// Where it was read.
    pub place: Place,
    /// Whether it holds.
    pub enabled: bool,
    /// What it restricts.
    pub restrictions: Vec<Restriction>,
}

/// One restriction on credentials.
#[derive(Clone, Debug)]
pub struct Restriction {
    /// Where it was read.
    pub place: Place,
    /// As `passwordAddition` or `asymmetricKeyLifetime`.
    pub kind: String,
    /// Whether it holds. Absent means it does.
    pub enabled: bool,
    /// How long a credential may live, where it restricts that.
    pub longest: Option<Duration>,
    /// It holds for apps created after this moment only.
    pub created_after: Option<OffsetDateTime>,
}

impl AppManagementPolicy {
    pub(crate) fn read(node: &Node<'_>) -> Result<Self, Missing> {
        let mut restrictions = Vec::new();
        if let Some(group) = node.find(&["applicationRestrictions", "restrictions"]) {
            restrictions.extend(group.list(&["passwordCredentials"], Restriction::read)?);
            restrictions.extend(group.list(&["keyCredentials"], Restriction::read)?);
        }
        Ok(Self { place: node.place(), enabled: node.field(&["isEnabled"])?.flag()?, restrictions })
    }
}

impl Restriction {
    fn read(node: &Node<'_>) -> Result<Self, Missing> {
        let longest = match node.find(&["maxLifetime"]) {
            Some(text) => Some(iso8601(text.text()?).ok_or_else(|| text.malformed("an ISO 8601 duration"))?),
            None => None,
        };
        Ok(Self {
            place: node.place(),
            kind: node.field(&["restrictionType"])?.text()?.to_owned(),
            enabled: node.maybe_text(&["state"])?.is_none_or(|state| state == "enabled"),
            longest,
            created_after: node.maybe_moment(&["restrictForAppsCreatedAfterDateTime"])?,
        })
    }
}

/// A duration as `P90D`. Months and years are taken as calendars have them from the start of a leap year, which is never
/// shorter than what Entra makes of them.
fn iso8601(text: &str) -> Option<Duration> {
    let span: Span = text.parse().ok()?;
    let leap_year = jiff::civil::date(2028, 1, 1);
    let seconds = span.total((Unit::Second, SpanRelativeTo::from(leap_year))).ok()?;
    Duration::checked_seconds_f64(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_are_durations_in_the_calendar() {
        let days = |text| iso8601(text).map(Duration::whole_days);
        assert_eq!(days("P90D"), Some(90));
        assert_eq!(days("P3M"), Some(91));
        assert_eq!(days("P1Y"), Some(366));
        assert_eq!(days("P12W"), Some(84));
        assert_eq!(days("P0DT24H"), Some(1));
        assert_eq!(days("90"), None);
        assert_eq!(days("P999999999Y"), None);
    }
}
