//! How long a theft would last today, after which step it shrinks, and what to change.
//!
//! Facts in, findings and exposure out: nothing here opens a file, a socket or a clock. So the same answers come from a
//! live directory and from a folder of exported documents.
//!
//! [`facts`] reads one JSON document at a time and says what is known, or why it is not; [`checks`] asks 37 questions of
//! them; [`exposure`] is the arithmetic of a theft; a [`Report`] is all three together.

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
