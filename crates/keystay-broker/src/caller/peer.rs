//! The process at the other end of a unix socket.

use std::{fs, io, os::fd::OwnedFd, sync::Arc, time::Duration};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::{Pid, PidfdFlags, pidfd_open},
};
use tokio::net::UnixStream;

/// Who opened the connection, as the kernel wrote it down at that moment (`SO_PEERCRED`, unix(7)).
#[derive(Clone, Debug)]
pub struct Peer {
    /// The user.
    pub uid: u32,
    /// The user's primary group then.
    pub gid: u32,
    /// The process.
    pub pid: Option<i32>,
    // a process id can be used again, a handle to the process cannot (pidfd_open(2))
    process: Option<Arc<OwnedFd>>,
}

impl Peer {
    /// Reads who is at the other end.
    ///
    /// # Errors
    /// When the process has already gone, or is no longer the user's who connected: then nobody knows who asks.
    pub fn of(stream: &UnixStream) -> io::Result<Self> {
        let credentials = stream.peer_cred()?;
        let pid = credentials.pid().and_then(Pid::from_raw);
        let process = match pid {
            Some(pid) => Some(Arc::new(pidfd_open(pid, PidfdFlags::empty())?)),
            None => None,
        };
        let peer = Self { uid: credentials.uid(), gid: credentials.gid(), pid: credentials.pid(), process };
        // between connecting and taking the handle the process may have been replaced by another one
        if let Some(pid) = peer.pid
            && owner_of(pid)? != peer.uid
        {
            return Err(io::Error::other("the process that connected has gone"));
        }
        Ok(peer)
    }

    /// Whether the process that connected still lives.
    pub fn lives(&self) -> bool {
        let Some(process) = &self.process else { return true };
        let mut handles = [PollFd::new(process.as_ref(), PollFlags::IN)];
        // a handle becomes readable when its process ends
        matches!(poll(&mut handles, Some(&Timespec::try_from(Duration::ZERO).unwrap_or_default())), Ok(0))
    }
}

/// The user a process belongs to: the owner of its entry in `/proc`.
fn owner_of(pid: i32) -> io::Result<u32> {
    use std::os::unix::fs::MetadataExt;
    Ok(fs::metadata(format!("/proc/{pid}"))?.uid())
}
