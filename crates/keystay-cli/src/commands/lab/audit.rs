//! `keystay lab audit`

use reqwest::Method;
use serde_json::Value;
use url::form_urlencoded::Serializer;

use crate::{
    args::{AuditAction, LabAuditArguments},
    diagnostics::Failure,
    printer::Printer,
};

use super::Control;

pub(super) async fn run(arguments: LabAuditArguments, printer: &mut Printer) -> Result<(), Failure> {
    const PATH: &str = "/lab/audit?";
    let lab = Control::of(&arguments.about.which)?;
    if let Some(AuditAction::Clear) = arguments.action {
        return lab.delete("/lab/audit").await;
    }
    let mut path = Serializer::for_suffix(PATH.to_owned(), PATH.len());
    if let Some(vault) = &arguments.vault {
        path.append_pair("vault", vault);
    }
    if let Some(limit) = arguments.limit {
        path.append_pair("limit", &limit.to_string());
    }
    let lines = lab.ask(Method::GET, &path.finish(), None).await?;
    if arguments.about.json {
        return printer.raw(&lines);
    }
    for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let record: Value = serde_json::from_slice(line)
            .map_err(|error| Failure::failed("an audit record makes no sense").because(error))?;
        print(&record, printer)?;
    }
    Ok(())
}

/// One line: time, status, operation, object.
fn print(record: &Value, printer: &mut Printer) -> Result<(), Failure> {
    let text = |value: &'_ Value| value.as_str().unwrap_or_default().to_owned();
    let time = text(&record["time"]);
    let time = time.get(11..19).unwrap_or_default();
    let (status, object) = (&record["properties"]["httpStatusCode"], text(&record["properties"]["id"]));
    printer.data(format_args!("{time}  {status}  {:20} {object}", text(&record["operationName"])))
}
