//! Runs cases and tells what came of each: one JSON line on standard output.

use std::{error::Error, fmt, future::Future, time::Instant};

use serde_json::json;

/// How a case ends.
pub type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

/// What a case returns that the SDK has no way to do; the text says why.
#[derive(Debug)]
pub struct Unsupported(pub &'static str);

impl fmt::Display for Unsupported {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

impl Error for Unsupported {}

/// Counts the cases that failed, and leaves out the areas nobody asked for.
pub struct Report {
    areas: Vec<String>,
    pub failed: usize,
}

impl Report {
    pub fn new(areas: Vec<String>) -> Self {
        Self { areas, failed: 0 }
    }

    /// Runs a case in a task of its own: a failed assertion ends it and nothing else.
    pub async fn case(&mut self, area: &str, name: &str, case: impl Future<Output = Outcome> + Send + 'static) {
        if !self.areas.is_empty() && !self.areas.iter().any(|wanted| wanted == area) {
            return;
        }
        let start = Instant::now();
        let (outcome, note) = match tokio::spawn(case).await {
            Ok(Ok(())) => ("pass", String::new()),
            Ok(Err(error)) if error.is::<Unsupported>() => ("unsupported", error.to_string()),
            Ok(Err(error)) => ("fail", chain(&*error)),
            Err(panic) => ("fail", panic.to_string()),
        };
        if outcome == "fail" {
            eprintln!("{area}: {name}: {note}");
            self.failed += 1;
        }
        let seconds = (start.elapsed().as_secs_f64() * 100.0).round() / 100.0;
        println!("{}", json!({ "area": area, "case": name, "outcome": outcome, "note": note, "seconds": seconds }));
    }
}

fn chain(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.fold(error.to_string(), |words, cause| format!("{words}: {cause}"))
}
