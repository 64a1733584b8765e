//! Why the directory refused a change.

use uuid::Uuid;

/// Why the directory refused a change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryError {
    /// There is no such tenant.
    #[error("no tenant {0} in the directory")]
    NoTenant(Uuid),
    /// No application has this client id.
    #[error("no application {0} in the directory")]
    NoApplication(Uuid),
    /// The tenant has no service principal of the application.
    #[error("application {app} has no service principal in tenant {tenant}")]
    NoPrincipal {
        /// The client id.
        app: Uuid,
        /// The tenant.
        tenant: Uuid,
    },
    /// The tenant has no such group.
    #[error("no group {0} in the tenant")]
    NoGroup(Uuid),
    /// The tenant has no user, service principal or group of this object id.
    #[error("no user, service principal or group {0} in the tenant")]
    NoObject(Uuid),
    /// The application has no such key credential.
    #[error("application {app} has no key credential {key_id}")]
    NoCredential {
        /// The client id.
        app: Uuid,
        /// The id of the credential.
        key_id: Uuid,
    },
    /// A federated credential is not well formed.
    #[error("not a federated credential: {0}")]
    BadFederatedCredential(&'static str),
    /// The application has one of this name, or of this issuer and subject.
    #[error("application {app} has a federated credential named {name}, or one of the same issuer and subject")]
    DuplicateFederatedCredential {
        /// The client id.
        app: Uuid,
        /// The name of the new one.
        name: String,
    },
    /// The application holds 20 federated credentials.
    #[error("application {0} holds 20 federated credentials, and no more fit")]
    TooManyFederatedCredentials(Uuid),
    /// Only its own tenant can hold a single-tenant application.
    #[error("application {0} is for its own tenant only")]
    SingleTenant(Uuid),
    /// The home tenant owns the applications and cannot go.
    #[error("the home tenant cannot be deleted")]
    HomeTenant,
    /// Not an X.509 certificate with an RSA key.
    #[error("not an X.509 certificate with an RSA key, in DER form")]
    BadCertificate,
}
