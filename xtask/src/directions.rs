//! Arrows between crates run one way.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use cargo_metadata::{DependencyKind, MetadataCommand};

/// For each crate of the workspace, the crates of the workspace it may depend on. A new crate gets its line here.
const ALLOWED: &[(&str, &[&str])] = &[
    ("keystay", &[]),
    // the lab judges the product, so it must not share its code
    ("keystay-lab", &[]),
    ("keystay-broker", &["keystay", "keystay-posture"]),
    ("keystay-posture", &[]),
    ("keystay-lifecycle", &["keystay", "keystay-posture"]),
    ("keystay-cli", &["keystay", "keystay-broker", "keystay-lab", "keystay-lifecycle", "keystay-posture"]),
    ("secure-multi-tenant-app", &["keystay"]),
    ("xtask", &[]),
];

/// Crates that only some may use, with the reason.
const RESERVED: &[(&str, &[&str], &str)] = &[
    ("clap", &["keystay-cli"], "only the command line parses arguments"),
    ("anyhow", &["keystay-cli", "xtask", "secure-multi-tenant-app"], "libraries have typed errors"),
    (
        "axum",
        &["keystay-broker", "keystay-lab", "keystay-lifecycle", "secure-multi-tenant-app"],
        "the library knows no server",
    ),
];

/// Reads `cargo metadata` and names every arrow that runs the wrong way. Development dependencies are free.
pub(crate) fn check() -> Result<()> {
    let metadata = MetadataCommand::new().exec()?;
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.iter().copied().collect();
    let members: Vec<String> = metadata.workspace_packages().iter().map(|package| package.name.to_string()).collect();
    let mut wrong = Vec::new();
    for package in metadata.workspace_packages() {
        let name = package.name.as_str();
        let Some(may_use) = allowed.get(name) else {
            wrong.push(format!("`{name}` is not listed in xtask/src/directions.rs"));
            continue;
        };
        for dependency in package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal) {
            let used = dependency.name.as_str();
            if members.iter().any(|member| member == used) && !may_use.contains(&used) {
                wrong.push(format!("`{name}` must not depend on `{used}`"));
            }
            for (reserved, users, reason) in RESERVED {
                if *reserved == used && !users.contains(&name) {
                    wrong.push(format!("`{name}` must not depend on `{used}`: {reason}"));
                }
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { bail!("{}", wrong.join("\n       ")) }
}
