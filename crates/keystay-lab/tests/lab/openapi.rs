//! The description of the control API: true, guarded, and the page of the documentation made from it.

use std::{collections::BTreeSet, fmt::Write, fs, path::Path};

use keystay_lab::LabOptions;
use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::support::{Answer, Bench};

const BEGIN: &str =
    "<!-- from /lab/openapi.json; `KEYSTAY_WRITE_DOCS=1 cargo test -p keystay-lab --test lab openapi` writes it -->\n";
const END: &str = "<!-- end -->\n";

/// One request of the document.
struct Operation<'a> {
    method: Method,
    path: &'a str,
    description: &'a Value,
}

fn operations(document: &Value) -> Vec<Operation<'_>> {
    let paths = document["paths"].as_object().unwrap();
    let found = paths.iter().flat_map(|(path, item)| {
        item.as_object().unwrap().iter().map(move |(method, description)| Operation {
            method: method.to_ascii_uppercase().parse().unwrap(),
            path,
            description,
        })
    });
    found.collect()
}

async fn document(bench: &Bench) -> Value {
    bench.get(&format!("{}/lab/openapi.json", bench.lab.control_url()), "").await.body
}

/// An address of the path, with something in its places.
fn filled(bench: &Bench, path: &str) -> String {
    let path = path
        .replace("{host}", "nowhere.vault.azure.net")
        .replace("{tenant}", "nowhere.example")
        .replace("{id}", "4711")
        .replace("{name}", "n");
    let parts: Vec<_> = path
        .split('/')
        .map(|part| if part.starts_with('{') { "00000000-0000-4000-8000-00000000ffff" } else { part })
        .collect();
    format!("{}{}", bench.lab.control_url(), parts.join("/"))
}

#[tokio::test]
async fn every_described_request_has_a_door_and_no_web_page_can_come_through_it() {
    let bench = Bench::start(LabOptions::new()).await;
    let document = document(&bench).await;
    let operations = operations(&document);
    assert!(operations.len() > 30, "{}", operations.len());
    for Operation { method, path, .. } in operations {
        let url = filled(&bench, path);
        for (name, value) in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("host", "evil.example"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            let answer = bench.http.request(method.clone(), &url).header(name, value).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{method} {path} with {name}: {value}");
        }
        let answer = Answer::read(bench.http.request(method.clone(), &url).send().await.unwrap()).await;
        assert_ne!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        assert!(!answer.body.to_string().contains("no such address"), "{method} {path}: {}", answer.body);
    }
}

#[tokio::test]
async fn every_request_is_described_in_words_and_belongs_to_a_chapter() {
    let bench = Bench::start(LabOptions::new()).await;
    let document = document(&bench).await;
    assert_eq!(document["openapi"], "3.1.0");
    let tags: BTreeSet<_> =
        document["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).map(Value::to_string).collect();
    let mut names = BTreeSet::new();
    for Operation { method, path, description } in operations(&document) {
        assert!(description["summary"].as_str().is_some_and(|words| words.len() > 5), "{method} {path}");
        assert!(tags.contains(&description["tags"][0].to_string()), "{method} {path}");
        for (status, answer) in description["responses"].as_object().unwrap() {
            assert!(answer["description"].is_string(), "OpenAPI wants words: {method} {path} {status}");
        }
        names.insert(description["operationId"].to_string());
    }
    assert_eq!(names.len(), operations(&document).len(), "operation ids are names of functions in generated clients");
}

#[tokio::test]
async fn the_page_of_the_documentation_is_up_to_date() {
    let bench = Bench::start(LabOptions::new()).await;
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/lab-control.md");
    let text = fs::read_to_string(&page).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let made = format!("{before}{BEGIN}{}{END}{after}", tables(&document(&bench).await));
    if std::env::var_os("KEYSTAY_WRITE_DOCS").is_some() {
        fs::write(&page, &made).unwrap();
        return;
    }
    assert!(text == made, "docs/lab-control.md is stale; KEYSTAY_WRITE_DOCS=1 writes it");
}

/// One table per chapter.
fn tables(document: &Value) -> String {
    let mut text = String::new();
    for tag in document["tags"].as_array().unwrap() {
        let name = tag["name"].as_str().unwrap();
        writeln!(text, "\n### {}\n\n{}.\n", capital(name), tag["description"].as_str().unwrap()).unwrap();
        text += "| request | what it does | takes |\n|---|---|---|\n";
        for Operation { method, path, description } in operations(document) {
            if description["tags"][0] == name {
                let summary = description["summary"].as_str().unwrap();
                writeln!(text, "| `{method} {path}` | {summary} | {} |", takes(document, description)).unwrap();
            }
        }
    }
    text.push('\n');
    text
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

/// The fields of the query and the body; those that may be left out have a question mark.
fn takes(document: &Value, description: &Value) -> String {
    let mut fields = Vec::new();
    for parameter in description["parameters"].as_array().into_iter().flatten() {
        if parameter["in"] == "query" {
            fields.push(format!("`?{}=`", parameter["name"].as_str().unwrap()));
        }
    }
    let body = &description["requestBody"]["content"]["application/json"]["schema"];
    let schema = body["$ref"].as_str().map_or(body, |name| document.pointer(&name[1..]).unwrap());
    let required: Vec<_> = schema["required"].as_array().into_iter().flatten().collect();
    for name in schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name) {
        let mark = if required.iter().any(|one| *one == name) { "" } else { "?" };
        fields.push(format!("`{name}`{mark}"));
    }
    let choices = schema["oneOf"].as_array().into_iter().flatten();
    let choices: Vec<_> = choices.flat_map(|one| one["properties"].as_object().unwrap().keys()).collect();
    if !choices.is_empty() {
        fields.push(choices.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or "));
    }
    fields.join(", ")
}
