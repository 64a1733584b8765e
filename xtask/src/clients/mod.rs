//! Programs in other languages, written with the official SDKs alone, that meet the lab or the broker.

mod broker;
mod fidelity;
mod install;
mod language;
mod outcome;
mod suite;

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context, Result, bail};

use self::{
    language::Language,
    outcome::{Line, Outcome},
    suite::Suite,
};
use crate::steps::{run, say};

pub(crate) use broker::behind_broker;

/// Installs and runs the programs of these languages, of all when none is named. A case that fails fails the command.
pub(crate) fn clients(arguments: &[String]) -> Result<()> {
    let check = arguments.iter().any(|argument| argument == "--check");
    let named: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with("--")).collect();
    let suites = Suite::chosen(arguments);
    let is_wanted = |language: &Language| named.is_empty() || named.iter().any(|name| *name == language.name());
    if !Language::ALL.iter().any(is_wanted) {
        bail!("no such language; there are {}", Language::ALL.map(Language::name).join(", "));
    }
    let root = root()?;
    run("build keystay", "cargo", &["build", "--package", "keystay-cli"], &[])?;
    let mut failed = 0;
    for suite in &suites {
        for language in suite.languages().iter().copied().filter(is_wanted) {
            install::install(language, &root)?;
            failed += play(*suite, language, &root)?;
        }
    }
    if failed > 0 {
        bail!("{failed} cases failed");
    }
    if check { suites.into_iter().try_for_each(|suite| fidelity::compare(&root, suite)) } else { Ok(()) }
}

/// Writes the documents from what the last runs told.
pub(crate) fn fidelity(arguments: &[String]) -> Result<()> {
    let root = root()?;
    Suite::chosen(arguments).into_iter().try_for_each(|suite| fidelity::write(&root, suite))
}

/// Runs the programs of one language and keeps what they tell. Returns how many cases failed.
fn play(suite: Suite, language: Language, root: &Path) -> Result<usize> {
    let start = Instant::now();
    let results = suite.results(root, language);
    let log = results.with_extension("log");
    fs::create_dir_all(results.parent().context("results are in a folder")?)?;
    let (program, arguments) = suite.command(root, language)?;
    let output = Command::new(root.join("target/debug/keystay"))
        .args(["lab", "exec", "--"])
        .arg(program)
        .args(arguments)
        .current_dir(language.home(root))
        .stdin(Stdio::null())
        .stderr(File::create(&log)?)
        .output()
        .context("`keystay lab exec` cannot be started")?;
    let lines = outcome::read(&output.stdout).with_context(|| format!("what {} told", language.title()))?;
    let count = |outcome| lines.iter().filter(|line| line.outcome == outcome).count();
    for line in lines.iter().filter(|line| line.outcome == Outcome::Fail) {
        say(&format!("   FAILED {}: {}: {}", line.area, line.case, line.note));
    }
    let (passed, failed, unsupported) = (count(Outcome::Pass), count(Outcome::Fail), count(Outcome::Unsupported));
    let seconds = start.elapsed().as_secs_f32();
    say(&format!(
        "-- {}: {passed} passed, {failed} failed, {unsupported} not in the SDK, {seconds:.1} s",
        language.title()
    ));
    if lines.is_empty() || (failed == 0 && !output.status.success()) {
        bail!("{} ended early ({}): see {}", language.title(), output.status, log.display());
    }
    if failed > 0 {
        say(&format!("   details in {}", log.display()));
    }
    // times differ from run to run and are no result
    let kept: Vec<Line> = lines.into_iter().map(|line| Line { seconds: None, ..line }).collect();
    fs::write(&results, outcome::write(&kept)?)?;
    Ok(failed)
}

fn root() -> Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the workspace has a root")?;
    Ok(root.to_owned())
}
