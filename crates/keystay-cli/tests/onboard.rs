//! `keystay onboard` and `keystay tenants`, against a lab that is Azure for them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(unix)]

mod running;

use std::{
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use keystay_lab::{Fault, Lab, LabOptions};
use reqwest::{StatusCode, header, redirect};
use running::{keystay, said};
use serde_json::{Value, json};

const ROLE: &str = "User.ReadBasic.All";

/// A folder with a database, and the ready app of a lab.
struct House {
    lab: Lab,
    folder: PathBuf,
}

impl House {
    async fn start(name: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("onboard-{name}"));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        Self { lab: Lab::start(LabOptions::new().with_ready_app(true)).await.unwrap(), folder }
    }

    /// The command in this house, for the lab's ready app.
    fn command(&self, arguments: &[&str]) -> Command {
        let seed = self.lab.seed();
        let mut command = keystay(arguments);
        command
            .current_dir(&self.folder)
            .envs(self.lab.environment())
            .env("KEYSTAY_CLIENT_ID", seed.ready_app.unwrap().to_string())
            .env("KEYSTAY_KEY_VAULT", format!("https://{}", seed.vault_host))
            .env("KEYSTAY_KEY_CERTIFICATE", "harbor-signer")
            .env("KEYSTAY_VAULT_CREDENTIAL", "managed-identity");
        command
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let output = self.command(arguments).output().unwrap();
        let (out, words) = said(&output);
        (output.status.code(), out, words)
    }

    /// What a command that succeeds prints as an object.
    fn json(&self, arguments: &[&str]) -> Value {
        let (code, out, words) = self.run(arguments);
        assert_eq!(code, Some(0), "{words}");
        serde_json::from_str(&out).unwrap()
    }
}

/// A running `onboard serve`.
struct Serving {
    child: Child,
    said: Value,
}

impl Serving {
    fn start(house: &House, more: &[&str]) -> Self {
        let serve =
            ["onboard", "serve", "--listen", "127.0.0.1:0", "--json", "--require", ROLE, "--app-name", "Harbor"];
        let mut child = house.command(&[&serve[..], more].concat()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, said: serde_json::from_str(&line).unwrap() }
    }

