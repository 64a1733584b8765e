//! Rules about files that a reader of the tree relies on.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

/// Files beyond this tell more than one story.
const LONGEST_FILE: usize = 800;

/// Checks the length of the source files and that ARCHITECTURE.md lists every crate.
pub(crate) fn check() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the workspace has a root")?;
    let mut wrong = Vec::new();
    for file in sources(root)? {
        let lines = fs::read_to_string(&file)?.lines().count();
        if lines > LONGEST_FILE {
            wrong.push(format!("{} has {lines} lines; split it by responsibility", file.display()));
        }
    }
    let architecture = fs::read_to_string(root.join("ARCHITECTURE.md")).context("ARCHITECTURE.md")?;
    for room in ["clients", "fuzz", "xtask"] {
        if !architecture.contains(&format!("`{room}`")) {
            wrong.push(format!("ARCHITECTURE.md does not mention {room}"));
        }
    }
    for folder in ["crates", "examples"] {
        for entry in fs::read_dir(root.join(folder)).into_iter().flatten() {
            let entry = entry?;
            let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.path().join("Cargo.toml").exists() && !architecture.contains(&name) {
                wrong.push(format!("ARCHITECTURE.md does not mention {name}"));
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { bail!("{}", wrong.join("\n       ")) }
}

fn sources(root: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![root.join("crates"), root.join("examples"), root.join("fuzz/targets"), root.join("xtask")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    Ok(found)
}
