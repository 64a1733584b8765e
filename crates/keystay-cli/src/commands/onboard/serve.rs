//! `keystay onboard serve`

use std::{net::SocketAddr, sync::Arc};

use keystay::{Clock, SystemClock};
use keystay_lifecycle::onboard::{OnboardSettings, Onboarding, PublicUrl, StateKey};
use serde_json::json;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use super::probe;
use crate::{
    args::OnboardServeArguments,
    client,
    commands::{serve::log, tenants::open_or_make},
    diagnostics::Failure,
    printer::Printer,
    settings, supervisor,
};

/// Serves until it is told to stop.
pub(super) async fn run(arguments: &OnboardServeArguments, printer: &mut Printer) -> Result<(), Failure> {
    let settings = settings::load(arguments.settings.config.as_deref(), &arguments.settings.flags)?;
    let key = match &arguments.key_file {
        Some(path) => StateKey::from_file(path)?,
        None => StateKey::random()?,
    };
    let tenants = open_or_make(&arguments.file)?;
    log(arguments.log, None);
    let mut terminate = signal(SignalKind::terminate())
        .map_err(|error| Failure::failed("signals cannot be received").because(error))?;
    let client = client::connect(&settings, printer).await?;
    let busy = |error| Failure::failed(format_args!("cannot listen on {}", arguments.listen)).because(error);
    let listener = TcpListener::bind(arguments.listen).await.map_err(busy)?;
    let address = listener.local_addr().map_err(busy)?;
    let public_url = public_url(arguments, address)?;
    let redirect_uri = public_url.redirect_uri();
    let app = client.app();
    let required = arguments.required.require.iter().cloned().collect();
    let onboard = OnboardSettings {
        probe: probe(&arguments.required),
        attempt_life: arguments.return_within,
        patience: arguments.patience,
        ..OnboardSettings::new(&client, &arguments.app_name, public_url.clone(), required)
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let onboarding = Onboarding::new(onboard, tenants, client, clock, key);
    let resumed = onboarding.resume().await?;
    if arguments.json {
        printer.data(
            json!({ "listening": address, "public_url": public_url.to_string(), "redirect_uri": redirect_uri }),
        )?;
    } else {
        printer.note(format_args!("listening on http://{address} as {public_url}"));
        printer.note(format_args!("the redirect URI of app {app} (platform \"Web\"): {redirect_uri}"));
        if resumed > 0 {
            printer.note(format_args!("{resumed} consents are checked on from the last run"));
        }
    }
    supervisor::ready();
    let stop = async {
        loop {
            tokio::select! {
                () = supervisor::beat() => {}
                _ = terminate.recv() => break,
                _ = tokio::signal::ctrl_c() => break,
            }
        }
        supervisor::stopping();
    };
    onboarding.serve(listener, stop).await;
    printer.note("stopped");
    Ok(())
}

/// The address of browsers. Plain HTTP never leaves this computer with people on it.
fn public_url(arguments: &OnboardServeArguments, address: SocketAddr) -> Result<PublicUrl, Failure> {
    let url = match &arguments.public_url {
        Some(url) => url.clone(),
        None => format!("http://localhost:{}", address.port()).parse().map_err(Failure::usage)?,
    };
    if !address.ip().is_loopback() && !url.is_secure() {
        return Err(Failure::usage(format_args!(
            "`--listen {address}` can be reached by other computers, over plain HTTP"
        ))
        .hint("listen on 127.0.0.1, or give the https address of the proxy in front of it as --public-url"));
    }
    Ok(url)
}