    fn end(mut self) -> Option<i32> {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_comes_in_by_the_link_and_is_on_the_list() {
    let house = House::start("flow").await;
    let juniper = house.lab.seed().juniper.clone();
    house.lab.directory().revoke_consent(house.lab.seed().ready_app.unwrap(), juniper.id).unwrap();
    let serving = Serving::start(&house, &[]);
    let origin = serving.said["public_url"].as_str().unwrap();
    assert_eq!(serving.said["redirect_uri"], format!("{origin}/consented"));
    let link = house.json(&[
        "onboard",
        "link",
        "--customer",
        "Juniper",
        "--tenant",
        juniper.domain,
        "--public-url",
        origin,
        "--json",
    ]);
    let link = link["url"].as_str().unwrap();

    let ca = reqwest::Certificate::from_pem(house.lab.ca_pem().as_bytes()).unwrap();
    let browser = reqwest::Client::builder()
        .proxy(reqwest::Proxy::https(house.lab.proxy_url()).unwrap())
        .tls_certs_only([ca])
        .redirect(redirect::Policy::none())
        .build()
        .unwrap();
    assert!(browser.get(link).send().await.unwrap().text().await.unwrap().contains("Connect Juniper to Harbor"));
    let begun = browser.post(link).send().await.unwrap();
    let cookie = begun.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let page = begun.headers()[header::LOCATION].to_str().unwrap();
    let form = [("decision", "accept"), ("username", &*juniper.admin), ("password", juniper.password)];
    let decided = browser.post(page).form(&form).send().await.unwrap();
    let back = decided.headers()[header::LOCATION].to_str().unwrap();
    let back = browser.get(back).header(header::COOKIE, &cookie).send().await.unwrap();
    assert_eq!(back.status(), StatusCode::SEE_OTHER);
    let done = format!("{origin}{}", back.headers()[header::LOCATION].to_str().unwrap());
    let mut text = String::new();
    for _ in 0..200 {
        text = browser.get(&done).header(header::COOKIE, &cookie).send().await.unwrap().text().await.unwrap();
        if !text.contains("http-equiv") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(text.contains("Juniper is connected to Harbor"), "{text}");

    let list = house.json(&["tenants", "list", "--state", "verified", "--json"]);
    assert_eq!((&list[0]["customer"], &list[0]["tenant"]), (&json!("Juniper"), &json!(juniper.id)));
    let (_, out, words) = house.run(&["tenants", "list"]);
    assert!(out.contains("verified       Juniper") && words.trim() == "1 verified", "{out}{words}");
    let (_, out, _) = house.run(&["tenants", "show", juniper.domain]);
    assert!(out.contains("History") && out.contains("has every permission"), "{out}");
    assert_eq!(serving.end(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recheck_of_hundreds_tells_who_has_to_act_by_words_and_exit_code() {
    let house = House::start("recheck").await;
    let (directory, app) = (house.lab.directory(), house.lab.seed().ready_app.unwrap());
    let tenants = directory.create_tenants(300);
    let mut csv = "customer,tenant,state\n".to_owned();
    for (number, tenant) in tenants.iter().enumerate() {
        directory.consent(app, *tenant).unwrap();
        csv = format!("{csv}c{number},{tenant},verified\n");
    }
    let mut import = house.command(&["tenants", "import", "--format", "csv", "-", "--json"]);
    let mut import = import.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    import.stdin.take().unwrap().write_all(csv.as_bytes()).unwrap();
    let done: Value = serde_json::from_slice(&import.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(done, json!({ "added": 300, "changed": 0, "unchanged": 0 }));

    let recheck = ["tenants", "recheck", "--require", ROLE];
    let (code, out, words) = house.run(&recheck);
    assert_eq!((code, out.as_str()), (Some(0), ""), "{words}");
    assert!(words.contains("300 tenants were asked, 0 changed") && words.contains("now: 300 verified"), "{words}");

    directory.revoke_consent(app, tenants[7]).unwrap();
    let (code, out, words) = house.run(&recheck);
    assert_eq!(code, Some(3), "{words}");
    assert!(out.starts_with(&format!("verified -> gone  `c7` {}: ", tenants[7])) && out.contains("AADSTS"), "{out}");
    assert_eq!(out.lines().count(), 1, "{out}");

    let rest = [&recheck[..], &["--state", "verified", "--json"]].concat();
    house.lab.faults().add(Fault::aadsts(7_000_215).on_path(format!("/{}/", tenants[9])));
    let (code, out, _) = house.run(&rest);
    let found: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &found["looked"], &found["failed"]), (Some(1), &json!(299), &json!({ "configuration": 1 })));
    assert_eq!(house.json(&["tenants", "list", "--not-checked-for", "1h", "--json"]), json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_is_said_before_anybody_is_asked() {
    let house = House::start("wrong").await;
    for (arguments, expected) in [
        (&["tenants", "list"][..], "there is no tenants database `tenants.db`"),
        (&["tenants", "recheck", "--require", ROLE], "there is no tenants database"),
        (&["tenants", "recheck"], "--require <ROLE>"),
        (
            &["tenants", "list", "--state", "sleepy"],
            "[possible values: invited, consented, verified, declined, missing-roles, gone]",
        ),
        (
            &["onboard", "link", "--customer", "x", "--public-url", "http://example.com"],
            "Entra sends browsers to https only",
        ),
        (&["onboard", "link", "--customer", "x", "--tenant", "common"], "stands for many tenants"),
        (&["onboard", "link", "--customer", " "], "it is empty"),
        (&["onboard", "serve", "--require", "not a role"], "no name of an application permission"),
        (&["onboard", "serve", "--require", ROLE, "--listen", "0.0.0.0:0"], "can be reached by other computers"),
        (&["tenants", "import", "customers"], "does not say whether it is JSON or CSV"),
    ] {
        let (code, out, words) = house.run(arguments);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{arguments:?}: {words}");
        assert!(words.contains(expected), "{arguments:?}: {words}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_record_is_exported_imported_elsewhere_and_forgotten_on_request() {
    let house = House::start("documents").await;
    let tenant = house.lab.seed().marlow.id.to_string();
    for (customer, more) in [("Marlow, Ltd", &["--tenant", &*tenant][..]), ("Nobody", &[])] {
        house.json(&[&["onboard", "link", "--json", "--customer", customer][..], more].concat());
    }
    for format in ["json", "csv"] {
        let (code, out, words) = house.run(&["tenants", "export", "--format", format]);
        assert_eq!(code, Some(0), "{words}");
        let (file, other) = (format!("export.{format}"), format!("{format}.db"));
        std::fs::write(house.folder.join(&file), &out).unwrap();
        assert_eq!(house.json(&["tenants", "import", &file, "--tenants", &other, "--json"])["added"], 2);
        let show = house.json(&["tenants", "show", "Marlow, Ltd", "--tenants", &other, "--json"]);
        assert_eq!(show["expected"], tenant.as_str());
    }
    let (code, _, words) = house.run(&["tenants", "forget", "Nobody"]);
    assert!(code == Some(0) && words.contains("would remove `Nobody`") && words.contains("--yes"), "{words}");
    assert_eq!(house.json(&["tenants", "list", "--json"]).as_array().unwrap().len(), 2);
    assert_eq!(house.run(&["tenants", "forget", "Nobody", "--yes"]).0, Some(0));
    let (code, _, words) = house.run(&["tenants", "show", "Nobody"]);
    assert!(code == Some(2) && words.contains("no customer and no tenant `Nobody`"), "{words}");
    let (code, _, words) = house.run(&["tenants", "confirm", "Marlow, Ltd"]);
    assert!(code == Some(2) && words.contains("nobody came back"), "{words}");
}
