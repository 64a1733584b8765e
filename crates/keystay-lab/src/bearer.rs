//! The seam between the services that take access tokens and the one that issues them.

use uuid::Uuid;

use crate::authorization::PrincipalType;

/// Who a valid access token speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The tenant that issued the token.
    pub tenant_id: Uuid,
    /// The principal's object id in that tenant.
    pub object_id: Uuid,
    /// The client application's id, where the token names one.
    pub app_id: Option<Uuid>,
    /// Object ids of the groups the principal is in.
    pub groups: Vec<Uuid>,
}

/// Why a token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenFault {
    /// Not a token the lab's Entra could have issued.
    Malformed,
    /// Meant for another resource.
    WrongAudience,
    /// Issued by a tenant the service does not trust.
    WrongIssuer,
    /// Its lifetime is over, or has not begun.
    Expired,
    /// The signature does not verify.
    BadSignature,
}

/// What the directory knows of somebody with an object id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Principal {
    pub kind: PrincipalType,
    /// The sign-in name, of a user.
    pub user_principal_name: Option<String>,
}

/// Judges access tokens for a resource, and knows who is in a tenant.
pub(crate) trait TokenCheck: Send + Sync {
    /// Says whom `bearer` speaks for, if it is valid now and meant for one of `audience`.
    fn check(&self, bearer: &str, audience: &[&str]) -> Result<Caller, TokenFault>;

    /// The principal with this object id in a tenant.
    fn principal(&self, tenant: Uuid, id: Uuid) -> Option<Principal>;
}
