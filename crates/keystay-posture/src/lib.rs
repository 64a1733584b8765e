//! How long a theft would last today, after which step it shrinks, and what to change.
//!
//! Facts in, findings and exposure out: nothing here opens a file, a socket or a clock. So the same answers come from a
//! live directory and from a folder of exported documents.
//!
//! [`facts`] reads one JSON document at a time and says what is known, or why it is not; [`exposure`] is the arithmetic of a
//! theft.

pub mod exposure;
pub mod facts;
