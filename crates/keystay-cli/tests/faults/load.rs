//! Callers who ask without pause, and the judge of what they get.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// How long a caller waits before it tries again.
const PAUSE: Duration = Duration::from_millis(20);

/// What is asked, and how an answer is judged.
#[derive(Clone)]
pub(crate) struct Question {
    pub(crate) client: reqwest::Client,
    pub(crate) app: String,
    /// How far the lab's clock is ahead, in seconds.
    pub(crate) ahead: Arc<AtomicU64>,
    /// Counted before and after the clock is moved: odd while it is.
    pub(crate) moves: Arc<AtomicU64>,
}

/// What came of one request.
pub(crate) enum Answer {
    /// A living token of the right tenant and app.
    Served,
    /// A refusal, or no answer.
    Failed(String),
    /// What must never be.
    Wrong(String),
}

/// What came of all.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) served: u64,
    /// Requests that were served after they had failed.
    pub(crate) tried_again: u64,
    pub(crate) failed: BTreeMap<String, u64>,
    pub(crate) wrong: Vec<String>,
    /// From the first try to the token.
    pub(crate) slowest: Duration,
}

/// Callers at work.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    served: Arc<AtomicU64>,
    callers: Vec<JoinHandle<Tally>>,
}

impl Question {
    pub(crate) fn at(socket: &Path, app: Uuid) -> Self {
        let client = reqwest::Client::builder().unix_socket(socket).build().unwrap();
        Self { client, app: app.to_string(), ahead: Arc::default(), moves: Arc::default() }
    }

    /// Asks once.
    pub(crate) async fn ask(&self, tenant: &str) -> Answer {
        // what is dead now is dead when it arrives
        let moves = self.moves.load(Ordering::SeqCst);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + self.ahead.load(Ordering::SeqCst);
        let asked = [("identity", "graph"), ("tenant", tenant)];
        let answer = match self.client.get("http://keystay/v1/token").query(&asked).send().await {
            Ok(answer) => answer,
            Err(error) if error.is_connect() => return Answer::Failed("no connection".into()),
            Err(_) => return Answer::Failed("closed without an answer".into()),
        };
        let status = answer.status();
        match answer.json::<Value>().await {
            Err(_) => Answer::Wrong(format!("{status} without a whole body")),
            // the end is told by a clock that was moved meanwhile
            Ok(mut body) if status.is_success() && (moves % 2 == 1 || moves != self.moves.load(Ordering::SeqCst)) => {
                body["expires_on"] = 0.into();
                self.judge(&body, tenant, now)
            }
            Ok(body) if status.is_success() => self.judge(&body, tenant, now),
            Ok(body) => Answer::Failed(format!("{status} {}", body["code"].as_str().unwrap_or("without a code"))),
        }
    }

    fn judge(&self, body: &Value, tenant: &str, now: u64) -> Answer {
        let token = body["access_token"].as_str().unwrap_or_default();
        let claims = token.split('.').nth(1).and_then(|claims| BASE64_URL_SAFE_NO_PAD.decode(claims).ok());
        let Some(claims) = claims.and_then(|claims| serde_json::from_slice::<Value>(&claims).ok()) else {
            return Answer::Wrong(format!("no token: {body}"));
        };
        let (end, told) = (claims["exp"].as_u64().unwrap(), body["expires_on"].as_u64().unwrap());
        if claims["tid"] != tenant || claims["appid"] != self.app.as_str() {
            Answer::Wrong(format!("a token of {} {}, not of {tenant}", claims["tid"], claims["appid"]))
        } else if end <= now || told > end {
            Answer::Wrong(format!("at {now} a token that ends at {end}, which is told as {told}"))
        } else {
            Answer::Served
        }
    }
}

impl Load {
    /// So many callers, each asking for all tenants in turn. Who is not served tries again for this long.
    pub(crate) fn start(question: &Question, tenants: &[String], callers: usize, patience: Duration) -> Self {
        let (stop, served) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let callers = (0..callers)
            .map(|number| {
                let (stop, served) = (Arc::clone(&stop), Arc::clone(&served));
                let (question, tenants) = (question.clone(), tenants.to_vec());
                tokio::spawn(async move {
                    let mut tally = Tally::default();
                    for tenant in tenants.iter().cycle().skip(number) {
                        if stop.load(Ordering::SeqCst) {
                            break;
                        }
                        tally.add(&question, tenant, patience).await;
                        served.store(served.load(Ordering::SeqCst).max(tally.served), Ordering::SeqCst);
                    }
                    tally
                })
            })
            .collect();
        Self { stop, served, callers }
    }

    /// Waits until one of them was served so many times more.
    pub(crate) async fn goes_on(&self, more: u64) {
        let before = self.served.load(Ordering::SeqCst);
        crate::until("the next answer", async || self.served.load(Ordering::SeqCst) >= before + more).await;
    }

    /// Lets the requests under way end.
    pub(crate) async fn end(self) -> Tally {
        self.stop.store(true, Ordering::SeqCst);
        let mut all = Tally::default();
        for caller in self.callers {
            let one = caller.await.unwrap();
            all.served += one.served;
            all.tried_again += one.tried_again;
            all.slowest = all.slowest.max(one.slowest);
            all.wrong.extend(one.wrong);
            for (why, count) in one.failed {
                *all.failed.entry(why).or_default() += count;
            }
        }
        assert_eq!(all.wrong, Vec::<String>::new());
        all
    }
}

impl Tally {
    async fn add(&mut self, question: &Question, tenant: &str, patience: Duration) {
        let start = Instant::now();
        let mut tries = 0;
        loop {
            tries += 1;
            match question.ask(tenant).await {
                Answer::Served => {
                    self.served += 1;
                    self.tried_again += u64::from(tries > 1);
                    self.slowest = self.slowest.max(start.elapsed());
                    return;
                }
                Answer::Wrong(what) => return self.wrong.push(what),
                Answer::Failed(why) => {
                    tokio::time::sleep(PAUSE).await;
                    if start.elapsed() >= patience {
                        *self.failed.entry(why).or_default() += 1;
                        return;
                    }
                }
            }
        }
    }

    /// A row for docs/reliability.md.
    pub(crate) fn tell(&self, what: &str, seen: &str) {
        let (failed, wrong, slowest) =
            (self.failed.values().sum::<u64>(), self.wrong.len(), self.slowest.as_secs_f32());
        println!("| {what} | {} | {failed} | {wrong} | {slowest:.1} s | {seen} |", self.served);
    }

    /// All were served.
    pub(crate) fn is_whole(&self) -> bool {
        self.failed.is_empty()
    }
}

#[test]
fn the_judge_sees_a_dead_token_and_one_of_somebody_else() {
    const APP: &str = "00000000-0000-0000-0000-000000000000";
    let question = Question::at(Path::new("nowhere"), Uuid::nil());
    let token = |tenant: &str, app: &str, end: u64, told: u64| {
        let claims = serde_json::json!({ "tid": tenant, "appid": app, "exp": end }).to_string();
        let token = format!("e30.{}.x", BASE64_URL_SAFE_NO_PAD.encode(claims));
        question.judge(&serde_json::json!({ "access_token": token, "expires_on": told }), "tenant", 1000)
    };
    assert!(matches!(token("tenant", APP, 1001, 1001), Answer::Served));
    for wrong in [
        token("tenant", APP, 1000, 1000),
        token("tenant", APP, 1001, 1002),
        token("other", APP, 1001, 1001),
        token("tenant", "other", 1001, 1001),
    ] {
        assert!(matches!(wrong, Answer::Wrong(_)));
    }
}
