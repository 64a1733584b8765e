//! The parsers of the lab under libFuzzer, which needs a C++ compiler. Not part of `check`: chance decides what it finds.

use std::{fs, path::Path, time::Duration};

use anyhow::{Context, Result, bail};

use crate::steps::{run, say, succeeds};

/// How long a target runs unless told otherwise.
const USUAL: Duration = Duration::from_secs(60);

/// Runs the targets named, or all of them. What is found stands in `fuzz/artifacts`, what was learned in `fuzz/corpus`.
pub(crate) fn fuzz(arguments: &[String]) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the workspace is above xtask")?;
    // each target has a folder of seeds; a test of the lab compares the two
    let mut known = Vec::new();
    for entry in fs::read_dir(root.join("fuzz/seeds")).context("fuzz/seeds")? {
        known.push(entry?.file_name().to_string_lossy().into_owned());
    }
    known.sort();
    let (targets, time) = asked(arguments, &known)?;
    if !succeeds("cargo", &["fuzz", "--version"]) {
        run("install cargo-fuzz", "cargo", &["install", "cargo-fuzz", "--locked"], &[])?;
    }
    for target in targets {
        let (corpus, seeds) = (format!("fuzz/corpus/{target}"), format!("fuzz/seeds/{target}"));
        fs::create_dir_all(root.join(&corpus))?;
        let limit = format!("-max_total_time={}", time.as_secs());
        // no crate here holds `unsafe`, so there is nothing for a sanitizer; without one, stable's own libraries will do
        run(
            &format!("fuzz {target}"),
            "cargo",
            &["fuzz", "run", "--sanitizer", "none", "lab", &corpus, &seeds, "--", &limit, "-print_final_stats=1"],
            // coverage is an unstable flag of the compiler
            &[("RUSTC_BOOTSTRAP", "1"), ("KEYSTAY_FUZZ_TARGET", &target)],
        )?;
    }
    say("-- nothing found");
    Ok(())
}

/// Which targets to run, and each for how long.
fn asked(arguments: &[String], known: &[String]) -> Result<(Vec<String>, Duration)> {
    let (mut targets, mut time) = (Vec::new(), USUAL);
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        if argument == "--seconds" {
            let seconds = arguments.next().and_then(|text| text.parse().ok()).filter(|seconds| *seconds > 0);
            time = Duration::from_secs(seconds.context("`--seconds` wants a number, 1 or more")?);
        } else if known.contains(argument) {
            targets.push(argument.clone());
        } else {
            bail!("`{argument}` is no target; there are {}", known.join(", "));
        }
    }
    Ok((if targets.is_empty() { known.to_vec() } else { targets }, time))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn targets_and_time_may_be_chosen_and_mistakes_are_named() {
        let known = words("jwk pem pfx");
        assert_eq!(asked(&[], &known).unwrap(), (known.clone(), USUAL));
        let chosen = asked(&words("pem --seconds 5"), &known).unwrap();
        assert_eq!(chosen, (words("pem"), Duration::from_secs(5)));
        for (mistake, said) in [("--seconds", "a number"), ("pem --seconds 0", "a number"), ("pme", "jwk, pem, pfx")] {
            let error = asked(&words(mistake), &known).unwrap_err().to_string();
            assert!(error.contains(said), "{mistake}: {error}");
        }
    }
}
