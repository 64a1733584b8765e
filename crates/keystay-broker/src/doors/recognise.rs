//! From a request to a caller.

use super::Shared;
use crate::{
    caller::{Caller, Issuers, Unknown},
    desk::Setup,
    listen::{Connection, Origin},
};

/// The caller, by the secret or the token it presents, else by what the kernel says about the unix socket. Who is not recognised is
/// put on record.
///
/// A secret that is wrong is refused also where the socket would have been enough: a caller that presents one means to
/// be that one.
pub(crate) async fn recognise(
    shared: &Shared,
    connection: &Connection,
    secret: Option<&str>,
    door: &'static str,
) -> Result<Caller, Unknown> {
    let setup = shared.desk.setup();
    let found = match (secret, &connection.origin) {
        (Some(token), _) if Issuers::could_be_token(token) => by_token(&setup, token).await,
        (Some(secret), _) => setup.callers.by_bearer(secret, || connection.uid()),
        (None, Origin::Unix(peer)) => setup.callers.by_peer(peer),
        (None, Origin::Tcp { .. }) => Err(Unknown::NothingPresented),
    };
    if let Err(why) = &found {
        shared.desk.turned_away(door, &connection.to_string(), *why);
    }
    found
}

async fn by_token(setup: &Setup, token: &str) -> Result<Caller, Unknown> {
    let vouched = setup.issuers.verify(token).await?;
    let caller = setup.callers.by_token(&vouched)?;
    // last: a token that opens nothing is not used up
    setup.issuers.spend(&vouched)?;
    Ok(caller)
}
