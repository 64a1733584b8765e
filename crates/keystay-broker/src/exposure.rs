//! How long what a thief takes keeps working, for an identity behind this broker.

use keystay::Exportability;
use serde::Serialize;

use crate::identity::{Identity, Proof};

/// A level with its words. The levels: 1, the key itself can be taken; 2, the thief can have it sign; 3, tokens alone.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Exposure {
    /// None where it is not known yet.
    pub(crate) level: Option<u8>,
    pub(crate) words: &'static str,
}

const KEY: Exposure = Exposure {
    level: Some(1),
    words: "the private key can be copied from where it lies: a copy works from anywhere until its certificate ends or is \
            removed from the app",
};
const TOKENS: Exposure = Exposure {
    level: Some(3),
    words: "callers get tokens only: a stolen one works until it expires, 60 to 90 minutes. Whoever takes over the \
            broker's own user can have the key sign, which is level 2",
};
const UNKNOWN: Exposure = Exposure {
    level: None,
    words: "not known: the key was not found yet, or the vault does not tell whether it can be exported",
};

impl Exposure {
    pub(crate) fn of(identity: &Identity) -> Self {
        match &identity.settings().proof {
            Proof::PemFile(_) | Proof::PfxFile { .. } => KEY,
            Proof::FederatedIdentity(_) => TOKENS,
            _ => match identity.connected().map(|connected| connected.exportability()) {
                Some(Exportability::Exportable) => KEY,
                Some(Exportability::NonExportable) => TOKENS,
                _ => UNKNOWN,
            },
        }
    }

    /// The weakest of several: a chain is as strong as that. What is not known may be the weakest, but does not hide
    /// what is known to be weak.
    pub(crate) fn worst(several: impl Iterator<Item = Self>) -> Self {
        several
            .min_by_key(|exposure| match exposure.level {
                Some(1) => 0,
                None => 1,
                Some(level) => level,
            })
            .unwrap_or(UNKNOWN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weakest_identity_says_how_exposed_the_broker_is() {
        let worst = |several: &[Exposure]| Exposure::worst(several.iter().copied());
        assert_eq!(worst(&[TOKENS, UNKNOWN, KEY]), KEY);
        assert_eq!(worst(&[TOKENS, UNKNOWN]), UNKNOWN);
        assert_eq!(worst(&[TOKENS]), TOKENS);
        assert_eq!(worst(&[]), UNKNOWN);
    }
}
