//! `keystay doctor collect`: the `az` commands of the catalogue, as a script.

use std::{
    fmt::{self, Write},
    process::ExitCode,
};

use keystay_posture::facts::{Document, Names, Repeat};
use tokio::{io::AsyncWriteExt, process::Command};

use crate::{args::DoctorCollectArguments, diagnostics::Failure, printer::Printer};

pub(super) async fn run(arguments: &DoctorCollectArguments, printer: &mut Printer) -> Result<ExitCode, Failure> {
    let script = script(arguments).map_err(|error| Failure::failed("the script cannot be written").because(error))?;
    if !arguments.run {
        printer.raw(script.as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    let not_run = |error| Failure::failed("the script cannot be run: it needs a POSIX shell, `sh`").because(error);
    let mut shell =
        Command::new("sh").arg("-s").stdin(std::process::Stdio::piped()).kill_on_drop(true).spawn().map_err(not_run)?;
    if let Some(mut input) = shell.stdin.take() {
        input.write_all(script.as_bytes()).await.map_err(not_run)?;
    }
    let status = shell.wait().await.map_err(not_run)?;
    if !status.success() {
        return Err(
            Failure::failed("the script did not come to its end").hint("is `az` installed, and `az login` done?")
        );
    }
    printer.note(format_args!("now: keystay doctor --from {}", arguments.into.display()));
    Ok(ExitCode::SUCCESS)
}

/// A POSIX shell script that leaves one file for each document, and in it what the service gave or that it refused.
fn script(arguments: &DoctorCollectArguments) -> Result<String, fmt::Error> {
    let id = arguments.vault_id.as_str();
    let names = Names {
        vault: id.rsplit('/').next().map(str::to_owned),
        vault_id: Some(id.to_owned()),
        certificate: Some(arguments.certificate.clone()),
        app: Some(arguments.client_id.to_string()),
        app_object: arguments.app_object.map(|id| id.to_string()),
        ..Names::default()
    };
    let folder = quoted(&arguments.into.to_string_lossy());
    let mut out = String::new();
    writeln!(out, "#!/bin/sh")?;
    writeln!(out, "# Exports what `keystay doctor --from` looks at. Reads only; changes nothing.")?;
    writeln!(out, "set -u")?;
    writeln!(out, "command -v az >/dev/null || {{ echo 'az is not installed' >&2; exit 1; }}")?;
    writeln!(out, "mkdir -p {folder} && cd {folder} || exit 1")?;
    writeln!(out, "{HELPERS}")?;
    let hosts: Vec<String> = arguments.hosts.iter().map(|host| quoted(host.as_str())).collect();
    for document in Document::ALL {
        let Some(command) = document.command(&names) else { continue };
        let parts = document.parts_command(&names).map(|parts| format!("$({parts})"));
        match document.repeat() {
            // without the object's id there is nothing to ask for
            _ if document == Document::DirectoryAudits && names.app_object.is_none() => {}
            Repeat::Once | Repeat::Keystay => writeln!(out, "document {} {command}", document.file_name())?,
            Repeat::EachVersion => each(&mut out, document, "array", "VERSION", &command, &parts.unwrap_or_default())?,
            Repeat::EachGroup => each(&mut out, document, "object", "GROUP", &command, &parts.unwrap_or_default())?,
            Repeat::EachHost if hosts.is_empty() => {}
            Repeat::EachHost => each(&mut out, document, "array", "HOST", &command, &hosts.join(" "))?,
        }
    }
    writeln!(out, "echo 'done' >&2")?;
    Ok(out)
}

const HELPERS: &str = r#"
# document FILE COMMAND…: what the command prints, or that it failed
document() {
  file=$1; shift
  echo "$file" >&2
  if "$@" >"$file.part" 2>"$file.error"; then
    mv "$file.part" "$file"; rm -f "$file.error"
  else
    refused "$file"
  fi
}
# refused FILE: the service's code, which `az` prints in parentheses
refused() {
  code=$(sed -n 's/.*(\([A-Za-z][A-Za-z]*\)).*/\1/p' "$1.error" | head -n 1)
  echo "  refused: ${code:-see $1.error}" >&2
  printf '{"error":{"code":"%s"}}\n' "${code:-az-failed}" >"$1"
  rm -f "$1.part"
}
# each KIND FILE PARTS…: the answers of `part` for each, as an array or as an object by the part's name
each() {
  kind=$1; file=$2; shift 2
  echo "$file" >&2
  case $kind in object) open='{' close='}' ;; *) open='[' close=']' ;; esac
  { printf '%s' "$open"; between=''
    for PART in "$@"; do
      printf '%s' "$between"; between=','
      case $kind in object) printf '"%s":' "$PART" ;; esac
      part "$PART" || exit 1
    done
    printf '%s\n' "$close"
  } >"$file.part" 2>"$file.error" && { mv "$file.part" "$file"; rm -f "$file.error"; } || refused "$file"
}
"#;

fn each(out: &mut String, document: Document, kind: &str, variable: &str, command: &str, parts: &str) -> fmt::Result {
    writeln!(out, "part() {{ {variable}=$1; {command}; }}")?;
    writeln!(out, "each {kind} {} {parts}", document.file_name())
}

fn quoted(text: &str) -> String {
    // only NUL cannot be quoted, and no argument has one
    shlex::try_quote(text).map_or_else(|_| "''".to_owned(), std::borrow::Cow::into_owned)
}
