//! The managed identities of the host, at the doors that Azure's hosts have for them: App Service, the instance metadata
//! service of a virtual machine, and Cloud Shell.

mod app_service;
mod cloud_shell;
mod imds;
mod source;
mod token;

use std::sync::Arc;

use axum::{
    Router,
    http::{HeaderMap, HeaderValue, header},
    response::Response,
    routing::{get, post},
};

pub use source::{ManagedIdentitySource, UnknownSource};

use self::token::TokenCache;
use crate::entra::Entra;

/// The doors, and the secret that programs of an App Service host know from their environment.
#[derive(Clone)]
pub(crate) struct ManagedIdentityDoors {
    entra: Entra,
    secret: String,
    cache: Arc<TokenCache>,
}

impl ManagedIdentityDoors {
    pub(crate) fn new(entra: Entra, secret: String) -> Self {
        Self { entra, secret, cache: Arc::default() }
    }

    /// All doors, for the lab's own address. Paths are met with a final slash as well: MSAL for Node adds one.
    pub(crate) fn router(self) -> Router {
        let app_service = source::APP_SERVICE_PATH;
        let cloud_shell = source::CLOUD_SHELL_PATH;
        Router::new()
            .route(app_service, get(app_service::handle))
            .route(&format!("{app_service}/"), get(app_service::handle))
            .route(cloud_shell, post(cloud_shell::handle))
            .route(&format!("{cloud_shell}/"), post(cloud_shell::handle))
            .with_state(self.clone())
            .merge(self.imds_router())
    }

    /// The instance metadata service alone, for its own address.
    pub(crate) fn imds_router(self) -> Router {
        let path = source::IMDS_PATH;
        Router::new().route(path, get(imds::handle)).route(&format!("{path}/"), get(imds::handle)).with_state(self)
    }
}

/// Whether a path on the lab's own address asks for a managed identity's token.
pub(crate) fn is_token_path(path: &str) -> bool {
    let path = path.strip_suffix('/').unwrap_or(path);
    [source::APP_SERVICE_PATH, source::IMDS_PATH, source::CLOUD_SHELL_PATH].contains(&path)
}

/// Whether a request says that it is not one a browser was tricked into.
fn says_metadata(headers: &HeaderMap) -> bool {
    headers.get("metadata").is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"true"))
}

fn not_stored(mut answer: Response) -> Response {
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
