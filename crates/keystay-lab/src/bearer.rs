//! Who calls, as an access token proves it: the one thing a resource of the lab asks of Entra.

use uuid::Uuid;

/// The bearer of a valid access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The tenant that issued the token (`tid`).
    pub(crate) tenant_id: Uuid,
    /// The user or service principal in that tenant (`oid`).
    pub(crate) object_id: Uuid,
    /// The client application (`appid` or `azp`).
    pub(crate) app_id: Option<Uuid>,
}

/// Why a token was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenFault {
    /// Not a token of this kind at all.
    Malformed,
    /// Meant for another resource.
    WrongAudience,
    /// Issued by a tenant the lab does not have.
    WrongIssuer,
    /// Outside its validity, by the lab's clock.
    Expired,
    /// Not signed by the key it names.
    BadSignature,
}

/// Checks access tokens for a resource.
pub(crate) trait TokenCheck: Send + Sync {
    /// Accepts `bearer` when it is valid now and made for one of the names in `audience`.
    fn check(&self, bearer: &str, audience: &[&str]) -> Result<Caller, TokenFault>;
}
