//! The house rules of this workspace as a program: `cargo xtask check` runs all of them.

mod clients;
mod directions;
mod fuzz;
mod pages;
mod steps;
mod tools;
mod tree;

use std::process::ExitCode;

const HELP: &str = "\
usage: cargo xtask COMMAND

commands:
  check        everything CI runs: format, directions, tree, dependencies, lints, tests, documentation, clients, pages
  test         the tests alone
  clients      programs with the official SDKs against the lab and the broker; names of languages, --lab and --broker choose,
               --check compares the documents
  fidelity     writes docs/lab-fidelity.md and docs/broker-clients.md from the last run of the clients
  fuzz         the lab's parsers under libFuzzer; names of targets choose, --seconds says how long each runs
  pages        the commands in the pages of docs/ with any, run as a reader would run them
  directions   which crate may depend on which
  tree         rules about files: length, what ARCHITECTURE.md lists";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let arguments: Vec<String> = arguments.collect();
    let outcome = match command.as_str() {
        "check" => steps::check(),
        "test" => steps::test(),
        "clients" => clients::clients(&arguments),
        "fidelity" => clients::fidelity(&arguments),
        // what `clients` has `keystay lab exec` run
        "behind-broker" => clients::behind_broker(&arguments),
        "fuzz" => fuzz::fuzz(&arguments),
        "pages" => pages::check(),
        "directions" => directions::check(),
        "tree" => tree::check(),
        _ => {
            steps::say(HELP);
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            steps::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
