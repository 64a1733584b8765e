//! The languages: where a program is, how it is started, what it is written with.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use cargo_metadata::MetadataCommand;

/// A folder of `clients/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    Python,
    JavaScript,
    Rust,
    Shell,
    /// The lab's pages in Chromium.
    Browser,
}

impl Language {
    pub(super) const ALL: [Self; 5] = [Self::Python, Self::JavaScript, Self::Rust, Self::Shell, Self::Browser];

    /// The folder.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::JavaScript => "javascript",
            Self::Rust => "rust",
            Self::Shell => "shell",
            Self::Browser => "browser",
        }
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Python => "Python",
            Self::JavaScript => "JavaScript",
            Self::Rust => "Rust",
            Self::Shell => "shell",
            Self::Browser => "browser",
        }
    }

    /// Where the program is.
    pub(super) fn source(self, root: &Path) -> PathBuf {
        root.join("clients").join(self.name())
    }

    /// Where what it needs is installed.
    pub(super) fn installed(self, root: &Path) -> PathBuf {
        root.join("target/clients").join(self.name())
    }

    /// Where it is run. Node looks for modules beside the program, so that one is copied to them.
    pub(super) fn home(self, root: &Path) -> PathBuf {
        if matches!(self, Self::JavaScript | Self::Browser) { self.installed(root) } else { self.source(root) }
    }

    /// The command line.
    pub(super) fn program(self, root: &Path) -> (PathBuf, Vec<OsString>) {
        match self {
            Self::Python => (self.installed(root).join("bin/python"), vec!["-B".into(), "main.py".into()]),
            Self::JavaScript | Self::Browser => ("node".into(), vec!["main.js".into()]),
            Self::Rust => (self.installed(root).join("debug/sdk-clients"), Vec::new()),
            Self::Shell => ("bash".into(), vec!["main.sh".into()]),
        }
    }

    /// The command line of the program that asks for one token, before its arguments.
    pub(super) fn ask(self, root: &Path) -> (PathBuf, Vec<OsString>) {
        match self {
            Self::Python => (self.installed(root).join("bin/python"), vec!["-B".into(), "ask.py".into()]),
            Self::JavaScript | Self::Browser => ("node".into(), vec!["ask.js".into()]),
            Self::Rust | Self::Shell => (self.installed(root).join("debug/ask"), Vec::new()),
        }
    }

    /// The SDKs it is written with, and their pinned versions.
    pub(super) fn sdks(self, root: &Path) -> Result<Vec<String>> {
        let source = self.source(root);
        match self {
            Self::Python => {
                let text = fs::read_to_string(source.join("requirements.txt"))?;
                // what these bring follows after an empty line
                let own = text.lines().take_while(|line| !line.is_empty()).filter_map(|line| line.split_once("=="));
                Ok(own.map(|(name, version)| format!("{name} {version}")).collect())
            }
            Self::JavaScript | Self::Browser => {
                let package: serde_json::Value = serde_json::from_slice(&fs::read(source.join("package.json"))?)?;
                let dependencies = package["dependencies"].as_object().context("package.json has dependencies")?;
                Ok(dependencies
                    .iter()
                    .map(|(name, version)| format!("{name} {}", version.as_str().unwrap_or_default()))
                    .collect())
            }
            Self::Rust => {
                let metadata = MetadataCommand::new().manifest_path(source.join("Cargo.toml")).exec()?;
                let sdk = |name: &str| name.starts_with("azure_identity") || name.starts_with("azure_security_");
                Ok(metadata
                    .packages
                    .iter()
                    .filter(|package| sdk(&package.name))
                    .map(|package| format!("{} {}", package.name, package.version))
                    .collect())
            }
            Self::Shell => Ok(vec!["curl".to_owned(), "openssl".to_owned()]),
        }
    }
}
