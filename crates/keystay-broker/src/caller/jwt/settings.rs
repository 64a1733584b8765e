//! What the configuration says about issuers, and about the callers they vouch for.

use std::path::PathBuf;

use url::{Host, Url};

use super::keys::KeySet;
use crate::{config::Section, name::IssuerName};

/// One table `[issuers.NAME]`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IssuerSettings {
    /// What its tokens say in `iss`, letter by letter.
    pub issuer: String,
    /// A token must be meant for one of these: `aud`.
    pub audiences: Vec<String>,
    /// Where its keys are.
    pub keys: KeySource,
    /// Each token is good for one use.
    pub one_time: bool,
}

/// Where the keys of an issuer are: a JSON Web Key Set (RFC 7517 section 5).
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum KeySource {
    /// A file.
    File(PathBuf),
    /// An address that answers with it. Only the configuration names one, never a token.
    Url(Url),
}

/// The subjects of an issuer that are one caller.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct JwtSubjects {
    /// Who vouches.
    pub issuer: IssuerName,
    /// For whom, letter by letter.
    pub subjects: Vec<String>,
}

impl IssuerSettings {
    pub(crate) fn read(section: &mut Section<'_>) -> Option<Self> {
        let issuer: Option<String> = section.required("issuer", "what the issuer's tokens say in `iss`");
        let audiences = texts(section, "audience", "what the issuer's tokens for this broker say in `aud`");
        let keys = KeySource::read(section);
        let one_time = section.flag("one_time").unwrap_or(false);
        Some(Self { issuer: issuer?, audiences: audiences?, keys: keys?, one_time })
    }
}

impl KeySource {
    fn read(section: &mut Section<'_>) -> Option<Self> {
        let file = section.file("keys_file");
        let url: Option<Url> = section.parsed("keys_url");
        let place = section.name("keys_url");
        match (section.has("keys_file"), section.has("keys_url")) {
            (true, false) => {
                let file = file?;
                let set = std::fs::read(&file).map_err(|error| error.to_string());
                if let Err(why) = set.and_then(|set| KeySet::read(&set).map_err(|error| error.to_string())) {
                    let name = section.name("keys_file");
                    section.mistake(format!("`{name}`: `{}` cannot be used: {why}", file.display()));
                }
                Some(Self::File(file))
            }
            (false, true) => {
                let url = url?;
                if !may_be_asked(&url) {
                    section.mistake(format!(
                        "`{place}` must begin with `https://`, or be an `http://` address of this computer, and hold no password"
                    ));
                }
                Some(Self::Url(url))
            }
            _ => {
                section.mistake(format!("`{place}` or `keys_file` must say where the issuer's keys are; one of them"));
                None
            }
        }
    }
}

/// Keys that come over a network in the clear are whoever's the network is.
fn may_be_asked(url: &Url) -> bool {
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let safe = url.scheme() == "https" || (url.scheme() == "http" && here);
    safe && url.username().is_empty() && url.password().is_none()
}

impl JwtSubjects {
    /// Reads `jwt = { issuer = "cluster", subject = "…" }` of a caller.
    pub(crate) fn read(section: &mut Section<'_>) -> Option<Self> {
        let issuer = section.required("issuer", "the name of one of `[issuers.NAME]`");
        let subjects = texts(section, "subject", "what the tokens of this caller say in `sub`");
        Some(Self { issuer: issuer?, subjects: subjects? })
    }
}

/// At least one text, and none of them empty.
fn texts(section: &mut Section<'_>, setting: &'static str, expected: &str) -> Option<Vec<String>> {
    let given: Option<Vec<String>> = section.list(setting);
    if !section.has(setting) || given.as_ref().is_some_and(|texts| texts.is_empty() || texts.contains(&String::new())) {
        let name = section.name(setting);
        section.mistake(format!("`{name}` is missing; expected {expected}"));
        return None;
    }
    given
}
