//! Azure is down, or says it is asked too much. `keystay serve --lab` lives by the lab's clock, which is moved here.

use std::{
    path::Path,
    sync::atomic::Ordering,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};

use crate::{
    load::{Answer, Load, Question},
    running::Broker,
    until,
};

/// The broker, its lab and a caller.
struct House {
    broker: Broker,
    control: reqwest::Client,
    question: Question,
    tenants: Vec<String>,
}

impl House {
    async fn start() -> Self {
        let broker = Broker::start(&[]);
        let control = reqwest::Client::builder().no_proxy().build().unwrap();
        let summary = format!("{}/lab/state-summary", broker.text("lab"));
        let summary: Value = control.get(summary).send().await.unwrap().json().await.unwrap();
        let seed = &summary["seed"];
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let tenants = vec![text(&seed["juniper"]["id"]), text(&seed["marlow"]["id"])];
        let question = Question::at(Path::new(broker.socket()), text(&seed["ready_app"]).parse().unwrap());
        Self { broker, control, question, tenants }
    }

    async fn lab(&self, method: reqwest::Method, path: &str, body: Value) -> Value {
        let url = format!("{}{path}", self.broker.text("lab"));
        let request = self.control.request(method, url);
        let request = if body.is_null() { request } else { request.json(&body) };
        let answer = request.send().await.unwrap().error_for_status().unwrap();
        answer.json().await.unwrap_or_default()
    }

    async fn breaks(&self, host: &str, action: Value) {
        self.lab(reqwest::Method::POST, "/lab/faults", json!({ "host": host, "action": action })).await;
    }

    async fn mend(&self) {
        self.lab(reqwest::Method::DELETE, "/lab/faults", Value::Null).await;
    }

    /// What the lab's clock shows.
    fn now(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + self.question.ahead.load(Ordering::SeqCst)
    }

    async fn wait_until(&self, moment: u64) {
        let seconds = moment - self.now();
        self.question.moves.fetch_add(1, Ordering::SeqCst);
        self.lab(reqwest::Method::POST, "/lab/clock", json!({ "advance_seconds": seconds })).await;
        // what was asked before the move is judged by the time before it
        self.question.ahead.fetch_add(seconds, Ordering::SeqCst);
        self.question.moves.fetch_add(1, Ordering::SeqCst);
    }

    /// When the token of a tenant ends.
    async fn end_of(&self, tenant: &str) -> u64 {
        let asked = [("identity", "graph"), ("tenant", tenant)];
        let answer = self.question.client.get("http://keystay/v1/token").query(&asked).send().await.unwrap();
        answer.error_for_status().unwrap().json::<Value>().await.unwrap()["expires_on"].as_u64().unwrap()
    }

    async fn first_end(&self) -> u64 {
        self.end_of(&self.tenants[0]).await.min(self.end_of(&self.tenants[1]).await)
    }

    async fn is_served(&self) -> bool {
        for tenant in &self.tenants {
            match self.question.ask(tenant).await {
                Answer::Served => {}
                Answer::Failed(_) => return false,
                Answer::Wrong(what) => panic!("{what}"),
            }
        }
        true
    }

    /// Tokens are served until their last minute, not after their end, and again when all is well.
    async fn outlives(self, what: &str, host: &str, action: Value) {
        let end = self.first_end().await;
        self.breaks(host, action).await;
        let asked_before = self.requests_of(host).await;
        let load = Load::start(&self.question, &self.tenants, 8, Duration::ZERO);
        load.goes_on(50).await;
        // the time for a new one, and too little for programs
        for left in [20 * 60, 4 * 60, 2 * 60] {
            self.wait_until(end - left).await;
            load.goes_on(50).await;
        }
        let tally = load.end().await;
        assert!(tally.is_whole(), "{what}: {tally:?}");
        let asked = self.requests_of(host).await - asked_before;
        assert!(asked > 0, "{what}: a new token was not even tried for");
        assert!(asked < tally.served / 10, "{what}: asked {asked} times");
        self.wait_until(end + 6000).await;
        for tenant in &self.tenants {
            match self.question.ask(tenant).await {
                Answer::Failed(why) => assert!(why.starts_with("503") || why.starts_with("429"), "{what}: {why}"),
                Answer::Served => panic!("{what}: a token came from nowhere"),
                Answer::Wrong(wrong) => panic!("{what}: {wrong}"),
            }
        }
        self.mend().await;
        until("a token after the trouble", async || self.is_served().await).await;
        tally.tell(
            &format!("{what}, until two minutes before the tokens end"),
            &format!("asked {asked} times; nothing served after the end, all when it was over"),
        );
        assert!(self.broker.end().success());
    }

    async fn requests_of(&self, host: &str) -> u64 {
        let journal =
            self.lab(reqwest::Method::GET, &format!("/lab/journal?host={host}&limit=100000"), Value::Null).await;
        journal["entries"].as_array().unwrap().len() as u64
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_outlive_a_vault_that_is_down() {
    House::start().await.outlives("vault down", "vault.azure.net", json!("reset")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_outlive_a_storm_of_429_from_the_vault() {
    let action = json!({ "status": { "code": 429, "headers": { "Retry-After": "2" } } });
    House::start().await.outlives("vault answers 429", "vault.azure.net", action).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_outlive_a_storm_of_429_from_entra() {
    let action = json!({ "status": { "code": 429, "headers": { "Retry-After": "2" } } });
    House::start().await.outlives("Entra answers 429", "login.microsoftonline.com", action).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_outlive_an_entra_that_is_down() {
    House::start().await.outlives("Entra down", "login.microsoftonline.com", json!("reset")).await;
}
