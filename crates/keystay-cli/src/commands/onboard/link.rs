//! `keystay onboard link`

use serde_json::json;

use crate::{
    args::OnboardLinkArguments,
    commands::tenants::{open_or_make, stamp},
    diagnostics::Failure,
    printer::Printer,
};

pub(super) fn run(arguments: &OnboardLinkArguments, printer: &mut Printer) -> Result<(), Failure> {
    let tenants = open_or_make(&arguments.file)?;
    let invitation = tenants.invite(&arguments.customer, arguments.tenant.as_ref(), arguments.valid_for)?;
    let url = arguments.public_url.join(invitation.secret.expose());
    let record = &invitation.record;
    if arguments.json {
        return printer.data(json!({
            "customer": record.customer,
            "tenant": record.tenant.map(|id| id.to_string()).or_else(|| record.expected.clone()),
            "url": url,
            "expires": stamp(invitation.expires),
            "redirect_uri": arguments.public_url.redirect_uri(),
        }));
    }
    printer.data(url)?;
    let whom = match record.tenant.map(|id| id.to_string()).or_else(|| record.expected.clone()) {
        Some(tenant) => format!("tenant {tenant} alone"),
        None => "any tenant; whose it is, you confirm with `keystay tenants confirm`".to_owned(),
    };
    printer.note(format_args!("for the administrator of `{}`: {whom}", record.customer));
    printer.note(format_args!("works until {}", stamp(invitation.expires)));
    Ok(())
}
