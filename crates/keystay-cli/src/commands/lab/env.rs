//! `keystay lab env`

use std::collections::BTreeMap;

use crate::{
    args::{EnvShell, LabEnvArguments},
    diagnostics::Failure,
    printer::Printer,
};

use super::{NAMES, StateFile};

pub(super) fn run(arguments: &LabEnvArguments, printer: &mut Printer) -> Result<(), Failure> {
    let variables = match &arguments.state_file {
        Some(file) => StateFile::read(file)?.environment,
        None => inherited()?,
    };
    variables.iter().try_for_each(|(name, value)| printer.data(line(arguments.shell, name, value)))
}

/// The variables of the `lab exec` that this runs in.
fn inherited() -> Result<BTreeMap<String, String>, Failure> {
    let found: BTreeMap<String, String> =
        NAMES.into_iter().filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?))).collect();
    if found.contains_key("KEYSTAY_LAB") {
        return Ok(found);
    }
    Err(Failure::usage("which lab? none was named")
        .hint("give --state-file with the file that `keystay lab up --state-file FILE` writes: the lab tells its secrets to nobody"))
}

fn line(shell: EnvShell, name: &str, value: &str) -> String {
    match shell {
        EnvShell::Bash => format!("export {name}='{}'", value.replace('\'', r"'\''")),
        EnvShell::Fish => format!("set -gx {name} '{}'", value.replace('\\', r"\\").replace('\'', r"\'")),
        EnvShell::Powershell => format!("$env:{name} = '{}'", value.replace('\'', "''")),
        EnvShell::Dotenv => format!("{name}=\"{}\"", value.replace('\\', r"\\").replace('"', r#"\""#)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stays_one_value_in_every_shell() {
        let path = r"/home/o'neil\lab $x.pem";
        assert_eq!(line(EnvShell::Bash, "A", path), r"export A='/home/o'\''neil\lab $x.pem'");
        assert_eq!(line(EnvShell::Fish, "A", path), r"set -gx A '/home/o\'neil\\lab $x.pem'");
        assert_eq!(line(EnvShell::Powershell, "A", path), r"$env:A = '/home/o''neil\lab $x.pem'");
        assert_eq!(line(EnvShell::Dotenv, "A", path), r#"A="/home/o'neil\\lab $x.pem""#);
    }
}
