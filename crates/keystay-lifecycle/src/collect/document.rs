//! What was read, and what was not.

use std::collections::{BTreeMap, BTreeSet};

use keystay_posture::facts::{Document, Facts};
use serde_json::Value;
use thiserror::Error;

use crate::call::CallError;

/// Documents by their place in the catalogue.
#[derive(Debug, Default)]
pub struct Collected {
    documents: BTreeMap<Document, Result<Value, Absence>>,
}

/// Why a document is not there.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum Absence {
    /// The service did not give it.
    #[error(transparent)]
    Call(#[from] CallError),
    /// It is made from another one, which is not there.
    #[error("it needs {0}, which is not there")]
    NeedsAnother(Document),
    /// It cannot be read from here.
    #[error("{0}")]
    Unsupported(&'static str),
}

impl Absence {
    /// What the facts note about it: the service's code or HTTP status, or a word of ours.
    pub fn code(&self) -> String {
        match self {
            Self::Call(error) => match (error.status(), error.service_code()) {
                (Some(status), Some(code)) => format!("{code}, HTTP {status}"),
                (Some(status), None) => format!("HTTP {status}"),
                (None, _) => error.code().to_owned(),
            },
            Self::NeedsAnother(document) => format!("needs {document}"),
            Self::Unsupported(words) => (*words).to_owned(),
        }
    }
}

impl Collected {
    pub(super) fn put(&mut self, document: Document, outcome: Result<Value, Absence>) {
        self.documents.insert(document, outcome);
    }

    /// Each document with its content, or why it is not there.
    pub fn iter(&self) -> impl Iterator<Item = (Document, Result<&Value, &Absence>)> {
        self.documents.iter().map(|(document, outcome)| (*document, outcome.as_ref()))
    }

    /// Adds everything to what is known.
    pub fn add_to(&self, facts: &mut Facts) {
        for (document, outcome) in self.iter() {
            match outcome {
                Ok(content) => facts.add(document, content.to_string().as_bytes()),
                Err(absence) => facts.refuse(document, absence.code()),
            }
        }
    }

    /// The object id of the app registration.
    pub(super) fn app_object(&self) -> Option<String> {
        let id = self.documents.get(&Document::Application)?.as_ref().ok()?["id"].as_str()?;
        is_id(id).then(|| id.to_owned())
    }

    /// The groups that have a role, standing or not.
    pub(super) fn groups(&self) -> Option<Vec<String>> {
        let assignments = self.documents.get(&Document::RoleAssignments)?.as_ref().ok()?;
        let eligible = self.documents.get(&Document::EligibilitySchedules).and_then(|outcome| outcome.as_ref().ok());
        let all = assignments.as_array()?.iter().chain(eligible.and_then(Value::as_array).into_iter().flatten());
        let groups = all.filter(|one| one["properties"]["principalType"] == "Group");
        let ids = groups.filter_map(|one| one["properties"]["principalId"].as_str()).filter(|id| is_id(id));
        Some(ids.map(str::to_owned).collect::<BTreeSet<_>>().into_iter().collect())
    }
}

/// An object id, and nothing that could move the path of a call.
fn is_id(text: &str) -> bool {
    text.parse::<uuid::Uuid>().is_ok()
}
