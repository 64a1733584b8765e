//! The process itself: what another program on the host could read of it.

use std::fmt;

use rustix::{
    fs::Mode,
    mm::{MlockAllFlags, mlockall},
    process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit, umask},
};

/// What holds since [`harden`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Hardening {
    /// No core file is written, and no other program of the same user may look into the memory (`prctl(2)`,
    /// `PR_SET_DUMPABLE`).
    pub closed: bool,
    /// Memory is never written to a swap device (`mlockall(2)`).
    pub locked: bool,
    /// How many files and connections may be open.
    pub descriptors: Option<u64>,
}

/// Closes this process as far as the system lets it. New files are for their owner only from here on.
///
/// Memory is locked only where there is no limit to it: with a limit, a process that grows past it would end.
pub fn harden() -> Hardening {
    umask(Mode::from_raw_mode(0o077));
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let no_core = setrlimit(Resource::Core, none).is_ok();
    let closed = set_dumpable_behavior(DumpableBehavior::NotDumpable).is_ok() && no_core;
    // pages are locked when they are first used: what is reserved and unused costs nothing
    let flags = MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT;
    let locked = may_lock_all() && mlockall(flags).is_ok();
    let files = getrlimit(Resource::Nofile);
    // the usual soft limit is less than the connections that are served
    let _ = setrlimit(Resource::Nofile, Rlimit { current: files.maximum, maximum: files.maximum });
    Hardening { closed, locked, descriptors: getrlimit(Resource::Nofile).current }
}

/// Without a limit, or with the capability that lifts it (capabilities(7), `CAP_IPC_LOCK`).
fn may_lock_all() -> bool {
    const CAP_IPC_LOCK: u64 = 1 << 14;
    let capable = || procfs::process::Process::myself().and_then(|me| me.status()).map(|status| status.capeff);
    getrlimit(Resource::Memlock).current.is_none() || capable().is_ok_and(|effective| effective & CAP_IPC_LOCK != 0)
}

impl fmt::Display for Hardening {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let closed = if self.closed { "closed to other programs" } else { "open to other programs of the same user" };
        let locked = if self.locked { "locked" } else { "not locked: it may be swapped to disk" };
        write!(formatter, "memory is {closed} and {locked}")
    }
}
