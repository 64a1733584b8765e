//! Documents in a folder: read, and kept.

use std::{collections::BTreeSet, fs, io, path::Path};

use keystay_lifecycle::collect::Collected;
use keystay_posture::facts::{Document, Facts};
use serde_json::{Value, json};

use crate::{diagnostics::Failure, printer::Printer};

/// What the documents of a folder say. A file that is not there is a document that was not collected.
pub(super) fn read(folder: &Path, printer: &mut Printer) -> Result<Facts, Failure> {
    let unreadable = |path: &Path, error: io::Error| {
        Failure::usage(format_args!("`{}` cannot be read", path.display())).because(error)
    };
    let mut facts = Facts::default();
    let mut others = BTreeSet::new();
    let mut found = 0;
    for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, error))? {
        let path = entry.map_err(|error| unreadable(folder, error))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match Document::of_file(&name) {
            Some(document) => {
                facts.add(document, &fs::read(&path).map_err(|error| unreadable(&path, error))?);
                found += 1;
            }
            None if path.extension().is_some_and(|extension| extension == "json") => {
                others.insert(name);
            }
            None => {}
        }
    }
    if found == 0 {
        return Err(Failure::usage(format_args!("`{}` has none of the documents", folder.display()))
            .hint("make them with `keystay doctor collect`"));
    }
    for name in others {
        printer.warning(format_args!("`{name}` is none of the documents: nobody reads it"));
    }
    Ok(facts)
}

/// Keeps what was read, one file for each document, so that the same can be looked at again without Azure.
pub(super) fn keep(folder: &Path, collected: &Collected) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| unwritten(folder, error))?;
    for (document, outcome) in collected.iter() {
        let content = match outcome {
            Ok(content) => content.clone(),
            Err(absence) => json!({ "error": { "code": absence.code().replace([' ', ','], "-") } }),
        };
        keep_one(folder, document, &content)?;
    }
    Ok(())
}

/// Keeps one document.
pub(super) fn keep_one(folder: &Path, document: Document, content: &Value) -> Result<(), Failure> {
    let path = folder.join(document.file_name());
    fs::write(&path, format!("{content:#}\n")).map_err(|error| unwritten(&path, error))
}

fn unwritten(path: &Path, error: io::Error) -> Failure {
    Failure::failed(format_args!("`{}` cannot be written", path.display())).because(error)
}
