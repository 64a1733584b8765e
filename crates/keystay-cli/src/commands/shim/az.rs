//! In the place of `az account get-access-token`.

use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Map, Value, json};

use super::{Granted, parsed, pretty, token};
use crate::{
    args::{Az, AzAccount, AzOutput, AzToken, ShimArguments},
    diagnostics::Failure,
    printer::Printer,
};

pub(in crate::commands) async fn run(arguments: ShimArguments, printer: &mut Printer) -> Result<(), Failure> {
    let Az::Account(AzAccount::GetAccessToken(asked)) = parsed("az", arguments)?;
    let token = token(asked.tenant.as_ref(), &scope(&asked), "--tenant").await?;
    let object = object(&token);
    match &asked.query {
        None if asked.output == AzOutput::Json => printer.data(pretty(&Value::Object(object))),
        None => {
            let values: Vec<String> = object.values().map(plain).collect();
            printer.data(values.join("\t"))
        }
        Some(field) => {
            let Some(value) = object.get(field) else {
                let fields: Vec<&String> = object.keys().collect();
                return Err(Failure::usage(format_args!("`{field}` is no field of a token"))
                    .hint(format_args!("there are {fields:?}")));
            };
            if asked.output == AzOutput::Json { printer.data(value) } else { printer.data(plain(value)) }
        }
    }
}

/// Azure Resource Manager, as the Azure CLI has it, when nothing is named.
fn scope(asked: &AzToken) -> String {
    match &asked.resource {
        // a slash at its end belongs to the resource
        Some(resource) => format!("{resource}/.default"),
        None if asked.scope.is_empty() => "https://management.azure.com/.default".to_owned(),
        None => asked.scope.join(" "),
    }
}

/// The fields the SDKs read: `expires_on` (seconds), or `expiresOn` (local time, no zone) where they are old.
fn object(token: &Granted) -> Map<String, Value> {
    let local = Timestamp::from_second(token.expires_on)
        .map(|end| end.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S.000000").to_string())
        .unwrap_or_default();
    let object = json!({
        "accessToken": token.access_token,
        "expiresOn": local,
        "expires_on": token.expires_on,
        "tenant": token.tenant,
        "tokenType": "Bearer",
    });
    object.as_object().cloned().unwrap_or_default()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
