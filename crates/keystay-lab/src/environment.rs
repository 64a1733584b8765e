//! What a program needs to know to meet the lab instead of Azure: environment variables and a CA file.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::{error::LabError, ids::passing_id, managed_identity::ManagedIdentitySource};

const FILE_NAME: &str = "keystay-lab-ca.pem";

/// The CA certificate in a file of its own; gone when dropped.
#[derive(Debug)]
pub(crate) struct CaFile {
    path: PathBuf,
    /// The private directory, when it was made for this file.
    own_dir: Option<PathBuf>,
}

impl CaFile {
    /// Writes the file into `dir`, or into a new directory that only this user can enter.
    pub(crate) fn write(dir: Option<&Path>, pem: &str) -> Result<Self, LabError> {
        let (dir, own_dir) = if let Some(dir) = dir {
            (dir.to_owned(), None)
        } else {
            let dir = std::env::temp_dir().join(format!("keystay-lab-{}", passing_id().simple()));
            create_private_dir(&dir).map_err(|source| LabError::CaFile { path: dir.clone(), source })?;
            (dir.clone(), Some(dir))
        };
        let path = dir.join(FILE_NAME);
        // From here on a failure takes the directory with it.
        let file = Self { path, own_dir };
        match write_private(&file.path, pem) {
            Ok(()) => Ok(file),
            Err(source) => Err(LabError::CaFile { path: file.path.clone(), source }),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for CaFile {
    fn drop(&mut self) {
        // Nothing can be done about a file that somebody else removed.
        let _ = fs::remove_file(&self.path);
        if let Some(dir) = &self.own_dir {
            let _ = fs::remove_dir(dir);
        }
    }
}

fn create_private_dir(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    // A left-over of a lab that was killed is replaced, never written through: it may be a link by now.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

/// The variables for programs in any language.
pub(crate) fn variables(
    port: u16,
    ca: &Path,
    source: ManagedIdentitySource,
    identity_secret: &str,
) -> Vec<(String, String)> {
    let lab = format!("http://127.0.0.1:{port}");
    let ca = ca.display().to_string();
    let pairs = [
        ("HTTPS_PROXY", lab.as_str()),
        ("https_proxy", &lab),
        ("NO_PROXY", "127.0.0.1,localhost"),
        ("no_proxy", "127.0.0.1,localhost"),
        // Rust, Go, .NET, OpenSSL
        ("SSL_CERT_FILE", &ca),
        // Python requests
        ("REQUESTS_CA_BUNDLE", &ca),
        ("CURL_CA_BUNDLE", &ca),
        ("NODE_EXTRA_CA_CERTS", &ca),
        ("NODE_USE_ENV_PROXY", "1"),
        ("KEYSTAY_LAB", &lab),
    ];
    let everywhere = pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let identity = source.variables(&lab, identity_secret).into_iter().map(|(name, value)| (name.to_owned(), value));
    everywhere.chain(identity).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn the_ca_file_is_private_and_goes_with_its_owner() {
        use std::os::unix::fs::PermissionsExt;
        let file = CaFile::write(None, "pem").unwrap();
        let path = file.path().to_owned();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        drop(file);
        assert!(!path.parent().unwrap().exists());
    }
}
