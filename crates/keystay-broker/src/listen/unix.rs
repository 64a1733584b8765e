//! The unix socket.

use std::{
    collections::HashMap,
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use tokio::{net::UnixListener, sync::Semaphore};

use super::{Connection, Serving};
use crate::caller::Peer;

/// Connections of one user at once: nobody takes all of them.
const CONNECTIONS_OF_A_USER: usize = 1024;

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
        let mut rooms: HashMap<u32, Arc<Semaphore>> = HashMap::new();
        loop {
            let Some(place) = serving.place().await else { return };
            let accepted = tokio::select! {
                () = serving.stopped() => return,
                accepted = self.listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => match Peer::of(&stream) {
                    Ok(peer) => {
                        let room = || Arc::new(Semaphore::new(CONNECTIONS_OF_A_USER));
                        let room = rooms.entry(peer.uid).or_insert_with(room).clone();
                        let connection = Connection::unix(peer);
                        match room.try_acquire_owned() {
                            Ok(own) => serving.serve(stream, connection, (own, place)),
                            Err(_) => serving.turned_away(&connection, "too-many-connections"),
                        }
                    }
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
