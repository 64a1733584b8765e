//! Lines of JSON about what happened, written without making anybody wait.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
    sync::{
        Arc, Weak,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use keystay::Clock;
use parking_lot::Mutex;
use serde::Serialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Where lines go: a file that only its owner reads, or the standard output.
///
/// Lines are collected and written twenty times a second by a thread of its own, so a slow or full disk makes no caller
/// wait and takes no token away. What does not fit is dropped, counted, and told by a line when there is room again.
/// Only a line that must not be lost ([`write_through`](Self::write_through)) waits for the disk.
#[derive(Debug)]
pub struct Journal {
    clock: Arc<dyn Clock>,
    target: Option<PathBuf>,
    waiting: Mutex<Vec<u8>>,
    // held while writing, so that lines stay in order; taken before `waiting`
    sink: Mutex<Sink>,
    lost: AtomicU64,
    untold: AtomicU64,
}

/// How long a line may wait in memory; what is there when the process is killed is lost.
const FLUSH_EVERY: Duration = Duration::from_millis(50);
/// How much may wait: some ten thousand lines.
const ROOM: usize = 8 * 1024 * 1024;

#[derive(Debug)]
enum Sink {
    File(File),
    Output,
}

impl Journal {
    /// Opens the file (made with mode 0600 where there is none), or the standard output without one.
    pub fn open(target: Option<PathBuf>, clock: Arc<dyn Clock>) -> io::Result<Arc<Self>> {
        let sink = Sink::open(target.as_ref())?;
        let journal = Arc::new(Self {
            clock,
            target,
            waiting: Mutex::default(),
            sink: Mutex::new(sink),
            lost: AtomicU64::new(0),
            untold: AtomicU64::new(0),
        });
        let weak = Arc::downgrade(&journal);
        thread::Builder::new().name("journal".into()).spawn(move || keep_flushing(&weak))?;
        Ok(journal)
    }

    /// Adds a line; the time becomes its first field. Never waits for the disk.
    pub fn write(&self, line: &impl Serialize) {
        let Some(text) = self.text_of(line) else { return };
        let mut waiting = self.waiting.lock();
        if waiting.len() + text.len() > ROOM {
            self.lost.fetch_add(1, Ordering::Relaxed);
            self.untold.fetch_add(1, Ordering::Relaxed);
        } else {
            waiting.extend_from_slice(&text);
        }
    }

    /// Adds a line and hands everything to the operating system before it returns: a killed process has written it.
    /// Takes some microseconds.
    pub fn write_through(&self, line: &impl Serialize) {
        self.write(line);
        self.flush();
    }

    /// Hands everything to the operating system. What it does not take stays and is tried again.
    pub fn flush(&self) {
        let mut sink = self.sink.lock();
        let mut lines = std::mem::take(&mut *self.waiting.lock());
        let untold = self.untold.load(Ordering::Relaxed);
        if untold > 0
            && let Some(told) = self.text_of(&Lost { event: "lines-lost", count: untold })
        {
            lines.extend_from_slice(&told);
        }
        if lines.is_empty() {
            return;
        }
        match sink.write(&lines) {
            Ok(()) => {
                self.untold.fetch_sub(untold, Ordering::Relaxed);
            }
            Err(Unwritten { rest, error }) => {
                tracing::debug!(%error, "the journal cannot be written, trying again");
                // a line cut in half is finished first; the word about lost lines is said anew
                let told = if untold > 0 { lines_told(&lines) } else { 0 };
                let end = lines.len() - told;
                let keep = lines.get(lines.len() - rest..end).unwrap_or_default();
                let mut waiting = self.waiting.lock();
                let newer = std::mem::take(&mut *waiting);
                waiting.extend_from_slice(keep);
                waiting.extend_from_slice(&newer);
            }
        }
    }

    /// Opens the file again, after a program that rotates logs has moved it away.
    pub fn reopen(&self) -> io::Result<()> {
        self.flush();
        let sink = Sink::open(self.target.as_ref())?;
        *self.sink.lock() = sink;
        Ok(())
    }

    /// The file; none for the standard output.
    pub fn file(&self) -> Option<&PathBuf> {
        self.target.as_ref()
    }

    /// How many lines were dropped since the start because the disk took none.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Whether lines wait that the disk did not take at the last try.
    pub fn is_stuck(&self) -> bool {
        self.waiting.lock().len() > ROOM / 2
    }

    fn text_of(&self, line: &impl Serialize) -> Option<Vec<u8>> {
        let time = OffsetDateTime::from(self.clock.now()).format(&Rfc3339).unwrap_or_default();
        let mut text = format!("{{\"time\":\"{time}\"").into_bytes();
        let start = text.len();
        match serde_json::to_writer(&mut text, line) {
            Ok(()) => {
                // one object: the line's own brace becomes a comma
                text[start] = b',';
                text.push(b'\n');
                Some(text)
            }
            Err(error) => {
                tracing::error!(%error, "a line of the journal cannot be written as JSON");
                None
            }
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.flush();
    }
}

#[derive(Serialize)]
struct Lost {
    event: &'static str,
    count: u64,
}

/// The length of the last line.
fn lines_told(lines: &[u8]) -> usize {
    let body = &lines[..lines.len().saturating_sub(1)];
    lines.len() - body.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1)
}

struct Unwritten {
    rest: usize,
    error: io::Error,
}

impl Sink {
    fn open(target: Option<&PathBuf>) -> io::Result<Self> {
        match target {
            Some(path) => Ok(Self::File(OpenOptions::new().create(true).append(true).mode(0o600).open(path)?)),
            None => Ok(Self::Output),
        }
    }

    fn write(&mut self, mut lines: &[u8]) -> Result<(), Unwritten> {
        while !lines.is_empty() {
            let written = match self {
                Self::File(file) => file.write(lines),
                Self::Output => io::stdout().write(lines),
            };
            match written {
                Ok(0) => return Err(Unwritten { rest: lines.len(), error: io::ErrorKind::WriteZero.into() }),
                Ok(count) => lines = &lines[count..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Unwritten { rest: lines.len(), error }),
            }
        }
        Ok(())
    }
}

fn keep_flushing(journal: &Weak<Journal>) {
    loop {
        thread::sleep(FLUSH_EVERY);
        match journal.upgrade() {
            Some(journal) => journal.flush(),
            None => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use keystay::ManualClock;
    use serde_json::Value;

    use super::*;

    #[derive(Serialize)]
    struct Line {
        event: &'static str,
    }

    fn lines(path: &std::path::Path) -> Vec<Value> {
        std::fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn journal(name: &str) -> (Arc<Journal>, PathBuf) {
        let path = std::env::temp_dir().join(format!("keystay-{}-{name}.jsonl", std::process::id()));
        let _ = std::fs::remove_file(&path);
        (Journal::open(Some(path.clone()), Arc::new(ManualClock::new(UNIX_EPOCH))).unwrap(), path)
    }

    #[test]
    fn a_line_starts_with_its_time_and_a_file_is_for_its_owner() {
        use std::os::unix::fs::PermissionsExt;
        let (journal, path) = journal("owner");
        journal.write_through(&Line { event: "granted" });
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "{\"time\":\"1970-01-01T00:00:00Z\",\"event\":\"granted\"}\n");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_moved_file_is_followed_by_a_new_one() {
        let (journal, path) = journal("moved");
        journal.write_through(&Line { event: "first" });
        let moved = path.with_extension("1");
        std::fs::rename(&path, &moved).unwrap();
        journal.reopen().unwrap();
        journal.write_through(&Line { event: "second" });
        assert_eq!(lines(&moved)[0]["event"], "first");
        assert_eq!(lines(&path)[0]["event"], "second");
    }

    /// `/dev/full` takes nothing, as a full disk does.
    #[test]
    fn a_full_disk_loses_no_line_that_fits_in_memory_and_counts_those_that_do_not() {
        let (journal, path) = journal("full");
        *journal.sink.lock() = Sink::File(OpenOptions::new().write(true).open("/dev/full").unwrap());
        let count = 300_000_u64;
        for _ in 0..count {
            journal.write(&Line { event: "granted" });
        }
        journal.flush();
        assert!(journal.lost() > 0 && journal.is_stuck());
        journal.reopen().unwrap();
        journal.flush();
        let written = lines(&path);
        let granted = written.iter().filter(|line| line["event"] == "granted").count() as u64;
        let told: u64 = written.iter().filter_map(|line| line["count"].as_u64()).sum();
        assert_eq!(granted + told, count);
        assert_eq!(told, journal.lost());
        std::fs::remove_file(&path).unwrap();
    }
}
