//! What a check is, and the notes it takes.

use std::{collections::HashSet, hash::Hash};

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    exposure::Setup,
    facts::{Document, Missing, Names, Place},
    finding::{Finding, Observation, Severity, Source, State},
};

use super::{Posture, posture::setting};

/// One thing that should be true.
pub struct Check {
    /// Stable, as `KS001`.
    pub id: &'static str,
    /// For people and files, as `key-not-exportable`. Stable too.
    pub slug: &'static str,
    /// What should be true.
    pub title: &'static str,
    /// How much it matters if it is not.
    pub severity: Severity,
    /// What the finding is about.
    pub about: Subject,
    /// Why it matters for this credential.
    pub why: &'static str,
    /// What the repair may break.
    pub may_break: &'static str,
    /// The ids under which others ask the same.
    pub sources: &'static [Source],
    /// Documents without which the check is unknown, unless something is wrong already.
    pub needs: &'static [Document],
    /// Documents that are read only where another says that they matter.
    pub also_reads: &'static [Document],
    pub(crate) look: fn(&Posture<'_>, &mut Notes),
    pub(crate) repair: Option<fn(&Posture<'_>, &mut Setup)>,
}

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The one key.
    Key,
    /// The vault.
    Vault,
    /// The app registration.
    App,
    /// The app's home tenant.
    Tenant,
    /// The host that signs.
    Host,
}

impl Subject {
    /// The name by which the accept file means it.
    pub fn resource(self, names: &Names) -> String {
        let vault = names.vault_id.as_deref().or(names.vault.as_deref()).unwrap_or("unknown vault");
        let app = names.app.as_deref().unwrap_or("unknown");
        match self {
            Self::Vault => vault.to_owned(),
            Self::Key => format!("{vault}/keys/{}", names.certificate.as_deref().unwrap_or("unknown")),
            Self::App => format!("app:{app}"),
            Self::Tenant => format!("home-tenant-of:{app}"),
            Self::Host => names.host.clone().unwrap_or_else(|| "unknown host".to_owned()),
        }
    }
}

impl Check {
    /// How the exposure changes when this is repaired and nothing else. Most checks are not about time.
    pub(crate) fn repair(&self, posture: &Posture<'_>, setup: &mut Setup) {
        if let Some(repair) = self.repair {
            repair(posture, setup);
        }
    }

    /// Looks, and says what was found.
    pub(crate) fn run(&self, posture: &Posture<'_>) -> Finding {
        let mut notes = Notes::default();
        match posture.without_vault_key().filter(|_| matches!(self.about, Subject::Key | Subject::Vault)) {
            Some(credential) => {
                notes.saw(&setting("credential"), format!("the app is proven by {}", credential.words()));
                notes.nothing_here();
            }
            None => (self.look)(posture, &mut notes),
        }
        let state = notes.state();
        let Notes { mut faults, seen, mut missing, mut fix, .. } = notes;
        faults.extend(seen);
        dedup(&mut missing);
        dedup(&mut fix);
        let failed = state == State::Fail;
        Finding {
            id: self.id,
            slug: self.slug,
            title: self.title,
            state,
            severity: self.severity,
            resource: self.about.resource(posture.names),
            seen: faults,
            missing,
            why: self.why,
            fix: if failed { fix } else { Vec::new() },
            may_break: if failed { self.may_break } else { "" },
            effect: None,
            sources: self.sources,
            acceptance: None,
        }
    }
}

/// Keeps the first of equal ones, in order.
fn dedup<T: Clone + Eq + Hash>(all: &mut Vec<T>) {
    let mut met = HashSet::new();
    all.retain(|one| met.insert(one.clone()));
}

/// What a check notes while it looks.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    faults: Vec<Observation>,
    seen: Vec<Observation>,
    missing: Vec<Missing>,
    fix: Vec<String>,
    nothing_here: bool,
}

impl Notes {
    /// Takes a fact; one that is missing is noted.
    pub(crate) fn know<T>(&mut self, fact: Result<T, Missing>) -> Option<T> {
        match fact {
            Ok(fact) => Some(fact),
            Err(missing) => {
                self.lack(missing);
                None
            }
        }
    }

    pub(crate) fn lack(&mut self, missing: Missing) {
        self.missing.push(missing);
    }

    pub(crate) fn lack_all(&mut self, missing: &[Missing]) {
        self.missing.extend_from_slice(missing);
    }

    /// Something is in order, or explains what is not.
    pub(crate) fn saw(&mut self, place: &Place, value: impl Into<String>) {
        // of ten thousand entries in order, some are enough
        if self.seen.len() < MANY {
            self.seen.push(Observation::new(place, value));
        }
    }

    /// Something is wrong.
    pub(crate) fn fault(&mut self, place: &Place, value: impl Into<String>) {
        self.faults.push(Observation::new(place, value));
    }

    /// In order or wrong.
    pub(crate) fn judge(&mut self, fine: bool, place: &Place, value: impl Into<String>) {
        if fine { self.saw(place, value) } else { self.fault(place, value) }
    }

    /// A command that repairs what is wrong.
    pub(crate) fn fix(&mut self, command: impl Into<String>) {
        self.fix.push(command.into());
    }

    /// There is nothing that the check could be about.
    pub(crate) fn nothing_here(&mut self) {
        self.nothing_here = true;
    }

    /// Whether nothing was missing so far.
    pub(crate) fn knows_all(&self) -> bool {
        self.missing.is_empty()
    }

    pub(crate) fn has_fault(&self) -> bool {
        !self.faults.is_empty()
    }

    fn state(&self) -> State {
        match (self.faults.is_empty(), self.missing.is_empty(), self.nothing_here) {
            (false, _, _) => State::Fail,
            (true, false, _) => State::Unknown,
            (true, true, true) => State::NotApplicable,
            (true, true, false) => State::Pass,
        }
    }
}

const MANY: usize = 50;

/// A moment for people.
pub(super) fn told(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_else(|_| at.to_string())
}

macro_rules! sources {
    ($($catalogue:ident $id:literal),* $(,)?) => {
        &[$($crate::finding::Source { catalogue: $crate::finding::Catalogue::$catalogue, id: $id }),*]
    };
}
pub(super) use sources;
