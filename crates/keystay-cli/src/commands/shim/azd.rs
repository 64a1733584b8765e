//! In the place of `azd auth token`.

use anyhow::Context;
use jiff::Timestamp;
use serde_json::json;

use super::{parsed, pretty, token};
use crate::{
    args::{Azd, AzdAuth, ShimArguments},
    diagnostics::Failure,
    printer::Printer,
};

pub(in crate::commands) async fn run(arguments: ShimArguments, printer: &mut Printer) -> Result<(), Failure> {
    let Azd::Auth(AzdAuth::Token(asked)) = parsed("azd", arguments)?;
    let token = token(asked.tenant_id.as_ref(), &asked.scope.join(" "), "--tenant-id").await?;
    // whole seconds in UTC, with a Z: SDKs read no other form
    let end = Timestamp::from_second(token.expires_on).context("the token ends beyond all calendars")?;
    printer.data(pretty(&json!({ "token": token.access_token, "expiresOn": end.to_string() })))
}
