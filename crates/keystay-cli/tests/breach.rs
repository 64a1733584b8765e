//! `keystay breach`, by the real binary, against a lab: the cut planned, done, done again, and with the vault out of reach;
//! and the drill.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod vendor;

use std::process::Command;

use keystay_lab::{Fault, FaultAction, Kind};
use serde_json::{Value, json};
use vendor::{Vendor, err, out, run};

impl Vendor {
    fn cut(&self, arguments: &[&str]) -> Command {
        let mut command = self.keystay(&["breach", "cut"]);
        command.args(["--identity", &self.lab.seed().host_identity.object_id.to_string()]).args(arguments);
        command
    }

    /// Whether the app still gets a token in a customer's tenant, from its own host.
    async fn gets_a_token(&self) -> bool {
        let seed = self.lab.seed();
        let mut command = Command::new(env!("CARGO_BIN_EXE_keystay"));
        command
            .current_dir(self.folder.path())
            .envs(self.lab.environment())
            .args(["token", "--tenant", &seed.juniper.id.to_string(), "--output", "json"])
            .args(["--client-id", &seed.ready_app.unwrap().to_string()])
            .args(["--vault", &format!("https://{}", seed.vault_host), "--certificate", "harbor-signer"])
            .args(["--vault-credential", "managed-identity"]);
        run(command).await.status.success()
    }

    /// Puts two customers on record; one of them declined.
    async fn know_customers(&self) {
        let text = json!([
            { "customer": "Juniper", "tenant": self.lab.seed().juniper.id, "state": "verified" },
            { "customer": "Marlow", "expected": self.lab.seed().marlow.id, "state": "declined" },
        ]);
        std::fs::write(self.folder.path().join("customers.json"), text.to_string()).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_keystay"));
        command.current_dir(self.folder.path()).args(["tenants", "import", "customers.json"]);
        let imported = run(command).await;
        assert!(imported.status.success(), "{}", err(&imported));
    }

    fn certificates(&self) -> usize {
        self.lab.directory().application(self.lab.seed().ready_app.unwrap()).unwrap().key_credentials.len()
    }

