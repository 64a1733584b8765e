//! The house rules of this workspace as a program: `cargo xtask check` runs all of them.

mod directions;
mod steps;
mod tree;

use std::process::ExitCode;

const HELP: &str = "\
usage: cargo xtask COMMAND

commands:
  check        everything CI runs: format, lints, directions, tree, tests, documentation, dependencies
  test         the tests alone
  directions   which crate may depend on which
  tree         rules about files: length, what ARCHITECTURE.md lists";

fn main() -> ExitCode {
    let command = std::env::args().nth(1).unwrap_or_default();
    let outcome = match command.as_str() {
        "check" => steps::check(),
        "test" => steps::test(),
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
