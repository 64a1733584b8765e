//! From a request to a caller.

use super::Shared;
use crate::{
    caller::{Caller, Unknown},
    listen::{Connection, Origin},
};

/// The caller, by the secret it presents, else by what the kernel says about the unix socket. Who is not recognised is
/// put on record.
///
/// A secret that is wrong is refused also where the socket would have been enough: a caller that presents one means to
/// be that one.
pub(crate) fn recognise(
    shared: &Shared,
    connection: &Connection,
    secret: Option<&str>,
    door: &'static str,
) -> Result<Caller, Unknown> {
    let setup = shared.desk.setup();
    let found = match (secret, &connection.origin) {
        (Some(secret), _) => setup.callers.by_bearer(secret, || connection.uid()),
        (None, Origin::Unix(peer)) => setup.callers.by_peer(peer),
        (None, Origin::Tcp { .. }) => Err(Unknown::NothingPresented),
    };
    if let Err(why) = &found {
        shared.desk.turned_away(door, &connection.to_string(), *why);
    }
    found
}
