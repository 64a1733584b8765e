//! Rotating the key of an app: a new version in the vault takes the old one's place, and no request fails.
//!
//! ```text
//! 1 create    a new version of the certificate; nobody uses it
//! 2 register  addKey, with a proof the old version signs in the vault
//! 3 probe     real tokens by the new version, until they come without fail in every sample tenant
//! 4 flip      the pin names the new version, with its thumbprint; programs follow it
//! 5 overlap   until the last assertion of the old version is dead and every follower has changed
//! 6 remove    removeKey, with a proof by the new version
//! 7 disable   the old version, in the vault
//! 8 record
//! ```
//!
//! There is no state but the pin file and the record: [`Rotation::run`] observes, plans, does the first step and looks
//! again. Broken off anywhere and run again, it comes to the same end.

mod error;
mod observe;
mod perform;
mod plan;
mod probe;
mod record;
mod settings;

pub use error::RotateError;
pub use observe::Observed;
pub use perform::{Progress, Rotated, Rotation};
pub use plan::{Blocked, Plan, Step};
pub use record::Record;
pub use settings::{Due, RotationSettings};
