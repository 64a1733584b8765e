//! The settings of commands that get tokens themselves: `keystay.toml`, `KEYSTAY_*` variables and flags, checked as a
//! whole.

mod flags;

use std::{collections::BTreeMap, path::Path};

use figment::{
    Figment, Profile,
    providers::{Env, Format, Serialized, Toml},
};
use keystay_broker::{BROKER_TABLES, IdentitySettings, Mistakes, Section};
use serde_json::{Map, Value};

pub(crate) use self::flags::Flags;
use crate::diagnostics::Failure;

/// Every setting a variable can give.
const KEYS: [&str; 16] = [
    "client_id",
    "home_tenant",
    "cloud",
    "algorithm",
    "refuse_exportable",
    "vault_credential",
    "key.vault",
    "key.certificate",
    "key.pin",
    "key.certificate_id",
    "key.key_id",
    "key.certificate_file",
    "key.pem_file",
    "key.pfx_file",
    "key.pfx_password",
    "key.federated_identity",
];
pub(crate) const DEFAULT_FILE: &str = "keystay.toml";

/// Reads all sources. The failure names every mistake, not just the first.
pub(crate) fn load(config: Option<&Path>, flags: &Flags) -> Result<IdentitySettings, Failure> {
    let path = match config {
        Some(path) if !path.is_file() => {
            return Err(Failure::usage(format_args!("there is no configuration file `{}`", path.display())));
        }
        Some(path) => path,
        None => Path::new(DEFAULT_FILE),
    };
    let file = if path.is_file() { Figment::from(Toml::file_exact(path)) } else { Figment::new() };
    let variable = |key: &str| format!("KEYSTAY_{}", key.replace('.', "_").to_uppercase());
    let variables: BTreeMap<String, &str> = KEYS.iter().map(|key| (variable(key), *key)).collect();
    let environment =
        Env::raw().filter_map(move |name| variables.get(&name.as_str().to_uppercase()).map(|key| (*key).into()));
    let figment = file.merge(environment).merge(Serialized::from(flags, Profile::Default));
    let document: Map<String, Value> = figment.extract().map_err(|error| unreadable(path, &error.to_string()))?;

    let mut mistakes = Mistakes::default();
    let mut section = Section::root(&document, &mut mistakes);
    section.ignore(&BROKER_TABLES);
    let settings = IdentitySettings::read(&mut section);
    section.end();
    match settings {
        Some(settings) if mistakes.is_empty() => Ok(settings),
        _ => Err(mistaken(mistakes.into_vec())
            .hint("settings come from keystay.toml, KEYSTAY_* variables and flags; see `keystay token --help`")),
    }
}

/// Whether the file has rules for callers: then `serve` gives them tokens, and no one else signs.
pub(crate) fn configures_broker(config: Option<&Path>) -> bool {
    let path = config.unwrap_or(Path::new(DEFAULT_FILE));
    let document: Result<Map<String, Value>, _> = Figment::from(Toml::file_exact(path)).extract();
    document.is_ok_and(|document| document.contains_key("rules") && document.contains_key("callers"))
}

/// A configuration with these mistakes.
pub(crate) fn mistaken(mistakes: Vec<String>) -> Failure {
    let count = match mistakes.len() {
        1 => "one mistake".to_owned(),
        count => format!("{count} mistakes"),
    };
    mistakes.into_iter().fold(Failure::usage(format_args!("the configuration has {count}")), Failure::cause)
}

/// The parser's words go on to quote the line, which may hold a password: the place alone is told.
fn unreadable(path: &Path, words: &str) -> Failure {
    let place = words.lines().next().filter(|line| line.starts_with("TOML parse error at")).unwrap_or("it is no TOML");
    Failure::usage(format_args!("the configuration file `{}` cannot be read", path.display())).cause(place)
}
