//! Following a pin file, and saying so.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tokio::task::AbortHandle;
use uuid::Uuid;

use super::PinnedKey;
use crate::{client::Client, clock::Clock};

/// How often the file is looked at.
const EVERY: Duration = Duration::from_secs(2);
/// How often a follower says that it is there, in looks.
const CONFIRM_EVERY: u32 = 30;

/// Follows a pin until it is dropped.
#[derive(Debug)]
pub struct Following {
    task: AbortHandle,
    confirmation: PathBuf,
}

impl Drop for Following {
    fn drop(&mut self) {
        self.task.abort();
        // one that follows no more must not be waited for
        let _ = std::fs::remove_file(&self.confirmation);
    }
}

/// What a follower says in `{pin file}.d`: which generation it signs with.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Confirmation {
    /// Who: host and process.
    pub instance: String,
    /// Which generation it signs with.
    pub generation: u64,
    /// When it said so.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

impl Confirmation {
    /// Where the followers of a pin file say what they sign with. They do where the directory exists.
    pub fn directory(pin: &Path) -> PathBuf {
        let mut name = pin.as_os_str().to_owned();
        name.push(".d");
        name.into()
    }

    /// What all followers of a pin file have said; nothing where the directory is missing.
    pub fn read_all(pin: &Path) -> io::Result<Vec<Self>> {
        let entries = match std::fs::read_dir(Self::directory(pin)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut said = Vec::new();
        for entry in entries {
            let path = entry?.path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            // one that is just being replaced, or of a follower that ended in between
            if let Ok(text) = std::fs::read(&path)
                && let Ok(confirmation) = serde_json::from_slice(&text)
            {
                said.push(confirmation);
            }
        }
        Ok(said)
    }

    /// Says it, if anybody wants to know.
    fn write(&self, path: &Path) -> io::Result<()> {
        if !path.parent().is_some_and(Path::is_dir) {
            return Ok(());
        }
        let whole = path.with_extension("new");
        std::fs::write(&whole, serde_json::to_vec(self).unwrap_or_default())?;
        std::fs::rename(&whole, path)
    }
}

pub(super) fn start(pinned: PinnedKey, client: Client, clock: Arc<dyn Clock>) -> Following {
    let instance = format!("{}-{}-{}", host(), std::process::id(), &Uuid::new_v4().simple().to_string()[..8]);
    let confirmation = Confirmation::directory(pinned.path()).join(format!("{instance}.json"));
    let file = confirmation.clone();
    let task = tokio::spawn(async move {
        let mut until_next = 0;
        let mut last_failure = None;
        loop {
            match pinned.take(&client).await {
                Ok(changed) => {
                    last_failure = None;
                    if changed {
                        until_next = 0;
                    }
                }
                Err(error) => {
                    let words = error.to_string();
                    if last_failure.as_ref() != Some(&words) {
                        tracing::warn!(path = %pinned.path().display(), error = words, "the pin was not taken; the version in use goes on signing");
                        last_failure = Some(words);
                    }
                }
            }
            if until_next == 0 {
                let (instance, generation) = (instance.clone(), pinned.pin().generation);
                let said = Confirmation { instance, generation, at: clock.now().into() };
                if let Err(error) = said.write(&file) {
                    tracing::warn!(path = %file.display(), %error, "cannot say which version signs");
                }
                until_next = CONFIRM_EVERY;
            }
            until_next -= 1;
            clock.sleep(EVERY).await;
        }
    });
    Following { task: task.abort_handle(), confirmation }
}

fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let plain: String = name.trim().chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(60).collect();
    if plain.is_empty() { "host".to_owned() } else { plain }
}
