//! Traces and numbers as a collector gets them.
//!
//! `cargo xtask clients` has the same judged by OpenTelemetry's own Python package; here the bytes are read with the types
//! they were written with.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, routing::post};
use keystay::SystemClock;
use keystay_broker::{Broker, Config, METRICS, Surroundings, Telemetry, TelemetrySettings};
use keystay_lab::{Lab, LabOptions};
use opentelemetry_proto::tonic::{
    collector::{metrics::v1::ExportMetricsServiceRequest, trace::v1::ExportTraceServiceRequest},
    common::v1::{KeyValue, any_value::Value},
    metrics::v1::{metric::Data, number_data_point},
    trace::v1::Span,
};
use parking_lot::Mutex;
use prost::Message;
use reqwest::StatusCode;
use serde_json::json;
use support::{GRAPH, House, SECRET};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::{layer::SubscriberExt, util::SubscriberInitExt};

const DEADLINE: Duration = Duration::from_secs(20);
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

/// Takes everything.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Taken>>);

#[derive(Default)]
struct Taken {
    traces: Vec<Bytes>,
    metrics: Vec<Bytes>,
    headers: Vec<HeaderMap>,
}

impl Collector {
    async fn start() -> (Self, SocketAddr) {
        let collector = Self::default();
        let traces = async |State(Collector(taken)): State<Collector>, headers: HeaderMap, body: Bytes| {
            let mut taken = taken.lock();
            taken.traces.push(body);
            taken.headers.push(headers);
        };
        let metrics = async |State(Collector(taken)): State<Collector>, body: Bytes| taken.lock().metrics.push(body);
        let router = Router::new()
            .route("/v1/traces", post(traces))
            .route("/v1/metrics", post(metrics))
            .with_state(collector.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        (collector, address)
    }

    fn spans(&self) -> Vec<Span> {
        let requests = self.0.lock().traces.clone();
        let requests = requests.into_iter().map(|body| ExportTraceServiceRequest::decode(body).unwrap());
        requests
            .flat_map(|request| request.resource_spans)
            .flat_map(|resource| resource.scope_spans)
            .flat_map(|scope| scope.spans)
            .collect()
    }

    /// All spans, once there are so many requests among them.
    async fn spans_of(&self, requests: usize) -> Vec<Span> {
        wait_for(|| {
            let spans = self.spans();
            (spans.iter().filter(|span| span.parent_span_id.is_empty() || is_remote(span)).count() >= requests)
                .then_some(spans)
        })
        .await
    }
}

fn is_remote(span: &Span) -> bool {
    hex(&span.parent_span_id) == PARENT
}

fn hex(bytes: &[u8]) -> String {
    let number = bytes.iter().fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
    format!("{number:0width$x}", width = bytes.len() * 2)
}

async fn wait_for<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < DEADLINE, "it never came");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A broker whose spans, and those of this test's thread, go to this address.
async fn started(
    collector: SocketAddr,
    change: impl FnOnce(&mut TelemetrySettings),
) -> (Lab, Broker, PathBuf, DefaultGuard) {
    let mut settings = TelemetrySettings::to(format!("http://{collector}").parse().unwrap()).unwrap();
    change(&mut settings);
    let telemetry = Telemetry::new(&settings, Arc::new(SystemClock)).unwrap();
    // a test runs in one thread, and so does the broker in it
    let guard = tracing_subscriber::registry().with(telemetry.layer()).set_default();
    let lab = Lab::start(LabOptions::new().with_ready_app(true)).await.unwrap();
    let folder = support::folder();
    let mut config = support::configuration(&lab, &folder);
    config["listen"]["admin"] = json!(folder.join("admin.sock"));
    let around = Surroundings { telemetry: Some(telemetry), ..support::surroundings(&lab) };
    let broker = Broker::start(&Config::read(&config).unwrap(), around).await.unwrap();
    (lab, broker, folder, guard)
}

async fn house(collector: SocketAddr, change: impl FnOnce(&mut TelemetrySettings)) -> (House, DefaultGuard) {
    let (lab, broker, folder, guard) = started(collector, change).await;
    (House { lab, broker, folder, config: json!({}) }, guard)
}

fn token_url(lab: &Lab, broker: &Broker) -> String {
    let (address, tenant) = (broker.loopback().unwrap(), lab.seed().juniper.id);
    format!("http://{address}/v1/token?identity=graph&tenant={tenant}")
}

