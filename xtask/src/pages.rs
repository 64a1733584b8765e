//! The commands in users' pages, run as a reader would run them.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::steps::{run, say};

/// Pages whose `sh` blocks run from top to bottom, each in a folder of its own.
const PAGES: &[&str] = &[
    "docs/lab.md",
    "docs/lab-control.md",
    "docs/broker.md",
    "docs/doctor.md",
    "docs/onboarding.md",
    "docs/breach.md",
    "docs/rotation.md",
    "docs/setup.md",
];

/// Runs every block of every page with the `keystay` of this tree.
pub(crate) fn check() -> Result<()> {
    run("pages: build", "cargo", &["build", "--package", "keystay-cli"], &[])?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the workspace is above xtask")?;
    let path = path_with(&target(root).join("debug"))?;
    for page in PAGES {
        let text = fs::read_to_string(root.join(page)).with_context(|| (*page).to_owned())?;
        let blocks = blocks(&text);
        if blocks.is_empty() {
            bail!("{page} has no `sh` block");
        }
        for (line, block) in blocks {
            say(&format!("-- {page}:{line}"));
            let folder = target(root).join("pages");
            fs::remove_dir_all(&folder)
                .or_else(|error| if error.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(error) })?;
            fs::create_dir_all(&folder)?;
            let status = Command::new("bash")
                .args(["-euo", "pipefail", "-c", block])
                .current_dir(&folder)
                .env("PATH", &path)
                .status()
                .context("cannot start `bash`")?;
            if !status.success() {
                bail!("{page}:{line}: a command fails ({status})");
            }
        }
    }
    Ok(())
}

/// The `sh` blocks with the lines they begin at.
fn blocks(page: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find("```sh\n") {
        let block = &rest[start + "```sh\n".len()..];
        let Some(end) = block.find("```") else { break };
        let line = page.len() - block.len();
        found.push((page[..line].lines().count() + 1, &block[..end]));
        rest = &block[end + "```".len()..];
    }
    found
}

fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

fn path_with(first: &Path) -> Result<OsString> {
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    Ok(std::env::join_paths(std::iter::once(first.to_owned()).chain(std::env::split_paths(&inherited)))?)
}

#[cfg(test)]
mod tests {
    use super::blocks;

    #[test]
    fn blocks_know_where_they_begin() {
        let page = "# Title\n\n```sh\nls\npwd\n```\nwords\n```rust\nfn x() {}\n```\n```sh\ntrue\n```\n";
        assert_eq!(blocks(page), [(4, "ls\npwd\n"), (12, "true\n")]);
    }
}
