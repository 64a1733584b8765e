//! Installs what a program needs, into `target/clients`: nothing of it is left elsewhere, but for packages of the system.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use super::Language;
use crate::steps::{run, say};

/// A tool of the system: how to see that it is there, and Debian's packages that bring it.
struct Tool {
    probe: &'static [&'static str],
    packages: &'static [&'static str],
}

const PYTHON: Tool = Tool {
    probe: &["python3", "-c", "import ensurepip, sys; sys.exit(sys.version_info < (3, 10))"],
    packages: &["python3", "python3-venv"],
};
const NODE: Tool = Tool {
    probe: &["node", "-e", "process.exit(process.versions.node.split('.')[0] >= 20 ? 0 : 1)"],
    packages: &["nodejs"],
};
const NPM: Tool = Tool { probe: &["npm", "--version"], packages: &["npm"] };
const OPENSSL: Tool = Tool { probe: &["openssl", "version"], packages: &["openssl"] };
const CURL: Tool = Tool { probe: &["curl", "--version"], packages: &["curl"] };
const CHROMIUM: Tool = Tool { probe: &["chromium", "--version"], packages: &["chromium"] };
const CERTUTIL: Tool = Tool { probe: &["sh", "-c", "command -v certutil"], packages: &["libnss3-tools"] };
const LIBSSL: Tool =
    Tool { probe: &["pkg-config", "--exists", "openssl >= 3"], packages: &["pkg-config", "libssl-dev"] };

pub(super) fn install(language: Language, root: &Path) -> Result<()> {
    let tools: &[Tool] = match language {
        Language::Python => &[PYTHON, OPENSSL],
        Language::JavaScript => &[NODE, NPM, OPENSSL],
        Language::Rust => &[LIBSSL],
        Language::Shell => &[CURL, OPENSSL],
        Language::Browser => &[NODE, NPM, CHROMIUM, CERTUTIL, CURL],
    };
    tools.iter().try_for_each(require)?;
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

/// Makes sure that a tool is there: as root by Debian's package manager, else by asking for it.
fn require(tool: &Tool) -> Result<()> {
    if is_there(tool) {
        return Ok(());
    }
    let packages = tool.packages.join(" ");
    if !succeeds(&["sh", "-c", "test $(id -u) = 0 && command -v apt-get"]) {
        bail!("`{}` fails; install {packages} (Debian's names) and try again", tool.probe.join(" "));
    }
    say(&format!("-- installing {packages}"));
    run("apt-get update", "apt-get", &["update", "--quiet"], &[])?;
    let arguments = [&["install", "--yes", "--quiet", "--no-install-recommends"], tool.packages].concat();
    run("apt-get install", "apt-get", &arguments, &[("DEBIAN_FRONTEND", "noninteractive")])?;
    if is_there(tool) { Ok(()) } else { bail!("`{}` still fails: {packages} may be too old", tool.probe.join(" ")) }
}

fn is_there(tool: &Tool) -> bool {
    succeeds(tool.probe)
}

fn succeeds(words: &[&str]) -> bool {
    let Some((program, arguments)) = words.split_first() else { return false };
    let quiet = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    quiet.is_ok_and(|status| status.success())
}
