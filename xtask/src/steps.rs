//! What CI runs, in order, each step with its time.

use std::{
    io::Write,
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context, Result, bail};

use crate::{
    clients::clients,
    directions, pages,
    tools::{OF_TESTS, Tool},
    tree,
};

/// Everything, the quick steps first.
pub(crate) fn check() -> Result<()> {
    run("format", "cargo", &["fmt", "--all", "--check"], &[])?;
    run("format of clients", "cargo", &["fmt", "--manifest-path", "clients/rust/Cargo.toml", "--check"], &[])?;
    run("format of fuzz", "cargo", &["fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"], &[])?;
    step("directions", directions::check)?;
    step("tree", tree::check)?;
    dependencies()?;
    run("lints", "cargo", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"], &[])?;
    test()?;
    run("documentation", "cargo", &["doc", "--workspace", "--no-deps"], &[("RUSTDOCFLAGS", "-D warnings")])?;
    clients(&["--check".to_owned()])?;
    step("pages", pages::check)
}

/// All tests of the workspace, the examples' among them. What they run is installed first, and `CI` tells them that a
/// program that is missing is a failure and no excuse.
pub(crate) fn test() -> Result<()> {
    step("programs that tests run", || OF_TESTS.iter().try_for_each(Tool::require))?;
    run("tests", "cargo", &["test", "--workspace"], &[("CI", "true")])
}

/// Licences, sources and versions by `cargo deny`, and advisories where their database can be fetched.
fn dependencies() -> Result<()> {
    if !succeeds("cargo", &["deny", "--version"]) {
        run("install cargo-deny", "cargo", &["install", "cargo-deny", "--locked"], &[])?;
    }
    run("dependencies", "cargo", &["deny", "check", "bans", "licenses", "sources"], &[])?;
    if succeeds("cargo", &["deny", "fetch", "db"]) {
        run("advisories", "cargo", &["deny", "check", "advisories"], &[])
    } else {
        say("-- advisories: NOT CHECKED, the advisory database cannot be fetched from here");
        Ok(())
    }
}

/// Runs a program as a step.
pub(crate) fn run(name: &str, program: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Result<()> {
    step(name, || {
        let status = Command::new(program)
            .args(arguments)
            .envs(environment.iter().copied())
            .status()
            .with_context(|| format!("cannot start `{program}`"))?;
        if !status.success() {
            bail!("`{program} {}` failed", arguments.join(" "));
        }
        Ok(())
    })
}

fn step(name: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    say(&format!("== {name}"));
    let start = Instant::now();
    work().with_context(|| name.to_owned())?;
    say(&format!("-- {name}: ok, {:.1} s", start.elapsed().as_secs_f32()));
    Ok(())
}

/// Whether a program runs and ends well; shows nothing of it.
pub(crate) fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let status = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// One line for whoever watches.
pub(crate) fn say(line: &str) {
    // a closed pipe must not fail the check
    let _ = writeln!(std::io::stderr(), "{line}");
}
