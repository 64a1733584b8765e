//! The exposure model: credential × what the thief holds × what was done → how long it lasts, and why.
//!
//! Loot is of use while it makes new access tokens, and then for as long as the last of them lives. Each response stops
//! some loot from making more; the first thing that stops it counts. A theft lasts as long as the longest-lived of all that was
//! carried away.
//!
//! Lengths are [`Length`]s (whole seconds, or unknown, or without end); moments are [`time::OffsetDateTime`]s. Nothing here
//! reads a clock: `now` is always given.
//!
//! ```
//! use keystay_posture::exposure::{Certificate, Ends, KeyPlace, Length, Responses, Setup, Signing};
//! use time::{Duration, OffsetDateTime};
//!
//! let now = OffsetDateTime::UNIX_EPOCH;
//! let certificate =
//!     Certificate { ends: Ends::At(now + Duration::days(243)), key: KeyPlace::Vault, rotated_every: None };
//! let setup = Setup { certificates: vec![certificate], home_principal_enabled: false, ..Setup::default() };
//! // the thief had the vault sign in advance: until the certificate ends, and the last token
//! let today = setup.exposure(&Responses::eviction(), now).worst;
//! assert_eq!(today.length, Length::days(243) + Length::minutes(90));
//! // the credential is removed: Entra's spread, and the last token
//! assert_eq!(setup.exposure(&Responses::breach_cut(), now).worst.length, Length::minutes(5 + 90));
//! // behind a broker there is nothing to take but tokens
//! let brokered = Setup { signing: Signing::Broker, ..setup };
//! assert_eq!(brokered.exposure(&Responses::eviction(), now).worst.length, Length::minutes(90));
//! ```

mod bound;
mod credential;
mod length;
mod loot;
mod outlook;
mod parameters;
mod residual;
mod response;
mod setup;
mod timeline;

pub use bound::{Bound, Figure, LootExposure};
pub use credential::{CredentialKind, Level};
pub use length::{Ends, Length};
pub use loot::Loot;
pub use outlook::Outlook;
pub use parameters::{Evidence, Parameters, Symbol};
pub use response::{Response, Responses};
pub use setup::{
    Certificate, FederatedIdentity, KeyPlace, LongLivedTokens, Setup, Signing, TokenBinding, VaultNetwork,
};
pub use timeline::{Mark, Segment, Timeline};
