//! What the audience gets to see.

use std::fmt::Display;

use serde::Serialize;

use super::scenes::{Exposures, Visits};
use crate::{diagnostics::Failure, printer::Printer};

/// The scenes so far. Told as they happen, or all at once as an object.
pub(super) struct Script<'a> {
    printer: &'a mut Printer,
    json: bool,
    scenes: Vec<Scene>,
}

#[derive(Serialize)]
struct Scene {
    title: String,
    lines: Vec<String>,
}

#[derive(Serialize)]
struct Programme<'a> {
    scenes: &'a [Scene],
    exposure_seconds: &'a Exposures,
    modelled_seconds: &'a Exposures,
    doctor: &'a Visits,
}

impl<'a> Script<'a> {
    pub(super) fn new(printer: &'a mut Printer, json: bool) -> Self {
        Self { printer, json, scenes: Vec::new() }
    }

    /// The next scene begins.
    pub(super) fn scene(&mut self, title: &str) -> Result<(), Failure> {
        if !self.json {
            let gap = if self.scenes.is_empty() { "" } else { "\n" };
            self.printer.title(format_args!("{gap}{}. {title}", self.scenes.len() + 1))?;
        }
        self.scenes.push(Scene { title: title.to_owned(), lines: Vec::new() });
        Ok(())
    }

    /// Something happened.
    pub(super) fn line(&mut self, words: impl Display) -> Result<(), Failure> {
        let words = words.to_string();
        if !self.json {
            self.printer.data(format_args!("   {words}"))?;
        }
        if let Some(scene) = self.scenes.last_mut() {
            scene.lines.push(words);
        }
        Ok(())
    }

    /// The measured figures, those of the model, what the doctor said, and the end.
    pub(super) fn finish(
        &mut self,
        measured: &Exposures,
        modelled: &Exposures,
        doctor: &Visits,
    ) -> Result<(), Failure> {
        if !self.json {
            return Ok(());
        }
        let programme =
            Programme { scenes: &self.scenes, exposure_seconds: measured, modelled_seconds: modelled, doctor };
        let object = serde_json::to_string(&programme)
            .map_err(|error| Failure::failed("the scenes cannot be written down").because(error))?;
        self.printer.data(object)
    }
}
