//! `keystay secret`: what a caller proves itself with.

use std::fmt::Write;

use aws_lc_rs::rand;
use keystay::Secret;
use keystay_broker::BearerHash;
use serde_json::json;

use crate::{diagnostics::Failure, printer::Printer};

/// Prints a new secret of 256 bits and its hash. Nothing is kept. In hexadecimal, so that it also fits a path that an
/// SDK changes to lower case.
pub(super) fn run(json: bool, printer: &mut Printer) -> Result<(), Failure> {
    let secret = generate()?;
    let hash = BearerHash::of(secret.expose()).to_hex();
    if json {
        return printer.data(json!({ "secret": secret.expose(), "bearer_sha256": hash }));
    }
    printer.data(format_args!("secret         {}", secret.expose()))?;
    printer.data(format_args!("bearer_sha256  {hash}"))?;
    printer.note("Give the secret to the program, and the hash to `[callers.NAME]` of the broker's configuration.");
    Ok(())
}

/// 256 bits.
pub(super) fn generate() -> Result<Secret, Failure> {
    let mut random = [0; 32];
    rand::fill(&mut random).map_err(|_| Failure::failed("the system gave no random numbers"))?;
    Ok(Secret::new(random.iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })))
}
