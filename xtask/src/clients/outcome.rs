//! What a program tells: one JSON object a line.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// What came of one case.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) area: String,
    pub(super) case: String,
    pub(super) outcome: Outcome,
    /// Why it failed, or what the SDK has no way to do.
    pub(super) note: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) seconds: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    Pass,
    Fail,
    /// The SDK, not the lab, has no way to do it.
    Unsupported,
}

pub(super) fn read(output: &[u8]) -> Result<Vec<Line>> {
    let text = String::from_utf8_lossy(output);
    text.lines()
        .map(|line| serde_json::from_str(line).with_context(|| format!("not a line of results: {line}")))
        .collect()
}

pub(super) fn write(lines: &[Line]) -> Result<String> {
    let mut text = String::new();
    for line in lines {
        text.push_str(&serde_json::to_string(line)?);
        text.push('\n');
    }
    Ok(text)
}
