//! The words of the sign-in page.

use super::request::Authorization;
use crate::entra::{
    page::{document, escape, permissions, problem, sign_in_form},
    scope::in_words,
};

/// The page that asks for name and password. `trouble` says why the last attempt did not work.
pub(super) fn ask(asked: &Authorization, action: &str, trouble: Option<&str>) -> String {
    let items = in_words(&asked.scope);
    let items = items.iter().map(|(title, description)| (title.as_str(), *description));
    let body = format!(
        "<h1>Sign in to <em>{app}</em></h1>\
         <p>Published by {publisher}. If you sign in, the app can:</p>{permissions}{problem}{form}",
        app = escape(&asked.app_name),
        publisher = escape(&asked.publisher),
        permissions = permissions(items, "Know that you are you"),
        problem = problem(trouble),
        form = sign_in_form(
            action,
            asked.login_hint.as_deref().unwrap_or_default(),
            ["sign-in", "Sign in"],
            ["cancel", "Cancel"]
        ),
    );
    document("Sign in", &body)
}
