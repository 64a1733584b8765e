//! Bodies that take too long.

use std::{io, sync::Arc, time::Duration};

use axum::body::Body;
use futures::{StreamExt, stream};
use hyper::body::{Body as _, Incoming};
use tokio::time::{Instant, timeout_at};

use super::Connection;
use crate::limits::Strangers;

/// The body, whole within `limit` of its head; then it fails, however steadily single bytes arrive.
pub(super) fn within(body: Incoming, limit: Duration, connection: &Connection, strangers: &Arc<Strangers>) -> Body {
    // most requests have none, and pay nothing
    if body.is_end_stream() {
        return Body::empty();
    }
    let deadline = Instant::now() + limit;
    let (connection, strangers) = (connection.clone(), strangers.clone());
    let pieces = Body::new(body).into_data_stream();
    Body::from_stream(stream::try_unfold(pieces, move |mut pieces| {
        let (connection, strangers) = (connection.clone(), strangers.clone());
        async move {
            match timeout_at(deadline, pieces.next()).await {
                Ok(Some(Ok(piece))) => Ok(Some((piece, pieces))),
                Ok(Some(Err(error))) => Err(io::Error::other(error)),
                Ok(None) => Ok(None),
                Err(_) => {
                    strangers.turned_away("listen", &connection, "slow-body");
                    Err(io::Error::new(io::ErrorKind::TimedOut, "the body did not arrive in time"))
                }
            }
        }
    }))
}
