//! The doors: one shape of request per kind of client. All lead to the desk.

mod body;
mod compat;
mod managed_identity;
pub(crate) mod native;
mod problem;
mod recognise;
mod token_endpoint;

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::Method,
    middleware,
    routing::{MethodFilter, MethodRouter, on},
};

pub use native::openapi;
pub(crate) use problem::problem;
pub(crate) use recognise::recognise;

use crate::{
    desk::Desk,
    guard::{Guard, Hosts, guard},
};

/// What every handler may use.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub(crate) desk: Arc<Desk>,
    /// Where programs meet the broker over TCP.
    pub(crate) loopback: Option<SocketAddr>,
}

/// One route, for the test that no route is forgotten.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, with its parameters in braces.
    pub path: &'static str,
}

/// Collects routes and remembers them.
#[derive(Debug, Default)]
pub(crate) struct Doors {
    router: Router<Shared>,
    routes: Vec<Route>,
}

impl Doors {
    /// A route for recognised callers.
    pub(crate) fn route<H, T>(self, method: Method, path: &'static str, handler: H) -> Self
    where
        H: axum::handler::Handler<T, Shared>,
        T: 'static,
    {
        self.add(Route { method, path }, |filter| on(filter, handler))
    }

    fn add(mut self, route: Route, handler: impl FnOnce(MethodFilter) -> MethodRouter<Shared>) -> Self {
        // every method the doors use has a filter; one that had none would be a route that never answers
        if let Ok(filter) = MethodFilter::try_from(route.method.clone()) {
            let mut handler = handler(filter);
            // only these have their bodies read
            if route.method == Method::POST {
                handler = handler.layer(DefaultBodyLimit::max(BODY_ROOM));
            }
            self.router = self.router.route(route.path, handler);
            self.routes.push(route);
        }
        self
    }

    /// The routes, guarded.
    pub(crate) fn open(self, shared: Shared, hosts: Hosts) -> Router {
        // every layer is made anew for each request: one, and that shared
        let guarding = Arc::new(Guard { hosts, strangers: shared.desk.strangers().clone() });
        self.router
            .fallback(native::no_such_route)
            .method_not_allowed_fallback(native::no_such_method)
            .layer(middleware::from_fn_with_state(guarding, guard))
            .with_state(shared)
    }
}

/// The largest body a door needs holds a token of a Kubernetes service account.
const BODY_ROOM: usize = 16 * 1024;

/// All doors.
pub(crate) fn all() -> Doors {
    [native::add, managed_identity::add, token_endpoint::add, compat::add]
        .into_iter()
        .fold(Doors::default(), |doors, add| add(doors))
}

/// Every route of every door.
pub fn routes() -> Vec<Route> {
    all().routes
}
