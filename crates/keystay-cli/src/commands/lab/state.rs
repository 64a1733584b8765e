//! `keystay lab state`

use std::{
    io::{self, Read},
    path::Path,
};

use reqwest::Method;

use crate::{
    args::{LabStateArguments, StateAction},
    diagnostics::Failure,
    printer::Printer,
};

use super::{Control, private_file};

const PATH: &str = "/lab/state";

pub(super) async fn run(arguments: LabStateArguments, printer: &mut Printer) -> Result<(), Failure> {
    let lab = Control::of(&arguments.which)?;
    match arguments.action {
        StateAction::Export { file } => {
            let state = lab.ask(Method::GET, PATH, None).await?;
            if is_stream(&file) {
                return printer.raw(&state);
            }
            private_file::write(&file, &state)
                .map_err(|error| Failure::usage(format_args!("`{}` cannot be written", file.display())).because(error))
        }
        StateAction::Import { file } => {
            let state = if is_stream(&file) { stdin() } else { std::fs::read(&file) };
            let state = state
                .map_err(|error| Failure::usage(format_args!("`{}` cannot be read", file.display())).because(error))?;
            lab.ask(Method::PUT, PATH, Some(state)).await.map(drop)
        }
    }
}

fn is_stream(file: &Path) -> bool {
    file.as_os_str() == "-"
}

fn stdin() -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::stdin().read_to_end(&mut bytes)?;
    Ok(bytes)
}
