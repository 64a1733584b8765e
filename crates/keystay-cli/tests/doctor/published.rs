//! Forms against the schemas others published.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use cargo_metadata::MetadataCommand;
use serde_json::Value;

use crate::{
    Exported,
    running::said,
    variants::{VARIANTS, sample, textbook_bad},
    world::World,
};

/// A file that a crate brings along.
fn file_of(package: &str, file: &str) -> PathBuf {
    let metadata = MetadataCommand::new().manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).exec();
    let found = metadata.unwrap().packages.into_iter().find(|one| one.name.as_str() == package).unwrap();
    found.manifest_path.parent().unwrap().join(file).into()
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The three postures, one with each fault, and one with nothing known.
fn postures() -> Vec<World> {
    let spoiled = VARIANTS.iter().map(|(_, _, spoil)| {
        let mut world = World::recommended();
        spoil(&mut world);
        world
    });
    let mut nothing = World::recommended();
    nothing.documents.retain(|document, _| *document == keystay_posture::facts::Document::Vault);
    [World::recommended(), sample(), textbook_bad(), nothing].into_iter().chain(spoiled).collect()
}

fn all_valid(schema: &Value, form: &str) {
    let validator = jsonschema::validator_for(schema).unwrap();
    for world in postures() {
        let output = Exported::of(&world).doctor(&["--format", form]);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let errors: Vec<_> =
            validator.iter_errors(&report).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

#[test]
fn sarif_is_valid_by_the_schema_of_oasis() {
    let mut schema = json(&file_of("serde-sarif", "src/schema.json"));
    // as published, this pattern is no regular expression (a bracket closes nothing); reports have no language
    for definition in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][definition]["properties"]["language"];
        language.as_object_mut().unwrap().remove("pattern").unwrap();
    }
    all_valid(&schema, "sarif");
}

#[test]
fn json_is_valid_by_its_own_schema() {
    all_valid(&json(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/doctor-report.schema.json")), "json");
}

#[test]
fn junit_is_valid_by_the_schema_of_the_apache_ant_task() {
    if Command::new("xmllint").arg("--version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "xmllint is missing: apt-get install libxml2-utils");
        eprintln!("NOT TESTED: xmllint is missing (libxml2-utils)");
        return;
    }
    let schema = file_of("junit-report", "tests/JUnit.xsd");
    for world in postures() {
        let exported = Exported::of(&world);
        let file = exported.path().join("report.xml");
        exported.command(&["--format", "junit", "--output"]).arg(&file).output().unwrap();
        let output = Command::new("xmllint").arg("--noout").arg("--schema").arg(&schema).arg(&file).output().unwrap();
        assert!(output.status.success(), "{}", said(&output).1);
    }
}
