//! `keystay token`

use serde_json::json;

use crate::{
    args::{TokenArguments, TokenOutput},
    client,
    diagnostics::Failure,
    moment,
    printer::Printer,
    settings,
};

pub(super) async fn run(arguments: &TokenArguments, printer: &mut Printer) -> Result<(), Failure> {
    let settings = settings::load(arguments.settings.config.as_deref(), &arguments.settings.flags)?;
    let client = client::connect(&settings, printer).await?;
    let token = client.token(&arguments.tenant, &arguments.scope).await?;
    let expires = moment::unix(token.expires_on());
    match arguments.output {
        TokenOutput::Text => printer.data(token.secret()),
        // a token is base64url and dots: nothing a shell could take for its own
        TokenOutput::Env => printer.data(format_args!("export ACCESS_TOKEN='{}'", token.secret())),
        TokenOutput::Header => printer.data(format_args!("Authorization: Bearer {}", token.secret())),
        TokenOutput::Json => printer.data(json!({
            "access_token": token.secret(),
            "token_type": "Bearer",
            "tenant": arguments.tenant.to_string(),
            "scope": arguments.scope.as_str(),
            "expires_on": expires,
            "expires": moment::words(expires),
        })),
    }
}