async fn numbers(folder: &Path) -> String {
    let admin = reqwest::Client::builder().unix_socket(folder.join("admin.sock")).build().unwrap();
    admin.get("http://keystay/metrics").send().await.unwrap().text().await.unwrap()
}

impl House {
    fn ask(&self, identity: &str, tenant: &str) -> reqwest::RequestBuilder {
        let query = [("identity", identity), ("tenant", tenant), ("scope", GRAPH)];
        reqwest::Client::new().get(self.url("/v1/token")).bearer_auth(SECRET).query(&query)
    }
}

fn value(attributes: &[KeyValue], key: &str) -> Option<String> {
    match attributes.iter().find(|own| own.key == key)?.value.clone()?.value? {
        Value::StringValue(text) => Some(text),
        Value::IntValue(number) => Some(number.to_string()),
        Value::BoolValue(flag) => Some(flag.to_string()),
        other => panic!("{other:?}"),
    }
}

/// The names below a span, each as deep as it is.
fn tree(spans: &[Span], parent: &Span) -> Vec<String> {
    let mut children: Vec<_> = spans.iter().filter(|span| span.parent_span_id == parent.span_id).collect();
    children.sort_by_key(|span| span.start_time_unix_nano);
    let below = |child: &&Span| {
        let deeper = tree(spans, child).into_iter().map(|name| format!("  {name}"));
        [child.name.clone()].into_iter().chain(deeper).collect::<Vec<_>>()
    };
    children.iter().flat_map(below).collect()
}

#[tokio::test]
async fn a_requests_way_is_one_trace_and_says_whether_the_token_was_there() {
    let (collector, address) = Collector::start().await;
    let (house, _guard) = house(address, |_| {}).await;
    for _ in 0..2 {
        assert_eq!(house.ask("graph", &house.customer()).send().await.unwrap().status(), StatusCode::OK);
    }
    let stranger = house.lab.directory().create_tenant("Stranger").to_string();
    assert_eq!(house.ask("graph", &stranger).send().await.unwrap().status(), StatusCode::FORBIDDEN);
    let spans = collector.spans_of(3).await;
    let roots: Vec<_> = spans.iter().filter(|span| span.parent_span_id.is_empty()).collect();
    assert_eq!(roots.len(), 3);
    for root in &roots {
        assert_eq!((root.name.as_str(), root.kind), ("GET /v1/token", 2));
        assert_eq!(value(&root.attributes, "http.request.method").unwrap(), "GET");
        assert_eq!(value(&root.attributes, "http.route").unwrap(), "/v1/token");
        assert_eq!(value(&root.attributes, "network.transport").unwrap(), "tcp");
    }
    let [cold, cached, refused] = roots.as_slice() else { panic!() };
    assert_eq!(value(&cold.attributes, "http.response.status_code").unwrap(), "200");
    assert_eq!(
        tree(&spans, cold),
        ["decision", "  connect", "  token", "    acquire", "      assertion", "        sign", "      exchange"]
    );
    assert_eq!(tree(&spans, cached), ["decision", "  token"]);
    let below = |root: &Span, name: &str| {
        let of = |span: &&Span| span.trace_id == root.trace_id && span.name == name;
        spans.iter().find(of).unwrap().attributes.clone()
    };
    assert_eq!(value(&below(cold, "token"), "keystay.token.cached").unwrap(), "false");
    assert_eq!(value(&below(cached, "token"), "keystay.token.cached").unwrap(), "true");
    assert_eq!(value(&below(cold, "exchange"), "server.address").unwrap(), "login.microsoftonline.com");
    assert_eq!(value(&below(cold, "exchange"), "http.response.status_code").unwrap(), "200");

    let decision = below(cached, "decision");
    for (key, expected) in [
        ("keystay.door", "native"),
        ("keystay.caller", "reports"),
        ("keystay.identity", "graph"),
        ("keystay.outcome", "granted"),
    ] {
        assert_eq!(value(&decision, key).unwrap(), expected);
    }
    // from a trace to the line of the audit log
    let granted = house.events("granted");
    assert_eq!(value(&decision, "keystay.decision").unwrap(), granted[1]["id"].as_str().unwrap());

    assert_eq!(value(&refused.attributes, "http.response.status_code").unwrap(), "403");
    assert_eq!(value(&below(refused, "decision"), "error.type").unwrap(), "not-consented");
    assert_eq!(value(&below(refused, "exchange"), "error.type").unwrap(), "not-consented");

    let page = include_str!("../../../docs/broker.md");
    let keys: BTreeSet<_> = spans.iter().flat_map(|span| &span.attributes).map(|own| &own.key).collect();
    for key in keys {
        assert!(page.contains(&format!("`{key}`")), "docs/broker.md does not tell of {key}");
    }
    assert!(spans.iter().all(|span| span.events.is_empty()), "events hold words of others");
}

