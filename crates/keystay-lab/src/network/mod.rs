//! The lab's network: one loopback listener that plays the host names of Azure.

mod ca;
mod limits;
mod listener;
mod pipeline;
mod prompt;
mod site;

pub(crate) use ca::CertificateAuthority;
pub use limits::Limits;
pub(crate) use listener::{Front, serve};
pub(crate) use pipeline::{MOST_BODY_BYTES, Pipeline, Services, limited};
pub(crate) use site::{Cloud, Site};
