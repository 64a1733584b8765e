//! The one place that writes to the terminal: data to stdout, words to stderr.

use std::{
    fmt::Display,
    io::{self, Write},
};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};

use crate::diagnostics::Failure;

const TITLE: Style = AnsiColor::Cyan.on_default().bold();
const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Green.on_default().bold();

/// Prints. Colours appear on a terminal only (and never where `NO_COLOR` is set).
pub(crate) struct Printer {
    out: AutoStream<io::Stdout>,
    err: AutoStream<io::Stderr>,
}

impl Printer {
    pub(crate) fn new() -> Self {
        Self {
            out: AutoStream::new(io::stdout(), ColorChoice::Auto),
            err: AutoStream::new(io::stderr(), ColorChoice::Auto),
        }
    }

    /// How wide text should be: as the terminal, but no wider than one can read.
    pub(crate) fn columns() -> usize {
        let (_, columns) = console::Term::stdout().size();
        usize::from(columns).clamp(60, 110)
    }

    /// A line of what was asked for.
    pub(crate) fn data(&mut self, line: impl Display) -> Result<(), Failure> {
        writeln!(self.out, "{line}").and_then(|()| self.out.flush()).map_err(Failure::printing)
    }

    /// Text of what was asked for, as it is.
    pub(crate) fn raw(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.out.write_all(bytes).and_then(|()| self.out.flush()).map_err(Failure::printing)
    }

    /// A heading within what was asked for.
    pub(crate) fn title(&mut self, words: impl Display) -> Result<(), Failure> {
        self.data(format_args!("{TITLE}{words}{TITLE:#}"))
    }

    /// A word to the person in front of the terminal.
    pub(crate) fn note(&mut self, words: impl Display) {
        // nobody is left to tell when stderr is gone
        let _ = writeln!(self.err, "{words}");
    }

    /// Something the person should change.
    pub(crate) fn warning(&mut self, words: impl Display) {
        self.note(format_args!("{WARNING}warning:{WARNING:#} {words}"));
    }

    /// Why the command did not do what it should, and what to do about it.
    pub(crate) fn failure(&mut self, failure: &Failure) {
        let Some(report) = failure.report() else { return };
        self.note(format_args!("{ERROR}error:{ERROR:#} {}", report.message));
        for cause in &report.causes {
            self.note(format_args!("cause: {cause}"));
        }
        if let Some(hint) = &report.hint {
            self.note(format_args!("\n{HINT}hint:{HINT:#} {hint}"));
        }
    }
}
