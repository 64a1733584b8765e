//! The lab's network: one loopback listener that plays the host names of Azure.

mod ca;
mod client_certificate;
mod listener;
mod pipeline;
mod prompt;
mod site;

pub(crate) use ca::CertificateAuthority;
pub(crate) use listener::{Front, serve};
pub(crate) use pipeline::{Pipeline, Services, limited};
pub(crate) use site::{Cloud, Site};

pub(crate) use client_certificate::ClientCertificate;
