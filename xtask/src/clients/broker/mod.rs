//! The broker between programs and the lab: `keystay lab exec` runs this, this runs `keystay serve` and the programs.

mod case;
mod cases;
mod door;
mod program;
mod serve;

use std::{io::Write, process::Command};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use self::{
    case::{Case, World},
    cases::cases,
    serve::Broker,
};
use super::{
    language::Language,
    outcome::{Line, Outcome},
};

/// Runs all cases of one language, and tells each on the standard output.
pub(crate) fn behind_broker(arguments: &[String]) -> Result<()> {
    let named = arguments.first().map(String::as_str).unwrap_or_default();
    let language = Language::ALL.into_iter().find(|one| one.name() == named).context("which language?")?;
    let root = super::root()?;
    let mut summary: Value = serde_json::from_slice(&keystay(&["lab", "status", "--json"])?)?;
    let seed = summary["seed"].take();
    let broker = Broker::start(&root, &seed)?;
    let world = World { broker: &broker, seed: &seed };
    let mut failed = 0;
    for case in cases(&world) {
        let line = told(&case, language, &world, &root);
        failed += usize::from(line.outcome == Outcome::Fail);
        write_line(&line)?;
    }
    if failed > 0 {
        bail!("{failed} cases failed");
    }
    Ok(())
}

fn told(case: &Case, language: Language, world: &World<'_>, root: &std::path::Path) -> Line {
    let (outcome, note) = match case.lacking(language) {
        Some(why) => (Outcome::Unsupported, why.to_owned()),
        None => match case.run(language, world, root) {
            Ok(()) => (Outcome::Pass, String::new()),
            Err(error) => (Outcome::Fail, format!("{error:#}")),
        },
    };
    Line { area: case.door.title().to_owned(), case: case.name.to_owned(), outcome, note, seconds: None }
}

fn write_line(line: &Line) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", serde_json::to_string(line)?)?;
    Ok(out.flush()?)
}

/// What a command of the `keystay` of this tree prints.
fn keystay(arguments: &[&str]) -> Result<Vec<u8>> {
    let output = Command::new(super::root()?.join("target/debug/keystay"))
        .args(arguments)
        .output()
        .context("`keystay` cannot be started")?;
    if !output.status.success() {
        bail!("`keystay {}`: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr));
    }
    Ok(output.stdout)
}
