//! Every area, or those named as arguments: `keystay lab exec -- sdk-clients keys signing`.

mod access;
mod assertion;
mod certificate_import;
mod certificates;
mod challenge;
mod credentials;
mod encryption;
mod errors;
mod files;
mod keys;
mod lab;
mod lists;
mod recovery;
mod report;
mod retries;
mod rotation;
mod secrets;
mod signing;
mod tokens;

use std::process::ExitCode;

use lab::limits;
use report::Report;

#[tokio::main]
async fn main() -> ExitCode {
    let mut report = Report::new(std::env::args().skip(1).collect());
    // all cases together make more keys in ten seconds than a vault allows
    limits(false).await.expect("the lab answers");
    challenge::run(&mut report).await;
    credentials::run(&mut report).await;
    tokens::run(&mut report).await;
    keys::run(&mut report).await;
    signing::run(&mut report).await;
    encryption::run(&mut report).await;
    certificates::run(&mut report).await;
    certificate_import::run(&mut report).await;
    secrets::run(&mut report).await;
    lists::run(&mut report).await;
    recovery::run(&mut report).await;
    rotation::run(&mut report).await;
    access::run(&mut report).await;
    errors::run(&mut report).await;
    retries::run(&mut report).await;
    if report.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
