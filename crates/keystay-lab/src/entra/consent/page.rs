//! The words of the consent page.

use super::Consent;
use crate::entra::page::{document, escape, permissions, problem, sign_in_form};

/// The page that asks. `trouble` says why the last attempt did not work.
pub(super) fn ask(consent: &Consent, action: &str, trouble: Option<&str>) -> String {
    let items = consent.permissions.iter().map(|(title, description)| (title.as_str(), description.as_str()));
    let body = format!(
        "<h1>Let <em>{app}</em> into your organisation?</h1>\
         <p>Published by {publisher}. If you accept, the app gets these permissions for everybody in your organisation:</p>\
         {permissions}{problem}{form}",
        app = escape(&consent.app_name),
        publisher = escape(&consent.publisher),
        permissions = permissions(items, "Nothing beyond being known here"),
        problem = problem(trouble),
        form = sign_in_form(action, "", ["accept", "Accept"], ["decline", "Decline"]),
    );
    document("Permissions requested", &body)
}
