//! The lab's network: one loopback listener that plays the host names of Azure.

mod ca;
mod client_certificate;
mod limits;
mod listener;
mod pipeline;
mod prompt;
mod site;

pub(crate) use ca::CertificateAuthority;
pub use limits::Limits;
pub(crate) use listener::{Front, serve};
pub(crate) use pipeline::{Pipeline, Services, limited, limited_to};
pub(crate) use site::{Cloud, Site};

pub(crate) use client_certificate::ClientCertificate;
