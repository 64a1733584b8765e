//! `keystay shim install`

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use anyhow::Context;

use crate::{diagnostics::Failure, printer::Printer};

/// By this a launcher is known that may be written anew.
const MARK: &str = "# keystay's launcher: tokens of the broker, asked for as by the program of this name";

pub(super) fn run(folder: &Path, printer: &mut Printer) -> Result<(), Failure> {
    let keystay = std::env::current_exe().context("this program's own file is not found")?;
    let keystay = keystay.display().to_string().replace('\'', r"'\''");
    fs::create_dir_all(folder).map_err(|error| cannot(folder, error))?;
    for name in ["az", "azd"] {
        let path = folder.join(name);
        match fs::read_to_string(&path) {
            Ok(text) if text.contains(MARK) => fs::remove_file(&path).map_err(|error| cannot(&path, error))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            _ => {
                return Err(Failure::usage(format_args!(
                    "`{}` is there already, and is not keystay's",
                    path.display()
                ))
                .hint("give a folder of its own to the launchers"));
            }
        }
        let text = format!("#!/bin/sh\n{MARK}\nexec '{keystay}' {name} \"$@\"\n");
        let file = OpenOptions::new().write(true).create_new(true).mode(0o755).open(&path);
        file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| cannot(&path, error))?;
        printer.data(path.display())?;
    }
    printer.note(format_args!("Programs with `{}` first in PATH find them.", folder.display()));
    Ok(())
}

fn cannot(path: &Path, error: io::Error) -> Failure {
    Failure::failed(format_args!("`{}` cannot be written", path.display())).because(error)
}
