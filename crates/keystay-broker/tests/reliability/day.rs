//! Callers, troubles, and the oracle that judges every answer.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, RwLock},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use keystay::{Clock, Transport};
use keystay_broker::{Ask, Caller, Config, Desk, Evidence, Granted, Journal, Refused, Surroundings};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::{
    azure::{APP, Azure, HostIdentity, Line, VAULT},
    report::Report,
    time::ComputerClock,
    weather::{Spell, Trouble, Weather},
};

/// Programs that ask, each for itself.
const CALLERS: u64 = 8;
/// Customers; some are asked for much more often than others.
const TENANTS: u32 = 40;
const SCOPES: [&str; 2] = ["https://graph.microsoft.com/.default", "api://orders/.default"];
/// The longest that a passed trouble is remembered: Entra's Retry-After of 20 s, a slow answer of 12 s, and retries.
const AFTERMATH: Duration = Duration::from_secs(45);
/// What every token handed out has left while Entra can give new ones, with a second for rounding.
const LEAST_LEFT: u64 = 299;

/// One day.
pub struct Day {
    seed: u64,
    length: Duration,
    stands_still: bool,
}

impl Day {
    pub fn new(seed: u64, length: Duration) -> Self {
        Self { seed, length, stands_still: false }
    }

    pub fn with_a_clock_that_stands_still(mut self) -> Self {
        self.stands_still = true;
        self
    }

    /// Plays it.
    pub fn play(self) -> Report {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(self.run())
    }

    async fn run(self) -> Report {
        let clock = ComputerClock::start();
        if self.stands_still {
            clock.stand_still();
        }
        let weather = Arc::new(Weather::of(self.seed, self.length));
        let azure = Arc::new(Azure::new(clock.clone(), weather.clone()));
        let house = Arc::new(House::new(self.seed, clock.clone(), azure.clone()));
        let report =
            Arc::new(Mutex::new(Report { seed: self.seed, hours: self.length.as_secs() / 3600, ..Report::default() }));
        let callers: Vec<_> = (0..CALLERS)
            .map(|number| {
                let (house, azure, weather, report) = (house.clone(), azure.clone(), weather.clone(), report.clone());
                let oracle = Oracle { clock: clock.clone(), azure, weather, report };
                tokio::spawn(ask_all_day(number, self.seed, self.length, house, oracle))
            })
            .collect();
        for spell in weather.spells() {
            tokio::time::sleep(spell.from.saturating_sub(clock.of_day())).await;
            *report.lock().unwrap().troubles.entry(name_of(spell.what)).or_default() += 1;
            house.meet(*spell, &report);
        }
        for caller in callers {
            caller.await.unwrap();
        }
        let mut report = std::mem::take(&mut *report.lock().unwrap());
        azure.record(|record| {
            report.tokens = record.issued.len();
            report.signs = record.signs;
            report.wrongs.append(&mut record.wrongs);
        });
        house.check_the_journal(&mut report);
        report
    }
}

/// The broker and what belongs to it. It can be killed and started again.
struct House {
    clock: ComputerClock,
    azure: Arc<Azure>,
    surroundings: Surroundings,
    folder: PathBuf,
    state: RwLock<State>,
    killed: Notify,
}

struct State {
    desk: Arc<Desk>,
    /// Whether the rules leave the last caller out.
    without_last: bool,
    life: u32,
    lost: u64,
}

impl House {
    fn new(seed: u64, clock: ComputerClock, azure: Arc<Azure>) -> Self {
        let folder = std::env::temp_dir().join(format!("keystay-day-{}-{seed}-{}", std::process::id(), Uuid::new_v4()));
        std::fs::create_dir_all(&folder).unwrap();
        std::os::unix::fs::symlink(folder.join("disk.jsonl"), folder.join("audit.jsonl")).unwrap();
        let surroundings = Surroundings {
            // each broker gets its own
            transport: Transport::default(),
            clock: Arc::new(clock.clone()),
            credential: Some(Arc::new(HostIdentity)),
            jitter_seed: Some(seed),
            ..Surroundings::default()
        };
        let desk = desk(&folder, &surroundings, &azure, 0, false);
        let state = RwLock::new(State { desk, without_last: false, life: 0, lost: 0 });
        Self { clock, azure, surroundings, folder, state, killed: Notify::new() }
    }

