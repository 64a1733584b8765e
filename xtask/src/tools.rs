//! Programs of the system that tests and clients run, installed by Debian's package manager where that is possible.

use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::steps::{run, say};

/// How to see that a program is there, and Debian's packages that bring it.
pub(crate) struct Tool {
    probe: &'static [&'static str],
    packages: &'static [&'static str],
}

pub(crate) const PYTHON: Tool = Tool {
    probe: &["python3", "-c", "import ensurepip, sys; sys.exit(sys.version_info < (3, 10))"],
    packages: &["python3", "python3-venv"],
};
pub(crate) const NODE: Tool = Tool {
    probe: &["node", "-e", "process.exit(process.versions.node.split('.')[0] >= 20 ? 0 : 1)"],
    packages: &["nodejs"],
};
pub(crate) const NPM: Tool = Tool { probe: &["npm", "--version"], packages: &["npm"] };
pub(crate) const OPENSSL: Tool = Tool { probe: &["openssl", "version"], packages: &["openssl"] };
pub(crate) const CURL: Tool = Tool { probe: &["curl", "--version"], packages: &["curl"] };
pub(crate) const CHROMIUM: Tool = Tool { probe: &["chromium", "--version"], packages: &["chromium"] };
pub(crate) const CERTUTIL: Tool = Tool { probe: &["sh", "-c", "command -v certutil"], packages: &["libnss3-tools"] };
pub(crate) const LIBSSL: Tool =
    Tool { probe: &["pkg-config", "--exists", "openssl >= 3"], packages: &["pkg-config", "libssl-dev"] };

pub(crate) const XMLLINT: Tool = Tool { probe: &["xmllint", "--version"], packages: &["libxml2-utils"] };

/// What tests of the workspace run.
pub(crate) const OF_TESTS: [Tool; 5] = [CHROMIUM, CURL, OPENSSL, PYTHON, XMLLINT];

impl Tool {
    /// Makes sure that a tool is there: as root by Debian's package manager, else by asking for it.
    pub(crate) fn require(&self) -> Result<()> {
        if self.is_there() {
            return Ok(());
        }
        let packages = self.packages.join(" ");
        if !succeeds(&["sh", "-c", "test $(id -u) = 0 && command -v apt-get"]) {
            bail!("`{}` fails; install {packages} (Debian's names) and try again", self.probe.join(" "));
        }
        say(&format!("-- installing {packages}"));
        run("apt-get update", "apt-get", &["update", "--quiet"], &[])?;
        let arguments = [&["install", "--yes", "--quiet", "--no-install-recommends"], self.packages].concat();
        run("apt-get install", "apt-get", &arguments, &[("DEBIAN_FRONTEND", "noninteractive")])?;
        if self.is_there() {
            Ok(())
        } else {
            bail!("`{}` still fails: {packages} may be too old", self.probe.join(" "))
        }
    }

    fn is_there(&self) -> bool {
        succeeds(self.probe)
    }
}

fn succeeds(words: &[&str]) -> bool {
    let Some((program, arguments)) = words.split_first() else { return false };
    let quiet = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    quiet.is_ok_and(|status| status.success())
}
