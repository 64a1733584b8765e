//! The `openssl` program as the judge of what comes out of a vault, and as the maker of what goes in.

use std::{path::PathBuf, process::Command};

use crate::ids::passing_id;

/// A directory to run `openssl` in, gone with the value.
pub(super) struct OpensslFiles(PathBuf);

impl OpensslFiles {
    /// None where openssl is not installed: then nothing is tested, and the output says so; in CI that is a failure.
    pub(super) fn new() -> Option<Self> {
        if let Err(error) = Command::new("openssl").arg("version").output() {
            assert!(std::env::var_os("CI").is_none(), "openssl cannot be run: {error}");
            eprintln!("NOT TESTED: openssl cannot be run ({error})");
            return None;
        }
        let directory = std::env::temp_dir().join(format!("keystay-lab-{}", passing_id()));
        std::fs::create_dir(&directory).unwrap();
        Some(Self(directory))
    }

    /// Runs it with arguments separated by spaces, and returns what it said.
    pub(super) fn run(&self, arguments: &str) -> String {
        let output = Command::new("openssl").current_dir(&self.0).args(arguments.split_whitespace()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "openssl {arguments}: {said}");
        said
    }

    pub(super) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.0.join(name)).unwrap()
    }

    pub(super) fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.0.join(name), bytes).unwrap();
    }
}

impl Drop for OpensslFiles {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
