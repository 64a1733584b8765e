//! Every target over `fuzz/seeds` and changes of those.

use std::{fs, path::Path};

use rand::{Rng, SeedableRng, rngs::StdRng};

use super::{doors::TOKEN, *};

/// Pieces that mean something to one of the parsers.
const PIECES: [&str; 16] = [
    "\0",
    "%00",
    "..",
    "/",
    "\"",
    "{",
    "[",
    "null",
    "-1",
    "1e999",
    "9223372036854775807",
    "\r\n",
    "'",
    "(",
    " eq ",
    "\u{202e}",
];

/// One to four changes: a byte, a stretch, a piece put in, a part of another seed.
fn changed(seed: &[u8], other: &[u8], random: &mut StdRng) -> Vec<u8> {
    let mut data = seed.to_vec();
    for _ in 0..random.random_range(1..=4) {
        let at = random.random_range(0..=data.len());
        let end = (at + random.random_range(0..32)).min(data.len());
        match random.random_range(0..5) {
            0 if at < data.len() => data[at] = random.random(),
            1 => drop(data.drain(at..end)),
            2 => drop(data.splice(at..at, PIECES[random.random_range(0..PIECES.len())].bytes())),
            3 => drop(data.splice(at..end, other.iter().copied().skip(at).take(64))),
            _ => data.extend_from_within(at..end),
        }
    }
    data
}

/// Every target over its seeds and some changes of each, the same in every run.
#[test]
fn no_target_fails_on_its_seeds_or_on_changes_of_them() {
    let bench = Bench::start();
    let mut random = StdRng::seed_from_u64(3);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds");
    for target in TARGETS {
        let files = fs::read_dir(folder.join(target)).unwrap_or_else(|error| panic!("{target}: {error}"));
        let mut seeds: Vec<Vec<u8>> = files.map(|file| fs::read(file.unwrap().path()).unwrap()).collect();
        seeds.sort();
        assert!(!seeds.is_empty(), "{target}");
        for seed in &seeds {
            bench.run(target, seed);
            for _ in 0..100 / seeds.len() {
                let other = &seeds[random.random_range(0..seeds.len())];
                bench.run(target, &changed(seed, other, &mut random));
            }
        }
    }
}

/// Claims that were refused for their signature would say nothing about what reads them.
#[test]
fn the_seeds_of_claims_pass_for_genuine() {
    let bench = Bench::start();
    let seed = |number: u8| -> Value {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/claims");
        serde_json::from_slice(&fs::read(folder.join(number.to_string())).unwrap()).unwrap()
    };
    let own = bench.signers.lab(&seed(0));
    let (status, answer) = bench.send(VAULT, &Method::GET, "/keys?api-version=7.6", &own, Vec::new()).unwrap();
    assert_eq!(status, StatusCode::OK, "{answer}");
    for jwt in [bench.signers.issuer(&seed(1)), bench.signers.app(&seed(3))] {
        let (status, answer) = bench.send(ENTRA, &Method::POST, TOKEN, "", bench.asserted(&jwt)).unwrap();
        assert_eq!(status, StatusCode::OK, "{answer}");
    }
    let ticket = bench.signers.lab(&seed(2));
    let client = format!("client_id={}", seed(2)["body"]["app"].as_str().unwrap());
    let form = format!("grant_type=refresh_token&{client}&refresh_token={ticket}").into_bytes();
    let (_, answer) = bench.send(ENTRA, &Method::POST, TOKEN, "", form).unwrap();
    // the seed has no application for people, so it ends behind the ticket
    assert!(!answer.contains("9002313"), "the ticket was read: {answer}");
}
