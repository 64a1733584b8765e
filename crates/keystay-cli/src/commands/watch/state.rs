//! What one run leaves to the next, in a file.

use std::{fs, path::Path};

use keystay_broker::watch::Memory;
use serde::{Deserialize, Serialize};

use super::files::ReadSoFar;
use crate::diagnostics::Failure;

/// The state file.
#[derive(Default, Deserialize, Serialize)]
pub(super) struct State {
    pub(super) memory: Memory,
    pub(super) read: ReadSoFar,
}

impl State {
    /// Reads it; an empty one where there is no file yet.
    pub(super) fn load(file: Option<&Path>) -> Result<Self, Failure> {
        let Some(file) = file else { return Ok(Self::default()) };
        let wrong = |words: &str| Failure::usage(format_args!("`{}` {words}", file.display()));
        match fs::read(file) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| {
                wrong("is no state of `keystay watch`")
                    .because(error)
                    .hint("without it, alarms are told again that were told before: move it away to begin anew")
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(wrong("cannot be read").because(error)),
        }
    }

    /// Writes it beside its place and moves it there, so that a reader never sees half of it.
    pub(super) fn save(&self, file: Option<&Path>) -> Result<(), Failure> {
        let Some(file) = file else { return Ok(()) };
        let failed = |error| Failure::failed(format_args!("`{}` cannot be written", file.display())).because(error);
        let mut beside = file.as_os_str().to_owned();
        beside.push(".new");
        let text = serde_json::to_vec(self).map_err(|error| failed(error.into()))?;
        fs::write(&beside, text).and_then(|()| fs::rename(&beside, file)).map_err(failed)
    }
}
