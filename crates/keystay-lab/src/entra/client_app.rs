//! The application at which a person signs in.

use url::Url;
use uuid::{Uuid, uuid};

use super::refusal::Refusal;
use crate::directory::{Application, World};

/// Public clients of Microsoft that exist in every tenant: Graph command line tools, Azure CLI.
const OF_MICROSOFT: [(Uuid, &str); 2] = [
    (uuid!("14d82eec-204b-4c2f-b7e8-296a70dab67e"), "Microsoft Graph Command Line Tools"),
    (uuid!("04b07795-8ddb-461a-bbee-02f9e1bf7b46"), "Microsoft Azure CLI"),
];
/// Where Microsoft's own clients may be sent back to.
const REDIRECTS_OF_MICROSOFT: [&str; 3] =
    ["http://localhost", "http://localhost/", "https://login.microsoftonline.com/common/oauth2/nativeclient"];

/// An application at which a person can sign in: one of Microsoft's own, or a registration.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClientApp<'a> {
    pub(super) app_id: Uuid,
    pub(super) name: &'a str,
    /// `None` for one of Microsoft's own.
    pub(super) registration: Option<&'a Application>,
}

impl<'a> ClientApp<'a> {
    /// Finds an application by its client id.
    pub(super) fn find(world: &'a World, client_id: &str) -> Option<Self> {
        let app_id = Uuid::try_parse(client_id).ok()?;
        if let Some((_, name)) = OF_MICROSOFT.into_iter().find(|(id, _)| *id == app_id) {
            return Some(Self { app_id, name, registration: None });
        }
        world.applications.get(&app_id).map(Self::of)
    }

    /// A registered application.
    pub(super) fn of(app: &'a Application) -> Self {
        Self { app_id: app.app_id, name: &app.display_name, registration: Some(app) }
    }

    /// Whether it is one of Microsoft's own.
    pub(super) fn is_of_microsoft(&self) -> bool {
        self.registration.is_none()
    }

    /// Who publishes it.
    pub(super) fn publisher<'b>(&self, world: &'b World) -> &'b str {
        let home = self.registration.and_then(|app| world.tenants.get(&app.home_tenant));
        home.map_or("Microsoft", |home| home.display_name.as_str())
    }

    /// Whether what signs in at this address keeps no secret of its own: a command line or an app on a device.
    pub(super) fn is_public_at(&self, redirect_uri: &str) -> bool {
        self.registration.is_none_or(|app| app.public_redirect_uris.iter().any(|one| matches(one, redirect_uri)))
    }

    /// Makes sure that a browser may be sent to this address.
    pub(super) fn check_redirect(&self, redirect_uri: &str) -> Result<(), Refusal> {
        let known = match self.registration {
            None => REDIRECTS_OF_MICROSOFT.into_iter().any(|one| matches(one, redirect_uri)),
            Some(app) => {
                let mut registered = app.redirect_uris.iter().chain(&app.public_redirect_uris);
                registered.any(|one| matches(one, redirect_uri))
            }
        };
        if known {
            return Ok(());
        }
        Err(Refusal::bad_request(
            50_011,
            format!(
                "The redirect URI '{redirect_uri}' specified in the request does not match the redirect URIs configured for \
                    the application '{}'. Make sure the redirect URI sent in the request matches one added to your \
                    application in the Azure portal. Navigate to https://aka.ms/redirectUriMismatchError to learn more \
                    about how to troubleshoot this.",
                self.app_id
            ),
        ))
    }

    /// Makes sure that it may be used in a tenant that is not its own.
    pub(super) fn check_tenant(&self, tenant: Option<Uuid>) -> Result<(), Refusal> {
        match self.registration {
            Some(app) if !app.multi_tenant && tenant != Some(app.home_tenant) => Err(Refusal::single_tenant(app)),
            _ => Ok(()),
        }
    }
}

/// Whether an address is the registered one, letter by letter. On a loopback name the port is free (RFC 8252, section 7.3).
fn matches(registered: &str, named: &str) -> bool {
    registered == named
        || without_loopback_port(registered).is_some_and(|one| Some(one) == without_loopback_port(named))
}

/// What is left of a loopback address after its port was taken out.
fn without_loopback_port(address: &str) -> Option<(&str, &str)> {
    let rest = address.strip_prefix("http://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let host = authority.split_once(':').map_or(authority, |(host, _)| host);
    // The parser has the last word on what the host is: `localhost:1@elsewhere` is not this computer.
    let parsed = Url::parse(address).ok()?;
    (matches!(host, "localhost" | "127.0.0.1") && parsed.host_str() == Some(host)).then_some((host, tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loopback_address_may_have_any_port_and_nothing_else_may_differ() {
        assert!(matches("http://localhost:8400/back", "http://localhost:51234/back"));
        assert!(matches("http://localhost", "http://localhost:51234"));
        assert!(matches("https://app.example/back", "https://app.example/back"));
        for (registered, named) in [
            ("http://localhost/back", "http://localhost:1/other"),
            ("http://localhost/back", "http://localhost:1/back?x=1"),
            ("http://localhost/back", "https://localhost/back"),
            ("http://localhost/", "http://127.0.0.1/"),
            ("http://localhost/", "http://localhost:1@evil.example/"),
            ("https://app.example/back", "https://app.example:8443/back"),
            ("https://app.example/back", "https://app.example/Back"),
        ] {
            assert!(!matches(registered, named), "{registered} is not {named}");
        }
    }
}
