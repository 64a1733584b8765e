//! A multi-tenant web app: `/api/demo1` holds the certificate, `/api/demo2` leaves the key in the vault.

mod app;
mod failure;
mod graph;
mod routes;
mod settings;

use std::process::ExitCode;

use app::App;
use settings::Settings;

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()))
        .with_writer(std::io::stderr)
        .init();
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> anyhow::Result<()> {
    let settings = Settings::read()?;
    let address = settings.address();
    let app = App::connect(settings).await?;
    let listener = tokio::net::TcpListener::bind(address).await?;
    tracing::info!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, routes::router(app))
        .with_graceful_shutdown(async {
            // without a signal handler the process just ends, which is as well
            let _ = tokio::signal::ctrl_c().await;
        })
        .await?;
    Ok(())
}