    /// Lets a trouble happen that is not Azure's.
    fn meet(self: &Arc<Self>, spell: Spell, report: &Mutex<Report>) {
        let mut state = self.state.write().unwrap();
        match spell.what {
            Trouble::ClockSet(seconds) => self.clock.set_to(seconds),
            Trouble::Restart => {
                state.lost += state.desk.journal().lost();
                state.life += 1;
                state.desk = desk(&self.folder, &self.surroundings, &self.azure, state.life, state.without_last);
                report.lock().unwrap().restarts += 1;
                self.killed.notify_waiters();
            }
            Trouble::BrokenReload => {
                let mut broken = configuration(state.without_last);
                broken["identities"]["graph"]["client_id"] = json!("nobody");
                broken["rules"] = json!([]);
                // as `keystay serve` does: what cannot be read changes nothing
                assert!(Config::read(&broken).is_err());
            }
            Trouble::Reload => {
                state.without_last = !state.without_last;
                state.desk.reconfigure(&Config::read(&configuration(state.without_last)).unwrap());
            }
            Trouble::DiskFull => {
                self.point_log_at("/dev/full".into());
                state.desk.journal().reopen().unwrap();
                let house = self.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(spell.until.saturating_sub(spell.from)).await;
                    house.point_log_at(house.folder.join("disk.jsonl"));
                    let desk = house.state.read().unwrap().desk.clone();
                    desk.journal().reopen().unwrap();
                });
            }
            _ => {}
        }
    }

    fn point_log_at(&self, target: PathBuf) {
        let link = self.folder.join("audit.jsonl");
        std::fs::remove_file(&link).unwrap();
        std::os::unix::fs::symlink(target, link).unwrap();
    }

    /// Every answer has its line, or is among those that are told as lost.
    fn check_the_journal(&self, report: &mut Report) {
        let state = self.state.read().unwrap();
        self.point_log_at(self.folder.join("disk.jsonl"));
        state.desk.journal().reopen().unwrap();
        report.lines_lost = state.lost + state.desk.journal().lost();
        let text = std::fs::read_to_string(self.folder.join("disk.jsonl")).unwrap();
        let mut events: BTreeMap<String, usize> = BTreeMap::new();
        for line in text.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            *events.entry(line["event"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        let of = |event: &str| events.get(event).copied().unwrap_or_default();
        let (expected, found) =
            (report.served + report.denied + report.failed, of("granted") + of("denied") + of("failed"));
        if report.lines_lost == 0 && expected != found {
            report.wrong(format!("{expected} answers have {found} lines in the journal"));
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn desk(folder: &Path, surroundings: &Surroundings, azure: &Arc<Azure>, life: u32, without_last: bool) -> Arc<Desk> {
    let transport = Transport::new(Arc::new(Line { azure: azure.clone(), life_of_broker: life }));
    let surroundings = Surroundings { transport, ..surroundings.clone() };
    let journal = Journal::open(Some(folder.join("audit.jsonl")), surroundings.clock.clone()).unwrap();
    Arc::new(Desk::new(&Config::read(&configuration(without_last)).unwrap(), surroundings, journal))
}

fn configuration(without_last: bool) -> Value {
    let names: Vec<String> = (0..CALLERS).map(|number| format!("caller-{number}")).collect();
    let callers: serde_json::Map<_, _> =
        names.iter().zip(1000..).map(|(name, uid)| (name.clone(), json!({ "uid": uid }))).collect();
    let allowed = &names[..names.len() - usize::from(without_last)];
    json!({
        "listen": { "socket": "/nowhere" },
        "identities": { "graph": {
            "client_id": APP, "home_tenant": "72f988bf-86f1-41af-91ab-2d7cd011db47",
            "refuse_exportable": true, "key": { "vault": VAULT, "certificate": "signer" },
        } },
        "callers": callers,
        "rules": [{ "callers": allowed, "identities": "graph", "tenants": "*", "scopes": "*" }],
    })
}

/// One program: asks every few seconds, most often for a few tenants.
async fn ask_all_day(number: u64, seed: u64, length: Duration, house: Arc<House>, oracle: Oracle) {
    let mut dice = StdRng::seed_from_u64(seed * 1000 + number);
    let name = format!("caller-{number}");
    let caller = Caller { name: name.parse().unwrap(), evidence: Evidence::Peer { uid: 1000, pid: None } };
    while house.clock.of_day() < length {
        tokio::time::sleep(Duration::from_millis(dice.random_range(500..20_000))).await;
        let rank = dice.random_range(0.0_f64..1.0).powi(3) * f64::from(TENANTS);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "less than the number of tenants")]
        let tenant = Uuid::from_u128(0x1000 + u128::from(rank as u32)).to_string();
        let scope = SCOPES[dice.random_range(0..SCOPES.len())];
        let ask = Ask { identity: "graph".into(), tenant: tenant.parse().unwrap(), scopes: scope.parse().unwrap() };

        let (desk, life, allowed) = {
            let state = house.state.read().unwrap();
            (state.desk.clone(), state.life, !(state.without_last && number + 1 == CALLERS))
        };
        let asked = Asked { tenant, scope, life, allowed, at: house.clock.of_day() };
        oracle.report.lock().unwrap().requests += 1;
        tokio::select! {
            biased;
            () = house.killed.notified() => oracle.report.lock().unwrap().cut_off += 1,
            outcome = desk.token(&caller, &ask, "day") => oracle.judge(&asked, outcome),
        }
    }
}

struct Asked {
    tenant: String,
    scope: &'static str,
    life: u32,
    allowed: bool,
    at: Duration,
}

/// Knows everything.
struct Oracle {
    clock: ComputerClock,
    azure: Arc<Azure>,
    weather: Arc<Weather>,
    report: Arc<Mutex<Report>>,
}

impl Oracle {
    fn judge(&self, asked: &Asked, outcome: Result<Granted, Refused>) {
        let (now, day) = (self.clock.true_time(), self.clock.of_day());
        let fine = self.weather.was_fine(asked.at.saturating_sub(AFTERMATH), day);
        let mut report = self.report.lock().unwrap();
        let place = format!("at {} s, {} {}", day.as_secs(), asked.tenant, asked.scope);
        match outcome {
            Ok(granted) => {
                report.served += 1;
                report.served_in_trouble += usize::from(!self.weather.was_fine(day, day));
                if !asked.allowed {
                    report.wrong(format!("{place}: served without a rule"));
                }
                let known = self.azure.record(|record| record.issued.get(granted.token.secret()).cloned());
                let Some(issued) = known else {
                    return report.wrong(format!("{place}: a token nobody issued"));
                };
                if issued.tenant != asked.tenant || issued.scope != asked.scope {
                    report.wrong(format!("{place}: a token for {} {}", issued.tenant, issued.scope));
                }
                let left = issued.expires.saturating_sub(now);
                if left == 0 {
                    report.wrong(format!("{place}: a dead token"));
                }
                if fine && left < LEAST_LEFT {
                    report.wrong(format!("{place}: only {left} s left, and nothing was wrong"));
                }
                if granted.remaining.as_secs() > left + 1 {
                    report.wrong(format!("{place}: said {} s, has {left} s", granted.remaining.as_secs()));
                }
                let shown = unix(self.clock.now()) + granted.remaining.as_secs();
                if unix(granted.expires_on).abs_diff(shown) > 1 {
                    report.wrong(format!("{place}: the end is not by the caller's clock"));
                }
            }
            Err(Refused::Denied(_)) => {
                report.denied += 1;
                if asked.allowed {
                    report.wrong(format!("{place}: denied with a rule"));
                }
            }
            Err(refused) => {
                report.failed += 1;
                if fine {
                    report.wrong(format!("{place}: failed, and nothing was wrong: {refused}"));
                }
                let at_hand = self.azure.record(|record| {
                    record.issued.values().any(|issued| {
                        issued.tenant == asked.tenant
                            && issued.scope == asked.scope
                            && issued.life_of_broker == asked.life
                            && issued.sent_at < asked.at
                            && issued.known_to_live_until > now + 1
                    })
                });
                if at_hand {
                    report.wrong(format!("{place}: a living token was at hand: {refused}"));
                }
            }
        }
    }
}

fn unix(moment: SystemTime) -> u64 {
    moment.duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn name_of(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::EntraDown => "Entra down",
        Trouble::EntraBusy => "Entra answers 503",
        Trouble::EntraThrottles => "Entra answers 429",
        Trouble::EntraSlow => "Entra takes 12 s",
        Trouble::EntraLies => "something else answers in Entra's place",
        Trouble::VaultDown => "vault down",
        Trouble::VaultThrottles => "vault answers 429",
        Trouble::VaultForbids => "vault answers 403",
        Trouble::VaultSlow => "vault takes 8 s",
        Trouble::ClockSet(_) => "computer's clock set, up to 2 h wrong",
        Trouble::Restart => "killed and started again",
        Trouble::BrokenReload => "broken configuration to read",
        Trouble::Reload => "a caller's rule taken away or given back",
        Trouble::DiskFull => "disk of the audit log full",
    }
}
