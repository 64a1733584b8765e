//! The vendor's operations: a service principal with a secret, as every pipeline has one.

use serde::Serialize;
use time::{Duration, OffsetDateTime};
use utoipa::ToSchema;
use uuid::{Uuid, uuid};

use super::HOME;
use crate::directory::{Application, GRAPH_APP_ID, PasswordCredential, ResourceAccess, graph_role};

const OBJECT: Uuid = uuid!("4a8b0000-0000-4000-8000-00000000e001");
const PRINCIPAL: Uuid = uuid!("4a8b0000-0000-4000-8000-00000000e002");
const CLIENT: Uuid = uuid!("4a8b0000-0000-4000-8000-00000000e003");
/// Public, as the people's password is: it opens labs only.
const SECRET: &str = "lab~operations-0123456789abcdef0123456789";

/// An application of the home tenant alone that may do everything in the vault, change applications and grant them what they ask for.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[non_exhaustive]
pub struct Operator {
    /// The object id of its service principal: role assignments name it.
    pub object_id: Uuid,
    /// Its client id.
    pub client_id: Uuid,
    /// Its client secret, valid for two years of the lab's clock.
    pub client_secret: &'static str,
}

pub(super) const OPERATOR: Operator = Operator { object_id: PRINCIPAL, client_id: CLIENT, client_secret: SECRET };

pub(super) fn application(key_id: Uuid, now: OffsetDateTime) -> Application {
    Application {
        required_resource_access: vec![ResourceAccess {
            resource_app_id: GRAPH_APP_ID,
            roles: vec![graph_role::APPLICATION_READ_WRITE_ALL, graph_role::APP_ROLE_ASSIGNMENT_READ_WRITE_ALL],
            scopes: Vec::new(),
        }],
        password_credentials: vec![PasswordCredential::new(key_id, SECRET, "operations", now, Duration::days(730))],
        ..Application::new(OBJECT, CLIENT, HOME, "Harbor Operations", now)
    }
}
