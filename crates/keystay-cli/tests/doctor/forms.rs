//! What each form looks like, to the letter. `KEYSTAY_BLESS=1` writes them anew.

use std::{fs, path::Path};

use crate::{
    Exported,
    running::said,
    variants::{sample, textbook_bad},
    world::World,
};

const FORMS: [(&str, &str); 7] = [
    ("text", "txt"),
    ("json", "json"),
    ("sarif", "sarif"),
    ("junit", "xml"),
    ("csv", "csv"),
    ("markdown", "md"),
    ("html", "html"),
];

#[test]
fn every_form_of_every_posture_is_as_it_was() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/doctor/golden");
    let mut different = Vec::new();
    for (name, world) in [("recommended", World::recommended()), ("sample", sample()), ("textbook-bad", textbook_bad())]
    {
        let exported = Exported::of(&world);
        for (form, extension) in FORMS {
            let output = exported.doctor(&["--format", form]);
            let found = lasting(&said(&output).0);
            let path = folder.join(format!("{name}.{extension}"));
            if std::env::var_os("KEYSTAY_BLESS").is_some() {
                fs::create_dir_all(&folder).unwrap();
                fs::write(&path, &found).unwrap();
            } else if fs::read_to_string(&path).unwrap_or_default() != found {
                let actual = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("doctor-{name}.{extension}"));
                fs::write(&actual, &found).unwrap();
                different.push(actual);
            }
        }
    }
    assert!(different.is_empty(), "compare {different:?} with tests/doctor/golden");
}

/// Certificates are made anew in every run: their thumbprints are no part of how a report looks.
fn lasting(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    for letter in text.chars().chain(['\n']) {
        if letter.is_ascii_hexdigit() {
            word.push(letter);
            continue;
        }
        out.push_str(if word.len() == 40 { "THUMBPRINT" } else { &word });
        word.clear();
        out.push(letter);
    }
    out.pop();
    out
}

#[test]
fn colours_are_for_terminals_and_a_file_has_none() {
    let exported = Exported::of(&textbook_bad());
    let file = exported.path().join("report.txt");
    let output = exported.command(&["--output"]).arg(&file).output().unwrap();
    assert!(said(&output).0.is_empty());
    assert!(said(&output).1.contains("a theft today lasts"), "{}", said(&output).1);
    assert!(!fs::read_to_string(file).unwrap().contains('\u{1b}'));
}
