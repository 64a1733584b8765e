//! Settings from `keystay.toml`, `KEYSTAY_*` variables and flags, checked as a whole.

mod flags;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use figment::{
    Figment, Profile,
    providers::{Env, Format, Serialized, Toml},
};
use keystay::{ClientId, Cloud, ObjectId, ObjectKind, Secret, VaultCredential, VaultUrl};
use serde_json::Value;

pub(crate) use self::flags::Flags;
use crate::diagnostics::Failure;

/// What a command that gets tokens needs to know. Every value is one that can work.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) client_id: ClientId,
    pub(crate) cloud: Cloud,
    pub(crate) rs256: bool,
    pub(crate) refuse_exportable: bool,
    pub(crate) vault_credential: VaultCredential,
    pub(crate) proof: Proof,
}

/// How the app proves itself.
#[derive(Debug)]
pub(crate) enum Proof {
    Certificate { vault: VaultUrl, name: String },
    CertificateId(ObjectId),
    KeyId { id: ObjectId, certificate_file: PathBuf },
    PemFile(PathBuf),
    PfxFile { path: PathBuf, password: Secret },
    FederatedIdentity(VaultCredential),
}

/// Every setting there is.
const KEYS: [&str; 14] = [
    "client_id",
    "cloud",
    "algorithm",
    "refuse_exportable",
    "vault_credential",
    "key.vault",
    "key.certificate",
    "key.certificate_id",
    "key.key_id",
    "key.certificate_file",
    "key.pem_file",
    "key.pfx_file",
    "key.pfx_password",
    "key.federated_identity",
];
const DEFAULT_FILE: &str = "keystay.toml";
const KEY_SOURCES: &str = "`vault` and `certificate`, `certificate_id`, `key_id` and `certificate_file`, `federated_identity`, or (insecure) `pem_file` or `pfx_file`";

impl Settings {
    /// Reads all sources. The failure names every mistake, not just the first.
    pub(crate) fn load(config: Option<&Path>, flags: &Flags) -> Result<Self, Failure> {
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
        let tree: Value = figment.extract().map_err(|error| unreadable(path, &error.to_string()))?;
        let mut given = Given::new(&tree);
        let settings = given.settings();
        match settings {
            Some(settings) if given.mistakes.is_empty() => Ok(settings),
            _ => Err(given.into_failure()),
        }
    }
}

/// The values as they were given, and what is wrong with them.
struct Given {
    values: BTreeMap<String, String>,
    mistakes: Vec<String>,
}

impl Given {
    fn new(tree: &Value) -> Self {
        let mut given = Self { values: BTreeMap::new(), mistakes: Vec::new() };
        given.flatten("", tree);
        given
    }

    fn flatten(&mut self, path: &str, value: &Value) {
        let text = match value {
            Value::Object(table) if path.is_empty() || path == "key" => {
                for (name, value) in table {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    self.flatten(&path, value);
                }
                return;
            }
            Value::String(text) => text.clone(),
            Value::Bool(_) | Value::Number(_) => value.to_string(),
            _ => {
                self.mistakes.push(format!("`{path}` must be a text"));
                return;
            }
        };
        if KEYS.contains(&path) {
            self.values.insert(path.to_owned(), text);
        } else {
            self.mistakes.push(format!("`{path}` is not a setting; expected one of {}", KEYS.join(", ")));
        }
    }

    fn into_failure(self) -> Failure {
        let count = match self.mistakes.len() {
            1 => "one mistake".to_owned(),
            count => format!("{count} mistakes"),
        };
        let failure = Failure::usage(format_args!("the configuration has {count}"));
        let failure = self.mistakes.into_iter().fold(failure, Failure::cause);
        failure.hint("settings come from keystay.toml, KEYSTAY_* variables and flags; see `keystay token --help`")
    }

