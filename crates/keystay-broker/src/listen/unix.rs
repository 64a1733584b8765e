//! The unix socket.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use tokio::net::UnixListener;

use super::{Connection, Serving};
use crate::caller::Peer;

/// A socket file; it is removed when the listener is dropped.
#[derive(Debug)]
pub(crate) struct SocketListener {
    listener: UnixListener,
    path: PathBuf,
}

impl SocketListener {
    /// Makes the socket. `mode` is who may connect at all; who may have what is decided by the peer's user.
    ///
    /// A socket that nobody listens on is a leftover of a broker that was killed, and is replaced. One that answers is
    /// somebody else's and stays.
    pub(crate) fn bind(path: &Path, mode: u32) -> io::Result<Self> {
        if path.exists() {
            match std::os::unix::net::UnixStream::connect(path) {
                Ok(_) => {
                    return Err(io::Error::new(io::ErrorKind::AddrInUse, "another broker listens on it"));
                }
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path)?,
                Err(error) => return Err(error),
            }
        }
        let listener = UnixListener::bind(path)?;
        fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
        Ok(Self { listener, path: path.to_owned() })
    }

    /// Takes connections until it is told to stop.
    pub(crate) async fn run(self, serving: Serving) {
        loop {
            let Some(place) = serving.place().await else { return };
            let accepted = tokio::select! {
                () = serving.stopped() => return,
                accepted = self.listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => match Peer::of(&stream) {
                    Ok(peer) => serving.serve(stream, Connection::unix(peer), place),
                    Err(error) => tracing::warn!(%error, "nobody knows who connected to the socket; it was closed"),
                },
                Err(error) => super::pause_after(&error).await,
            }
        }
    }
}

impl Drop for SocketListener {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}
