//! The lab's own doors, over plain HTTP on the loopback listener: look at it, move its clock, break it, save it.

mod answer;
mod apps;
mod audit;
mod clock;
mod consents;
mod credentials;
mod document;
mod faults;
mod groups;
pub(crate) mod guard;
mod identities;
mod journal;
mod latency;
mod oidc_tokens;
pub(crate) mod overview;
mod propagation;
mod state;
mod tenants;
mod vault_dials;
mod vaults;
mod view;

use std::sync::Arc;

use axum::{Router, extract::DefaultBodyLimit, middleware::map_response, routing::any};
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use self::answer::{Answer, Problem};
use crate::{
    clock::LabClock, entra::Entra, faults::Faults, journal::Journal, keyvault::Vaults, latency::LatencyDial, seed::Seed,
};

/// A world with thousands of tenants must fit.
pub(crate) const MOST_STATE_BYTES: usize = 64 * 1024 * 1024;

/// What the control API reads and changes.
#[derive(Clone)]
pub(crate) struct Control {
    pub(crate) entra: Entra,
    pub(crate) vaults: Arc<Vaults>,
    pub(crate) clock: LabClock,
    pub(crate) journal: Journal,
    pub(crate) faults: Faults,
    pub(crate) latency: LatencyDial,
    pub(crate) seed: Seed,
    pub(crate) port: u16,
}

/// Every door with its description: what is not in here is not in the document either.
fn doors() -> OpenApiRouter<Control> {
    OpenApiRouter::with_openapi(document::Common::openapi())
        .routes(routes!(document::show))
        .routes(routes!(overview::summary))
        .routes(routes!(clock::show, clock::change))
        .routes(routes!(journal::show, journal::clear))
        .routes(routes!(faults::list, faults::add, faults::clear))
        .routes(routes!(faults::show, faults::remove))
        .routes(routes!(latency::show, latency::set))
        .routes(routes!(propagation::show, propagation::set))
        .routes(routes!(tenants::list, tenants::create))
        .routes(routes!(tenants::show, tenants::change, tenants::delete))
        .routes(routes!(consents::give, consents::change, consents::withdraw))
        .routes(routes!(groups::create))
        .routes(routes!(groups::add_member, groups::remove_member))
        .routes(routes!(apps::list, apps::create))
        .routes(routes!(apps::show, apps::change))
        .routes(routes!(credentials::add_certificate))
        .routes(routes!(credentials::remove_certificate))
        .routes(routes!(credentials::add_secret))
        .routes(routes!(credentials::add_federated))
        .routes(routes!(credentials::remove_federated))
        .routes(routes!(identities::list, identities::create))
        .routes(routes!(oidc_tokens::issue))
        .routes(routes!(vaults::list, vaults::create))
        .routes(routes!(vaults::show, vaults::change))
        .routes(routes!(vaults::assign_role))
        .routes(routes!(vaults::make_eligible))
        .routes(routes!(vaults::remove_roles))
        .routes(routes!(vaults::issue_certificate))
        .routes(routes!(vaults::change_key))
        .routes(routes!(vault_dials::throttling, vault_dials::set_throttling))
        .routes(routes!(vault_dials::client_network, vault_dials::set_client_network))
        .routes(routes!(
            vault_dials::claims_challenges,
            vault_dials::challenge_claims,
            vault_dials::clear_claims_challenges
        ))
        .routes(routes!(audit::show, audit::clear))
        .routes(routes!(state::export, state::import))
}

impl Control {
    pub(crate) fn router(self) -> Router {
        let (router, _document) = doors().split_for_parts();
        router
            .route("/lab/{*rest}", any(answer::no_such_address))
            .layer(map_response(answer::in_json))
            .layer(DefaultBodyLimit::max(MOST_STATE_BYTES))
            .with_state(self)
    }

    /// The tenant of an id or domain.
    fn tenant(&self, name: &str) -> Answer<Uuid> {
        self.entra.directory.read().find_tenant(name).map(|tenant| tenant.id).ok_or_else(|| {
            Problem::not_found(format_args!("no tenant has the id or domain `{name}`"))
                .hint("GET /lab/tenants lists them")
        })
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    /// Axum does not tell its routes, so none may come in by another way than the one that describes it.
    #[test]
    fn every_door_is_in_the_document() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/control");
        let sources = fs::read_dir(folder).unwrap().map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
        let plain_routes: usize = sources.map(|source| source.matches(concat!(".rou", "te(")).count()).sum();
        assert_eq!(plain_routes, 1, "only the refusal of unknown addresses is not described");
    }
}
