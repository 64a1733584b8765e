//! `/certificates`: issuing, importing, renewing and reading certificates, each with the key and the secret it owns.

mod assemble;
mod contacts;
mod create;
mod derived_policy;
mod foreign_curve;
mod import;
mod info;
mod issuers;
mod merge;
mod named;
mod object;
mod pending;
mod policy;
mod policy_rules;
mod read;
mod renew;
mod subject;
mod update;
mod validity;
mod wire;
mod x509;

pub(super) use contacts::{Contact, contacts, delete_contacts, set_contacts};
pub(super) use create::{Order, begin, create};
pub(super) use import::import;
pub(crate) use info::CertificateVersionInfo;
pub(super) use issuers::{Issuer, delete_issuer, issuer, issuers, set_issuer, update_issuer};
pub(super) use merge::merge;
pub(super) use object::CertificateObject;
pub(super) use pending::{cancel_pending, delete_pending, pending};
pub(crate) use policy::CertificatePolicy;
pub(super) use policy_rules::{PEM, PKCS12};
pub(super) use read::{list, list_versions, policy, read};
pub(super) use renew::renew_due;
pub(super) use update::{update, update_policy};
