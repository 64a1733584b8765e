//! A file that may change while the broker runs.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::time::{Interval, MissedTickBehavior, interval};

/// How often the file is looked at. A look is one call of the system; it sees what is written over the network, and a
/// link that is moved to another folder, as Kubernetes does, where a notice of the kernel would not come.
const EVERY: Duration = Duration::from_secs(1);

/// Looks at a file again and again.
pub(super) struct Watched {
    path: PathBuf,
    looks: Interval,
    taken: Option<Stamp>,
    seen: Option<Stamp>,
}

/// What tells one content of a file from another without reading it.
#[derive(Clone, Copy, Eq, PartialEq)]
struct Stamp {
    modified: (i64, i64),
    length: u64,
    inode: u64,
}

impl Watched {
    pub(super) fn new(path: &Path) -> Self {
        let mut looks = interval(EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let stamp = Stamp::of(path);
        Self { path: path.to_owned(), looks, taken: stamp, seen: stamp }
    }

    /// Completes when the file is another one than the last that was taken, and has stayed so for one look: it is not
    /// read half-written.
    ///
    /// **Cancellation:** nothing is missed.
    pub(super) async fn changed(&mut self) {
        loop {
            self.looks.tick().await;
            let now = Stamp::of(&self.path);
            let settled = now == self.seen;
            self.seen = now;
            // a file that is gone will be back, or somebody means to stop the broker
            if settled && now.is_some() && now != self.taken {
                self.taken = now;
                return;
            }
        }
    }

    /// The file was read for another reason.
    pub(super) fn taken(&mut self) {
        self.taken = Stamp::of(&self.path);
    }
}

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        let file = fs::metadata(path).ok()?;
        Some(Self { modified: (file.mtime(), file.mtime_nsec()), length: file.size(), inode: file.ino() })
    }
}