    fn record(&self) -> Value {
        serde_json::from_slice(&std::fs::read(self.folder.path().join("breach-cut.json")).unwrap()).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_tells_what_it_would_do_and_whom_to_tell_and_only_reads() {
    let vendor = Vendor::new().await;
    vendor.know_customers().await;
    let before = vendor.certificates();
    assert!(before > 0 && vendor.gets_a_token().await);
    vendor.lab.journal().clear();
    let told = run(vendor.cut(&[])).await;
    assert!(told.status.success(), "{}", err(&told));
    let asked = vendor.lab.journal().entries();
    assert!(asked.iter().any(|one| one.host == "graph.microsoft.com"), "{asked:#?}");
    for request in asked.iter().filter(|one| one.kind != Kind::Token) {
        assert_eq!(request.method, "GET", "{request:#?}");
    }
    let words = out(&told);
    let places: Vec<usize> = ["remove the certificates", "of the signing key", "disable version", "remove the role"]
        .map(|step| words.find(step).unwrap_or_else(|| panic!("{step}: {words}")))
        .to_vec();
    assert!(places.is_sorted(), "{words}");
    assert!(words.contains("the last token dies") && words.contains("(in 1 h 35 min)"), "{words}");
    assert!(words.contains("Juniper") && !words.contains("Marlow"), "{words}");
    assert!(words.contains("accountEnabled=false"), "{words}");
    assert!(err(&told).contains("nothing was changed; add --yes"), "{}", err(&told));
    assert!(!vendor.folder.path().join("breach-cut.json").exists());
    assert_eq!(vendor.certificates(), before);
    assert!(vendor.gets_a_token().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_ends_the_breach_and_a_second_run_does_nothing() {
    let vendor = Vendor::new().await;
    vendor.know_customers().await;
    let before = vendor.certificates();
    assert!(vendor.gets_a_token().await);
    let done = run(vendor.cut(&["--close-network", "--yes", "--json"])).await;
    assert!(done.status.success(), "{}", err(&done));
    let said: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(said["done"], true, "{said:#}");
    assert_eq!((&said["left"], &said["unseen"]), (&json!([]), &json!([])), "{said:#}");
    assert_eq!(said["tell"][0]["customer"], "Juniper", "{said:#}");
    assert_eq!(said["tell"].as_array().unwrap().len(), 1, "{said:#}");
    assert_eq!(vendor.certificates(), 0);
    assert!(!vendor.gets_a_token().await);
    let record = vendor.record();
    assert_eq!(record["saved"]["certificates"].as_array().unwrap().len(), before, "{record:#}");

    vendor.lab.journal().clear();
    let again = run(vendor.cut(&["--close-network", "--yes"])).await;
    assert!(again.status.success(), "the vault it closed itself is not missed: {}", err(&again));
    assert!(err(&again).contains("nothing to do"), "{}", err(&again));
    let asked = vendor.lab.journal().entries();
    assert!(asked.iter().all(|one| one.method == "GET" || one.kind == Kind::Token), "{asked:#?}");
    assert_eq!(vendor.record()["last_token_dies"], record["last_token_dies"], "counted from the first cut");
    for output in [&done, &again] {
        assert!(!out(output).contains("eyJ") && !err(output).contains("eyJ"), "a token is shown");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_vault_out_of_reach_it_takes_the_credentials_says_what_is_left_and_does_it_when_run_again() {
    let vendor = Vendor::new().await;
    vendor.lab.faults().add(Fault::new(FaultAction::Reset).on_host("vault.azure.net"));
    let done = run(vendor.cut(&["--yes"])).await;
    let (words, warned) = (out(&done), err(&done));
    assert_eq!(done.status.code(), Some(1), "{warned}");
    assert_eq!(vendor.certificates(), 0, "{warned}");
    assert!(warned.contains("of unknown origin") && !warned.contains("no version of the signing"), "{warned}");
    assert!(warned.contains("the cut is not complete") && warned.contains("run it again"), "{warned}");
    assert!(warned.contains("whom to tell is not known"), "{warned}");
    assert!(words.contains("the last token dies"), "{words}");

    vendor.lab.faults().clear();
    let again = run(vendor.cut(&["--yes"])).await;
    assert!(again.status.success(), "{}", err(&again));
    assert!(err(&again).contains("disable version"), "{}", err(&again));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_fails_is_named_with_its_reason_and_stops_no_other() {
    let vendor = Vendor::new().await;
    vendor.lab.faults().add(Fault::status(403).on_host("management.azure.com").on_path("roleAssignments/"));
    let done = run(vendor.cut(&["--yes", "--disable-app"])).await;
    let warned = err(&done);
    assert_eq!(done.status.code(), Some(1), "{warned}");
    assert!(warned.contains("cause: remove the role"), "{warned}");
    let app = vendor.lab.directory().application(vendor.lab.seed().ready_app.unwrap()).unwrap();
    assert!(app.key_credentials.is_empty() && app.disabled, "the steps after it were done: {warned}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drill_measures_what_the_model_says() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keystay"));
    command.args(["breach", "drill", "--json"]);
    let drilled = run(command).await;
    assert!(drilled.status.success(), "{}", err(&drilled));
    let said: Value = serde_json::from_slice(&drilled.stdout).unwrap();
    for (name, seconds) in [("assertion", 300), ("last_token", 5700)] {
        let figure = &said["after_the_cut"][name];
        assert_eq!(figure["modelled_seconds"], seconds, "{said:#}");
        assert!(figure["measured_seconds"].as_u64().unwrap().abs_diff(seconds) <= 15, "{said:#}");
    }
    assert!(said["cut_milliseconds"].as_u64().unwrap() > 0, "{said:#}");
    assert!(!out(&drilled).contains("eyJ"), "a token is shown");
}
