//! The parameter `state`: signed, so that nobody but this program can make one (RFC 6749 section 10.12).

use std::{
    fmt,
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use aws_lc_rs::{hmac, rand};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use keystay::Secret;

use crate::tenants::RecordId;

/// What a `state` is worth beyond its text: the app, the login host and the address it was made for.
#[derive(Clone, Debug)]
pub(super) struct Context {
    pub(super) app: String,
    pub(super) login_host: String,
    pub(super) redirect_uri: String,
}

/// What a genuine `state` stands for.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Opened {
    pub(super) attempt: String,
    pub(super) record: RecordId,
    /// Seconds since 1970.
    pub(super) expires: i64,
}

/// Signs and checks the parameter `state` with HMAC-SHA-256.
///
/// In memory it ends with the program, and browsers that are on their way have to begin again. In a file it serves several
/// programs that stand for one address.
pub struct StateKey(hmac::Key);

impl fmt::Debug for StateKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("StateKey")
    }
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateKeyError {
    /// The file cannot be read or made.
    #[error("the key file `{path}` cannot be used")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others may read the file.
    #[error(
        "the key file `{path}` can be read by others than its user: `chmod 600` it, or delete it and have a new one made"
    )]
    Open {
        /// The file.
        path: PathBuf,
    },
    /// The system gave no random bytes.
    #[error("the system has no randomness to give")]
    Randomness,
    /// The file holds something else.
    #[error("`{path}` is no key file: it should hold 32 bytes in base64url; delete it and have a new one made")]
    Shape {
        /// The file.
        path: PathBuf,
    },
}

impl StateKey {
    /// A new key, in memory alone.
    pub fn random() -> Result<Self, StateKeyError> {
        Ok(Self::of(&random_bytes()?))
    }

    /// The key in a file that only its user may read; the file is made when there is none. Blocks for the disk.
    pub fn from_file(path: &Path) -> Result<Self, StateKeyError> {
        let failed = |source| StateKeyError::File { path: path.to_owned(), source };
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
            Ok(mut file) => {
                let bytes = random_bytes()?;
                let text = Secret::new(BASE64_URL_SAFE_NO_PAD.encode(bytes));
                file.write_all(text.expose().as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
                return Ok(Self::of(&bytes));
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(error)),
        }
        if fs::metadata(path).map_err(failed)?.permissions().mode() & 0o077 != 0 {
            return Err(StateKeyError::Open { path: path.to_owned() });
        }
        let text = Secret::new(fs::read_to_string(path).map_err(failed)?);
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text.expose().trim()).ok().filter(|bytes| bytes.len() == 32);
        bytes.map(|bytes| Self::of(&bytes)).ok_or_else(|| StateKeyError::Shape { path: path.to_owned() })
    }

    fn of(bytes: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// The text of a `state`.
    pub(super) fn seal(&self, context: &Context, opened: &Opened) -> String {
        let mac = hmac::sign(&self.0, message(context, opened).as_bytes());
        let Opened { attempt, record, expires } = opened;
        format!("{attempt}.{}.{expires}.{}", record.0, BASE64_URL_SAFE_NO_PAD.encode(mac.as_ref()))
    }

    /// What a `state` stands for; none when this program did not make it for this purpose.
    pub(super) fn open(&self, context: &Context, state: &str) -> Option<Opened> {
        let mut parts = state.split('.');
        let (attempt, record, expires, mac) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let opened = Opened {
            attempt: attempt.to_owned(),
            record: RecordId(record.parse().ok()?),
            expires: expires.parse().ok()?,
        };
        let mac = BASE64_URL_SAFE_NO_PAD.decode(mac).ok()?;
        // compares in constant time
        hmac::verify(&self.0, message(context, &opened).as_bytes(), &mac).ok()?;
        Some(opened)
    }
}

/// No part holds a line break: addresses and ids have none, and a `state` with one does not match what was signed.
fn message(context: &Context, opened: &Opened) -> String {
    let Context { app, login_host, redirect_uri } = context;
    let Opened { attempt, record, expires } = opened;
    format!("keystay onboard state 1\n{app}\n{login_host}\n{redirect_uri}\n{attempt}\n{}\n{expires}", record.0)
}

fn random_bytes() -> Result<[u8; 32], StateKeyError> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| StateKeyError::Randomness)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context() -> Context {
        Context {
            app: "6a2f1c0e-0b6c-4d0e-9b34-51f3a5d7c0aa".into(),
            login_host: "login.microsoftonline.com".into(),
            redirect_uri: "https://onboard.example/consented".into(),
        }
    }

    fn opened() -> Opened {
        Opened { attempt: "c29tZSBhdHRlbXB0".into(), record: RecordId(7), expires: 1_800_000_000 }
    }

    #[test]
    fn a_state_opens_for_the_purpose_it_was_made_for_and_for_no_other() {
        let key = StateKey::random().unwrap();
        let state = key.seal(&context(), &opened());
        assert_eq!(key.open(&context(), &state), Some(opened()));
        let others = [
            Context { app: "other".into(), ..context() },
            Context { login_host: "login.microsoftonline.us".into(), ..context() },
            Context { redirect_uri: "https://evil.example/consented".into(), ..context() },
        ];
        for other in others {
            assert_eq!(key.open(&other, &state), None, "{other:?}");
        }
        assert_eq!(StateKey::random().unwrap().open(&context(), &state), None);
    }

    #[test]
    fn a_state_that_was_changed_in_any_byte_opens_nothing() {
        let key = StateKey::random().unwrap();
        let state = key.seal(&context(), &opened());
        for place in 0..state.len() {
            let mut changed = state.clone().into_bytes();
            changed[place] = if changed[place] == b'1' { b'2' } else { b'1' };
            let changed = String::from_utf8(changed).unwrap();
            // the last letter of base64 has bits that mean nothing; the decoder refuses those that are not zero
            assert_eq!(key.open(&context(), &changed), None, "{changed}");
        }
        for state in ["", ".", "...", &format!("{state}.x"), &state.replace('.', "\n"), "a.+7.1.x"] {
            assert_eq!(key.open(&context(), state), None, "{state:?}");
        }
    }

    #[test]
    fn a_key_file_is_made_once_for_its_user_alone_and_read_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.key");
        let state = StateKey::from_file(&path).unwrap().seal(&context(), &opened());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(StateKey::from_file(&path).unwrap().open(&context(), &state).is_some());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(StateKey::from_file(&path), Err(StateKeyError::Open { .. })));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "short").unwrap();
        assert!(matches!(StateKey::from_file(&path), Err(StateKeyError::Shape { .. })));
    }
}
