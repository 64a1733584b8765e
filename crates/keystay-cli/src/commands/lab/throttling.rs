//! `keystay lab throttling`

use reqwest::Method;
use serde_json::{Map, Value};

use crate::{
    args::{LabThrottlingArguments, ThrottlingAction},
    diagnostics::Failure,
    printer::Printer,
};

use super::Control;

const PATH: &str = "/lab/throttling";

pub(super) async fn run(arguments: LabThrottlingArguments, printer: &mut Printer) -> Result<(), Failure> {
    let lab = Control::of(&arguments.about.which)?;
    let mut limits: Map<String, Value> = lab.get(PATH).await?;
    if let Some(change) = change(arguments.action.as_ref()) {
        limits.extend(change);
        limits = lab.send(Method::PUT, PATH, &Value::Object(limits)).await?;
    }
    if arguments.about.json {
        return printer.data(Value::Object(limits));
    }
    limits.iter().try_for_each(|(name, value)| printer.data(format_args!("{:20}{value}", name.replace('_', " "))))
}

/// What an action changes; nothing for a look.
fn change(action: Option<&ThrottlingAction>) -> Option<Map<String, Value>> {
    let fields: Vec<(&str, Option<Value>)> = match action {
        None | Some(ThrottlingAction::Show) => return None,
        Some(ThrottlingAction::Off) => vec![("enabled", Some(false.into()))],
        Some(ThrottlingAction::Set(limits)) => vec![
            ("enabled", Some(true.into())),
            ("key_operations", limits.key_operations.map(Into::into)),
            ("key_creations", limits.key_creations.map(Into::into)),
            ("secret_operations", limits.secret_operations.map(Into::into)),
            ("secret_creations", limits.secret_creations.map(Into::into)),
            ("retry_after", limits.retry_after.map(Into::into)),
        ],
    };
    Some(fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect())
}
