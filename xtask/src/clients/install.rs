//! Installs what a program needs, into `target/clients`: nothing of it is left elsewhere, but for packages of the system.

use std::{fs, path::Path};

use anyhow::{Context, Result};

use super::Language;
use crate::{
    steps::run,
    tools::{CERTUTIL, CHROMIUM, CURL, LIBSSL, NODE, NPM, OPENSSL, PYTHON, Tool},
};

pub(super) fn install(language: Language, root: &Path) -> Result<()> {
    let tools: &[Tool] = match language {
        Language::Python => &[PYTHON, OPENSSL, CURL],
        Language::JavaScript => &[NODE, NPM, OPENSSL, CURL],
        Language::Rust => &[LIBSSL, CURL],
        Language::Shell => &[CURL, OPENSSL],
        Language::Browser => &[NODE, NPM, CHROMIUM, CERTUTIL, CURL],
    };
    tools.iter().try_for_each(Tool::require)?;
    let (from, to) = (language.source(root), language.installed(root));
    fs::create_dir_all(&to)?;
    let path = |path: &Path| path.to_str().map(str::to_owned).context("the path of the workspace is text");
    match language {
        Language::Python => once(&from.join("requirements.txt"), &to, || {
            run("python: virtual environment", "python3", &["-m", "venv", "--clear", &path(&to)?], &[])?;
            let pip = path(&to.join("bin/pip"))?;
            let list = path(&from.join("requirements.txt"))?;
            run("python: packages", &pip, &["install", "--quiet", "--requirement", &list], &[])
        }),
        Language::JavaScript | Language::Browser => {
            let own = fs::read_dir(&from)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
            // both report in the same way
            let shared = Language::JavaScript.source(root).join("report.js");
            for file in own.iter().chain([&shared]) {
                fs::copy(file, to.join(file.file_name().context("a file has a name")?))?;
            }
            once(&from.join("package-lock.json"), &to, || {
                run(
                    &format!("{}: packages", language.name()),
                    "npm",
                    &["ci", "--no-audit", "--no-fund", "--prefix", &path(&to)?],
                    &[],
                )
            })
        }
        Language::Rust => {
            let (manifest, target) = (path(&from.join("Cargo.toml"))?, path(&to)?);
            let arguments = ["build", "--locked", "--manifest-path", &manifest, "--target-dir", &target];
            run("rust: build", "cargo", &arguments, &[])
        }
        Language::Shell => Ok(()),
    }
}

/// Does `work` unless it was done with this very file before.
fn once(file: &Path, folder: &Path, work: impl FnOnce() -> Result<()>) -> Result<()> {
    let stamp = folder.join(".installed");
    let wanted = fs::read(file).with_context(|| file.display().to_string())?;
    if fs::read(&stamp).is_ok_and(|done| done == wanted) {
        return Ok(());
    }
    work()?;
    fs::write(&stamp, &wanted)?;
    Ok(())
}
