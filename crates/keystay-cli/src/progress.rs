//! How far a long run is: a bar on a terminal, else a line now and then.

use std::{
    io::{IsTerminal, stderr},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};
use keystay::{Clock, SystemClock};

use crate::printer::Printer;

/// Between lines, where there is no terminal.
const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// The progress of a run over so many.
pub(crate) struct Running {
    total: usize,
    done: usize,
    bar: Option<ProgressBar>,
    told: Duration,
}

impl Running {
    pub(crate) fn new(total: usize) -> Self {
        let bar = stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{bar:32} {pos}/{len}  {per_sec}, {eta} left  {msg}");
            ProgressBar::new(u64::try_from(total).unwrap_or(u64::MAX))
                .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self { total, done: 0, bar, told: SystemClock.elapsed() }
    }

    /// One more is done. `words` say what came of all so far.
    pub(crate) fn one_more(&mut self, words: &str, printer: &mut Printer) {
        self.done += 1;
        if let Some(bar) = &self.bar {
            bar.set_message(words.to_owned());
            bar.inc(1);
            return;
        }
        let now = SystemClock.elapsed();
        if now.saturating_sub(self.told) >= BETWEEN_LINES {
            self.told = now;
            printer.note(format_args!("{} of {}: {words}", self.done, self.total));
        }
    }

    /// What is being done now. Seen on a terminal only.
    pub(crate) fn now(&self, words: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(words.to_owned());
        }
    }

    /// Prints without tearing the bar.
    pub(crate) fn around<T>(&self, print: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
