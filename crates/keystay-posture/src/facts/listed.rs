//! A document that is a list, possibly read page by page.

use super::{
    Document, Missing, Node,
    bytes::{self, Top},
};

/// The entries of a document, or why there are none.
#[derive(Clone, Debug)]
pub(crate) struct Listed<T> {
    document: Document,
    entries: Result<Vec<T>, Missing>,
    next_page: Option<String>,
}

impl<T> Listed<T> {
    pub(crate) fn new(document: Document) -> Self {
        Self { document, entries: Err(Missing::NotCollected { document }), next_page: None }
    }

    /// Reads a page, after those that were read before. An entry that cannot be read makes the list unusable: a list
    /// without it would say less than the truth.
    pub(crate) fn add(&mut self, bytes: &[u8], read: impl Fn(&Node<'_>) -> Result<T, Missing>) {
        let document = self.document;
        let page = bytes::text(document, bytes).and_then(|text| match bytes::top(document, &text)? {
            Top::List { entries, next_page } => {
                let entries: Result<Vec<T>, Missing> =
                    entries.iter().map(|entry| entry.read(document, &read)).collect();
                Ok((entries?, next_page))
            }
            Top::Single(value) => Ok((vec![read(&Node::new(document, "$", &value))?], None)),
        });
        match (page, &mut self.entries) {
            (Ok((page, next_page)), Ok(entries)) => {
                entries.extend(page);
                self.next_page = next_page;
            }
            (Ok((page, next_page)), Err(Missing::NotCollected { .. })) => {
                self.entries = Ok(page);
                self.next_page = next_page;
            }
            (Ok(_), Err(_)) => {}
            (Err(missing), _) => self.entries = Err(missing),
        }
    }

    pub(crate) fn refuse(&mut self, code: String) {
        self.entries = Err(Missing::Refused { document: self.document, code });
    }

    pub(crate) fn get(&self) -> Result<&[T], Missing> {
        match (&self.entries, &self.next_page) {
            (Err(missing), _) => Err(missing.clone()),
            (Ok(_), Some(path)) => Err(Missing::Incomplete { document: self.document, path: path.clone() }),
            (Ok(entries), None) => Ok(entries),
        }
    }
}
