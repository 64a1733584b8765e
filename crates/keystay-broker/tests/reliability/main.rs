//! A day of the broker's life in some seconds: callers that never rest, and everything around them that can fail.
//!
//! The broker runs on a clock that jumps to the next thing to do, in front of an Azure that fails as a seeded plan says.
//! An oracle knows every token that was issued, and so for every answer whether it was right: a token that is not
//! living, not for this tenant, or from elsewhere is a fault, and so is a refusal where a living token was at hand or
//! where nothing was wrong.
//!
//! `KEYSTAY_DAYS=10` plays that many days, each with another seed. The table in `docs/reliability.md` is the first day's.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and shows its day"
)]
#![allow(unreachable_pub, reason = "a program has no public items")]

mod azure;
mod day;
mod report;
mod time;
mod weather;

use std::time::Duration;

use day::Day;

const DAY: Duration = Duration::from_secs(24 * 3600);

#[test]
fn a_day_of_faults_loses_no_request_that_could_be_served() {
    let days = std::env::var("KEYSTAY_DAYS").map_or(1, |days| days.parse().unwrap());
    for seed in 1..=days {
        let report = Day::new(seed, DAY).play();
        println!("{report}");
        assert!(report.wrongs.is_empty(), "seed {seed}: {:#?}", &report.wrongs[..report.wrongs.len().min(20)]);
        report.is_eventful();
    }
}

#[test]
fn the_same_seed_plays_the_same_day() {
    let play = || Day::new(7, Duration::from_secs(4 * 3600)).play();
    assert_eq!(play().to_string(), play().to_string());
}

/// The oracle is not blind: a broker whose clock stands still hands out dead tokens, and that is seen.
#[test]
fn the_oracle_sees_a_dead_token() {
    let report = Day::new(3, Duration::from_secs(3 * 3600)).with_a_clock_that_stands_still().play();
    assert!(report.wrongs.iter().any(|wrong| wrong.contains("dead token")), "{report}");
}
