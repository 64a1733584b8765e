//! How long a theft would last today, after which step it shrinks, and what to change.
//!
//! Facts in, findings and exposure out: nothing here opens a file, a socket or a clock. So the same answers come from a
//! live directory and from a folder of exported documents.
//!
//! [`facts`] reads one JSON document at a time and says what is known, or why it is not; [`checks`] asks 37 questions of
//! them; [`exposure`] is the arithmetic of a theft; a [`Report`] is all three together.
//!
//! ```
//! use keystay_posture::{Report, ReportOptions, State, facts::{Document, Facts}};
//! use time::macros::datetime;
//!
//! let mut facts = Facts::default();
//! facts.add(Document::Vault, br#"{
//!     "id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/harbor",
//!     "name": "harbor",
//!     "properties": { "enableRbacAuthorization": null, "enablePurgeProtection": true }
//! }"#);
//! let report = Report::new(&facts, &ReportOptions::default(), datetime!(2026-11-24 12:00 UTC));
//! // null means access policies
//! let roles = report.finding("vault-uses-roles").unwrap();
//! assert_eq!(roles.state, State::Fail);
//! assert_eq!(roles.fix, ["az keyvault update -n harbor --enable-rbac-authorization true"]);
//! // what was not collected is unknown, and its worst is assumed
//! assert_eq!(report.finding("key-not-exportable").unwrap().state, State::Unknown);
//! assert_eq!(report.outlook.now.worst.length.known(), None);
//! ```

mod accept;
mod access;
pub mod checks;
pub mod exposure;
pub mod facts;
mod finding;
mod report;
mod setup;

pub use accept::{AcceptError, Acceptances, StaleAcceptance};
pub use finding::{Acceptance, Catalogue, Effect, Finding, Observation, Severity, Source, State};
pub use report::{Counts, Report, ReportOptions, SCHEMA_VERSION, Verdict};
