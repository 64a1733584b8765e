//! Programs in other languages, written with the official SDKs alone, for which the lab is Azure.

mod fidelity;
mod install;
mod language;
mod outcome;

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
};
use crate::steps::{run, say};

/// Installs and runs the programs of these languages, of all when none is named. A case that fails fails the command.
pub(crate) fn clients(arguments: &[String]) -> Result<()> {
    let check = arguments.iter().any(|argument| argument == "--check");
    let named: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with("--")).collect();
    let languages: Vec<Language> = Language::ALL
        .into_iter()
        .filter(|one| named.is_empty() || named.iter().any(|name| *name == one.name()))
        .collect();
    if languages.is_empty() {
        bail!("no such language; there are {}", Language::ALL.map(Language::name).join(", "));
    }
    let root = root()?;
    run("build keystay", "cargo", &["build", "--package", "keystay-cli"], &[])?;
    let mut failed = 0;
    for language in languages {
        install::install(language, &root)?;
        failed += play(language, &root)?;
    }
    if failed > 0 {
        bail!("{failed} cases failed");
    }
    if check { fidelity::compare(&root) } else { Ok(()) }
}

/// Writes `docs/lab-fidelity.md` from what the last runs told.
pub(crate) fn fidelity() -> Result<()> {
    fidelity::write(&root()?)
}

/// Runs one program and keeps what it tells. Returns how many cases failed.
fn play(language: Language, root: &Path) -> Result<usize> {
    let start = Instant::now();
    let results = results(root, language);
    let log = results.with_extension("log");
    fs::create_dir_all(results.parent().context("results are in a folder")?)?;
    let (program, arguments) = language.program(root);
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

/// Where the results of a language are kept.
fn results(root: &Path, language: Language) -> PathBuf {
    root.join("target/clients/results").join(language.name()).with_extension("jsonl")
}

fn root() -> Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the workspace has a root")?;
    Ok(root.to_owned())
}
