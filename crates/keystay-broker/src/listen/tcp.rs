//! TCP on this computer.

use std::{io, net::SocketAddr, sync::Arc};

use rustix::net::sockopt::set_tcp_user_timeout;
use tokio::{net::TcpListener, sync::Semaphore};

use super::{Connection, Serving};

/// Connections at once by TCP, where nobody knows whose they are: the rest is for the socket.
const CONNECTIONS: usize = 2048;

/// A port of the loopback interface.
#[derive(Debug)]
pub(crate) struct LoopbackListener {
    listener: TcpListener,
}

impl LoopbackListener {
    /// Takes the port; any free one when it is 0.
    pub(crate) async fn bind(address: SocketAddr) -> io::Result<Self> {
        Ok(Self { listener: TcpListener::bind(address).await? })
    }

    /// The address with its port.
    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Takes connections until it is told to stop.
    pub(crate) async fn run(self, serving: Serving) {
        let room = Arc::new(Semaphore::new(CONNECTIONS));
        let unread = u32::try_from(serving.patience().as_millis()).unwrap_or(u32::MAX);
        loop {
            let Ok(own) = room.clone().acquire_owned().await else { return };
            let Some(place) = serving.place().await else { return };
            let accepted = tokio::select! {
                () = serving.stopped() => return,
                accepted = self.listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    // answers are small and written at once: nothing is gained by waiting for more
                    let _ = stream.set_nodelay(true);
                    // and who does not read them has a connection for so long only (tcp(7), `TCP_USER_TIMEOUT`)
                    let _ = set_tcp_user_timeout(&stream, unread);
                    match stream.local_addr() {
                        Ok(local) => serving.serve(stream, Connection::tcp(peer, local), (own, place)),
                        Err(error) => tracing::debug!(%error, "a connection ended early"),
                    }
                }
                Err(error) => super::pause_after(&error).await,
            }
        }
    }
}

/// The user whose process has the other end of a connection on this computer, from the kernel's table of connections
/// (proc_net_tcp). None where the other end is not in it: another network namespace, or closed already.
///
/// An end that was closed has no inode any more, and its user is told as 0: whoever sends and hangs up is not root.
pub(crate) fn user_of(peer: SocketAddr, local: SocketAddr) -> Option<u32> {
    let tables = [procfs::net::tcp(), procfs::net::tcp6()];
    tables
        .into_iter()
        .flatten()
        .flatten()
        .find(|entry| entry.inode != 0 && same(entry.local_address, peer) && same(entry.remote_address, local))
        .map(|entry| entry.uid)
}

/// An IPv4 address can be written as an IPv6 one.
fn same(one: SocketAddr, other: SocketAddr) -> bool {
    one.port() == other.port() && one.ip().to_canonical() == other.ip().to_canonical()
}