    fn settings(&mut self) -> Option<Settings> {
        let client_id = self.parsed("client_id");
        if !self.values.contains_key("client_id") {
            self.mistakes.push("`client_id` is missing; expected the app's application (client) id, a GUID".into());
        }
        let cloud = self.parsed("cloud").unwrap_or_default();
        let rs256 = match self.values.get("algorithm").map(|name| name.to_ascii_uppercase()).as_deref() {
            None | Some("PS256") => false,
            Some("RS256") => true,
            Some(other) => {
                self.mistakes.push(format!("`algorithm` is `{other}`; expected `PS256` or `RS256`"));
                false
            }
        };
        let refuse_exportable = match self.values.get("refuse_exportable").map(String::as_str) {
            None | Some("false") => false,
            Some("true") => true,
            Some(other) => {
                self.mistakes.push(format!("`refuse_exportable` is `{other}`; expected `true` or `false`"));
                false
            }
        };
        let vault_credential = self.parsed("vault_credential").unwrap_or_default();
        let proof = self.proof();
        Some(Settings { client_id: client_id?, cloud, rs256, refuse_exportable, vault_credential, proof: proof? })
    }

    fn proof(&mut self) -> Option<Proof> {
        const SOURCES: [&str; 6] = [
            "key.certificate",
            "key.certificate_id",
            "key.key_id",
            "key.pem_file",
            "key.pfx_file",
            "key.federated_identity",
        ];
        let given: Vec<&str> = SOURCES.into_iter().filter(|source| self.values.contains_key(*source)).collect();
        match given.as_slice() {
            ["key.certificate"] => {
                let vault = self.parsed("key.vault");
                if !self.values.contains_key("key.vault") {
                    self.mistakes.push("`key.vault` is missing; expected `https://{name}.vault.azure.net`, where `key.certificate` lies".into());
                }
                let (vault, name) = (vault?, self.values.get("key.certificate")?.clone());
                match ObjectId::new(&vault, ObjectKind::Certificate, &name) {
                    Ok(_) => Some(Proof::Certificate { vault, name }),
                    Err(error) => {
                        self.mistakes.push(format!("`key.certificate`: {error}"));
                        None
                    }
                }
            }
            ["key.certificate_id"] => self.parsed("key.certificate_id").map(Proof::CertificateId),
            ["key.key_id"] => {
                let id = self.parsed("key.key_id");
                let certificate_file = self.file("key.certificate_file");
                if !self.values.contains_key("key.certificate_file") {
                    self.mistakes.push("`key.certificate_file` is missing; expected the certificate (PEM) that was issued for `key.key_id`".into());
                }
                Some(Proof::KeyId { id: id?, certificate_file: certificate_file? })
            }
            ["key.pem_file"] => self.file("key.pem_file").map(Proof::PemFile),
            ["key.pfx_file"] => {
                let password = Secret::new(self.values.get("key.pfx_password").cloned().unwrap_or_default());
                self.file("key.pfx_file").map(|path| Proof::PfxFile { path, password })
            }
            ["key.federated_identity"] => self.parsed("key.federated_identity").map(Proof::FederatedIdentity),
            [] => {
                // the vault alone says where, not what; its address is checked all the same
                let _: Option<VaultUrl> = self.parsed("key.vault");
                self.mistakes.push(format!("`key` names no key; expected {KEY_SOURCES}"));
                None
            }
            several => {
                self.mistakes.push(format!("{} are both given; expected one of {KEY_SOURCES}", quoted(several)));
                None
            }
        }
    }

    fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(&mut self, key: &str) -> Option<T> {
        match self.values.get(key)?.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.mistakes.push(format!("`{key}`: {error}"));
                None
            }
        }
    }

    fn file(&mut self, key: &str) -> Option<PathBuf> {
        let path = PathBuf::from(self.values.get(key)?);
        if path.is_file() {
            return Some(path);
        }
        self.mistakes.push(format!("`{key}`: there is no file `{}`", path.display()));
        None
    }
}

/// The parser's words go on to quote the line, which may hold a password: the place alone is told.
fn unreadable(path: &Path, words: &str) -> Failure {
    let place = words.lines().next().filter(|line| line.starts_with("TOML parse error at")).unwrap_or("it is no TOML");
    Failure::usage(format_args!("the configuration file `{}` cannot be read", path.display())).cause(place)
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ")
}
