//! Microsoft Entra access tokens for every customer tenant of a multi-tenant app, with a private key that never leaves
//! Azure Key Vault.
//!
//! Start with [`Client`]; it needs a [`VaultKey`], which needs a [`Vault`]. A token travels like this:
//!
//! ```text
//! Client::token(tenant, scopes)
//!   -> cache      a good token? here it is: no waiting, no allocation
//!   -> flight     one acquisition per (tenant, scopes), however many ask
//!   -> assertion  one per tenant, reused across scopes while it lives, never leaves the process
//!   -> key        SigningKey::sign(digest), in the vault
//!   -> exchange   the tenant's token endpoint: a Token, or a Refusal that says what to do
//! ```
//!
//! # What this protects, and what it does not
//! A key that cannot be exported cannot be stolen. But a program that may sign can be made to sign, by whoever gets into
//! it: assertions with a far `exp` are accepted until the certificate is removed from the app. "Only a one-hour token can
//! be stolen" is true only for programs that have no right to sign and get their tokens from a broker.

mod assertion;
mod authority;
mod cache;
mod client;
mod clock;
mod credential;
mod error;
mod exchange;
mod jitter;
mod key;
mod pin;
mod refusal;
mod scopes;
mod secret;
mod traced;
mod vault_credential;

pub use assertion::{Assertion, AssertionGenerator, DEFAULT_LIFETIME, MAX_LIFETIME, MIN_LIFETIME};
pub use authority::{AuthorityError, ClientId, Cloud, LoginHost, Tenant};
pub use azure_core::{credentials::TokenCredential, http::Transport};
pub use cache::{Holding, Token, TokenId};
pub use client::{Client, ClientBuilder, ClientError};
pub use clock::{Clock, ManualClock, SystemClock, within};
pub use credential::TenantCredential;
pub use error::{Error, ErrorKind, Fault, Retry};
pub use key::{
    Algorithm, Certificate, CertificateError, Digest, Exportability, Keeper, KeyError, KeyErrorKind, KeyKind, LocalKey,
    ObjectId, ObjectIdError, ObjectKind, Signature, SigningKey, Vault, VaultKey, VaultUrl, sign_verified,
};
pub use pin::{Confirmation, Following, Pin, PinError, PinnedKey, Previous};
pub use refusal::{Refusal, RefusalKind};
pub use scopes::{Scopes, ScopesError};
pub use secret::{Secret, scrub};
pub use vault_credential::{UnknownVaultCredential, VaultCredential};

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