#[tokio::test]
async fn a_recognised_caller_continues_its_trace_and_nobody_else_does() {
    let (collector, address) = Collector::start().await;
    let (house, _guard) = house(address, |_| {}).await;
    let good = format!("00-{TRACE}-{PARENT}-01");
    let ask = || house.ask("graph", &house.customer());
    let known =
        ask().header("traceparent", &good).header("tracestate", "planted=state").header("baggage", "planted=bag");
    assert_eq!(known.send().await.unwrap().status(), StatusCode::OK);
    let stranger = ask().header("traceparent", &good).header("authorization", "");
    let stranger = stranger.send().await.unwrap();
    assert_ne!(stranger.status(), StatusCode::OK);
    let stranger = reqwest::Client::new().get(house.url("/v1/token")).bearer_auth("x".repeat(43));
    assert_eq!(stranger.header("traceparent", &good).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    for bad in [format!("00-{TRACE}-{PARENT}-01-more"), format!("cc-{TRACE}-{PARENT}-01"), "x".repeat(4096)] {
        assert_eq!(ask().header("traceparent", bad).send().await.unwrap().status(), StatusCode::OK);
    }
    let twice = ask().header("traceparent", &good).header("traceparent", &good);
    assert_eq!(twice.send().await.unwrap().status(), StatusCode::OK);

    let spans = collector.spans_of(7).await;
    let continued: Vec<_> = spans.iter().filter(|span| is_remote(span)).collect();
    assert_eq!(continued.len(), 1, "{continued:#?}");
    assert_eq!(hex(&continued[0].trace_id), TRACE);
    assert!(tree(&spans, continued[0]).contains(&"decision".to_owned()));
    assert!(spans.iter().all(|span| span.trace_state.is_empty()));
}

#[tokio::test]
async fn no_secret_and_no_text_of_a_caller_or_a_tenant_reaches_the_collector() {
    let (collector, address) = Collector::start().await;
    let (house, _guard) = house(address, |settings| {
        settings.metrics_every = Duration::from_secs(1);
        settings.headers.insert("authorization", "Bearer planted-key-of-the-collector".parse().unwrap());
    })
    .await;
    let customer = house.customer();
    let answer = house.ask("graph", &customer).header("tracestate", "planted=state").send().await.unwrap();
    let token = answer.json::<serde_json::Value>().await.unwrap()["access_token"].as_str().unwrap().to_owned();
    house.ask("planted-identity", &customer).send().await.unwrap();
    house.ask("graph", "planted-tenant.example").send().await.unwrap();
    let client = reqwest::Client::new();
    client.get(house.url(&format!("/msi/{SECRET}/graph/{customer}"))).send().await.unwrap();
    client.get(house.url("/planted-path?planted=query")).header("user-agent", "planted").send().await.unwrap();
    client.request("PLANTED".parse().unwrap(), house.url("/v1/token")).send().await.unwrap();
    client.get(house.url("/v1/token")).header("forwarded", "for=planted").send().await.unwrap();
    let wrong = format!("planted-{}", "x".repeat(43));
    client.get(house.url("/v1/token")).bearer_auth(&wrong).header("x-planted", "planted").send().await.unwrap();
    collector.spans_of(8).await;
    wait_for(|| (collector.0.lock().metrics.len() > 1).then_some(())).await;

    let sent = collector.0.lock();
    assert_eq!(sent.headers[0]["authorization"], "Bearer planted-key-of-the-collector");
    assert_eq!(sent.headers[0]["content-type"], "application/x-protobuf");
    let raw: Vec<u8> = sent.traces.iter().chain(&sent.metrics).flatten().copied().collect();
    let found = |text: &str| raw.windows(text.len()).any(|window| window == text.as_bytes());
    for planted in ["planted", "PLANTED", SECRET, &customer, &token, &token[..20], "eyJ0", "Bearer"] {
        assert!(!found(planted), "{planted} was sent");
    }
    assert!(found("_OTHER") && found("wrong-secret"), "what was to be found can be found");
}

#[tokio::test]
async fn the_collector_gets_the_numbers_prometheus_gets() {
    let (collector, address) = Collector::start().await;
    let (house, _guard) = house(address, |settings| settings.metrics_every = Duration::from_secs(1)).await;
    for _ in 0..3 {
        house.ask("graph", &house.customer()).send().await.unwrap();
    }
    let granted = wait_for(|| {
        let body = collector.0.lock().metrics.last()?.clone();
        let request = ExportMetricsServiceRequest::decode(body).unwrap();
        let resource = request.resource_metrics[0].resource.clone().unwrap();
        assert_eq!(value(&resource.attributes, "service.name").unwrap(), "keystay");
        let metrics = request.resource_metrics[0].scope_metrics[0].metrics.clone();
        assert!(metrics.iter().all(|metric| METRICS.iter().any(|own| own.name == metric.name)));
        let requests = metrics.iter().find(|metric| metric.name == "keystay_requests_total")?;
        let Some(Data::Sum(sum)) = &requests.data else { panic!("{requests:?}") };
        assert!(sum.is_monotonic && sum.aggregation_temporality == 2);
        let labels = [("caller", "reports"), ("door", "native"), ("identity", "graph"), ("outcome", "granted")];
        let point = &sum.data_points[0];
        for (label, expected) in labels {
            assert_eq!(value(&point.attributes, label).unwrap(), expected);
        }
        let lives = metrics.iter().find(|metric| metric.name == "keystay_token_remaining_seconds")?;
        let Some(Data::Histogram(histogram)) = &lives.data else { panic!("{lives:?}") };
        let observed = histogram.data_points[0].count;
        assert_eq!(histogram.data_points[0].bucket_counts.iter().sum::<u64>(), observed);
        (point.value == Some(number_data_point::Value::AsDouble(3.0)) && observed == 3).then_some(3)
    })
    .await;
    assert!(numbers(&house.folder).await.contains(&format!("outcome=\"granted\"}} {granted}")));
}

#[tokio::test]
async fn a_collector_that_is_dead_or_slow_delays_no_token_and_what_is_lost_is_counted() {
    let slow = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dead = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    for collector in [slow.local_addr().unwrap(), dead] {
        let (lab, broker, folder, _guard) = started(collector, |settings| {
            settings.metrics_every = Duration::from_secs(1);
        })
        .await;
        let (client, url) = (reqwest::Client::new(), token_url(&lab, &broker));
        let mut slowest = Duration::ZERO;
        // three spans each: more than the queue and one batch hold
        for _ in 0..1800 {
            let asked = Instant::now();
            let answer = client.get(&url).bearer_auth(SECRET).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK);
            answer.bytes().await.unwrap();
            slowest = slowest.max(asked.elapsed());
        }
        // a request to the collector takes up to ten seconds
        assert!(slowest < Duration::from_secs(3), "{slowest:?}");
        let told = numbers(&folder).await;
        let lost = |reason: &str| {
            let series = format!("keystay_telemetry_spans_lost_total{{reason=\"{reason}\"}} ");
            told.lines().find_map(|line| line.strip_prefix(&series)).unwrap().parse::<u64>().unwrap()
        };
        assert!(lost("no-room") + lost("not-taken") > 0, "{told}");
        let stopping = Instant::now();
        broker.stop().await;
        assert!(stopping.elapsed() < Duration::from_secs(8), "{:?}", stopping.elapsed());
        std::fs::remove_dir_all(folder).unwrap();
    }
}

#[tokio::test]
async fn a_broker_that_stops_sends_what_it_has() {
    let (collector, address) = Collector::start().await;
    let (lab, broker, folder, _guard) = started(address, |_| {}).await;
    reqwest::Client::new().get(token_url(&lab, &broker)).bearer_auth(SECRET).send().await.unwrap();
    broker.stop().await;
    let names: Vec<_> = collector.spans().into_iter().map(|span| span.name).collect();
    assert!(names.contains(&"GET /v1/token".to_owned()), "{names:?}");
    assert!(!collector.0.lock().metrics.is_empty());
    std::fs::remove_dir_all(folder).unwrap();
}
