//! Lines of JSON about what happened, written without making anybody wait.

use std::{
    cell::RefCell,
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock, Weak,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, Thread},
    time::Duration,
};

use keystay::Clock;
use parking_lot::Mutex;
use serde::Serialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Where lines go: a file that only its owner reads, or the standard output.
///
/// Lines are collected for a few milliseconds and written by a thread of its own, so a slow or full disk makes no caller
/// wait and takes no token away. What does not fit is dropped, counted, and told by a line when there is room again.
/// Only a line that must not be lost ([`write_through`](Self::write_through)) waits for the disk, and not for long. A line
/// cut in half by a full disk is finished when there is room again; in a file that is opened anew, it is there whole.
#[derive(Debug)]
pub struct Journal {
    clock: Arc<dyn Clock>,
    target: Option<PathBuf>,
    writer: OnceLock<Thread>,
    waiting: Mutex<Vec<u8>>,
    // held while writing, so that lines stay in order; taken before `waiting`
    sink: Mutex<Sink>,
    // one line at a time waits for the disk: a disk that does not answer must not take all threads
    turn: Arc<tokio::sync::Mutex<()>>,
    lost: AtomicU64,
    untold: AtomicU64,
}

/// How long a line waits in memory for others to be written with it; what is there when the process is killed is lost.
/// Short, because callers wait while a core writes: lines of 50 ms at once are seen in the slowest of a hundred answers.
const COLLECT: Duration = Duration::from_millis(5);
/// How long lines wait that the disk did not take; a new line does not wake the writer while there are any.
const TRY_AGAIN: Duration = Duration::from_millis(500);
/// How long anybody waits for a disk that does not answer.
const PATIENCE: Duration = Duration::from_secs(1);
/// How much may wait: some ten thousand lines.
const ROOM: usize = 8 * 1024 * 1024;

/// How much memory is kept for the next lines after many were written.
const KEEP: usize = 1024 * 1024;

/// Where lines go, and what is there of a line that was cut in half.
#[derive(Debug)]
struct Sink {
    target: Target,
    half: Vec<u8>,
    // changes places with what waits: nobody makes room while others wait for the lock
    spare: Vec<u8>,
}

#[derive(Debug)]
enum Target {
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
            writer: OnceLock::new(),
            waiting: Mutex::default(),
            sink: Mutex::new(sink),
            turn: Arc::default(),
            lost: AtomicU64::new(0),
            untold: AtomicU64::new(0),
        });
        let weak = Arc::downgrade(&journal);
        let writer = thread::Builder::new().name("journal".into()).spawn(move || keep_flushing(&weak))?;
        let _ = journal.writer.set(writer.thread().clone());
        Ok(journal)
    }

    /// Adds a line; the time becomes its first field. Never waits for the disk.
    pub fn write(&self, line: &impl Serialize) {
        thread_local! {
            /// Every thread writes its lines in a place of its own: the lock is held for one copy only.
            static TEXT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
        }
        let kept = TEXT.try_with(|text| {
            let mut text = text.try_borrow_mut().ok()?;
            text.clear();
            self.add(&mut text, line);
            Some(())
        });
        // a thread that ends has given it up
        if !matches!(kept, Ok(Some(()))) {
            self.add(&mut Vec::new(), line);
        }
    }

    fn add(&self, text: &mut Vec<u8>, line: &impl Serialize) {
        if !self.write_text(text, line) {
            return;
        }
        let mut waiting = self.waiting.lock();
        if waiting.len() + text.len() > ROOM {
            self.lost.fetch_add(1, Ordering::Relaxed);
            self.untold.fetch_add(1, Ordering::Relaxed);
        } else {
            let first = waiting.is_empty();
            waiting.extend_from_slice(text);
            drop(waiting);
            if first {
                self.wake_writer();
            }
        }
    }

    fn wake_writer(&self) {
        if let Some(writer) = self.writer.get() {
            writer.unpark();
        }
    }

    /// Adds a line, and hands everything to the operating system before it returns: a killed process has written it. That
    /// takes some microseconds. A full disk, or one that does not answer within a second, keeps nobody: the line waits in
    /// memory as all others do.
    ///
    /// **Cancellation:** the line is written nevertheless.
    pub async fn write_through(self: &Arc<Self>, line: &impl Serialize) {
        self.write(line);
        self.hand_over().await;
    }

    /// Hands everything to the operating system, as far as it takes it within a second. No thread that serves callers
    /// waits.
    pub async fn hand_over(self: &Arc<Self>) {
        let handed_over = async {
            let turn = Arc::clone(&self.turn).lock_owned().await;
            let journal = Arc::clone(self);
            let flush = move || {
                journal.flush();
                drop(turn);
            };
            if tokio::task::spawn_blocking(flush).await.is_err() {
                tracing::error!("the journal was not written: its task failed");
            }
        };
        tokio::select! {
            () = handed_over => {}
            () = self.clock.sleep(PATIENCE) => tracing::warn!("the disk of the journal does not answer"),
        }
    }

    /// Hands everything to the operating system, however long that takes. What it does not take stays and is tried again.
    pub fn flush(&self) {
        self.flush_into(&mut self.sink.lock());
    }

    fn flush_into(&self, sink: &mut Sink) {
        let mut lines = std::mem::take(&mut sink.spare);
        std::mem::swap(&mut lines, &mut *self.waiting.lock());
        let untold = self.untold.load(Ordering::Relaxed);
        if untold > 0 {
            self.write_text(&mut lines, &Lost { event: "lines-lost", count: untold });
        }
        match sink.write(&lines) {
            Ok(()) => {
                self.untold.fetch_sub(untold, Ordering::Relaxed);
                lines.clear();
                lines.shrink_to(KEEP);
                sink.spare = lines;
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
    ///
    /// **Errors:** the file cannot be opened, or the disk of the old one has not answered for a second.
    pub fn reopen(&self) -> io::Result<()> {
        let Some(mut sink) = self.sink.try_lock_for(PATIENCE) else {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "the disk of the audit log does not answer"));
        };
        let new = Sink::open(self.target.as_ref())?;
        self.flush_into(&mut sink);
        let old = std::mem::replace(&mut *sink, new);
        // the rest of a line in half waits, its beginning is in the old file
        self.waiting.lock().splice(..0, old.half);
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

    /// Adds the line to `text`; whether that can be done.
    fn write_text(&self, text: &mut Vec<u8>, line: &impl Serialize) -> bool {
        text.extend_from_slice(b"{\"time\":\"");
        // years of four digits can be written
        let _ = OffsetDateTime::from(self.clock.now()).format_into(text, &Rfc3339);
        text.push(b'"');
        let start = text.len();
        if let Err(error) = serde_json::to_writer(&mut *text, line) {
            tracing::error!(%error, "a line of the journal cannot be written as JSON");
            return false;
        }
        // one object: the line's own brace becomes a comma
        text[start] = b',';
        text.push(b'\n');
        true
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.flush();
        self.wake_writer();
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
            Some(path) => {
                let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
                if ends_in_half_a_line(path)? {
                    file.write_all(b"\n")?;
                }
                Ok(Self { target: Target::File(file), half: Vec::new(), spare: Vec::new() })
            }
            None => Ok(Self { target: Target::Output, half: Vec::new(), spare: Vec::new() }),
        }
    }

    fn write(&mut self, mut lines: &[u8]) -> Result<(), Unwritten> {
        while !lines.is_empty() {
            let written = match &mut self.target {
                Target::File(file) => file.write(lines),
                Target::Output => io::stdout().write(lines),
            };
            match written {
                Ok(0) => return Err(Unwritten { rest: lines.len(), error: io::ErrorKind::WriteZero.into() }),
                Ok(count) => {
                    let (written, rest) = lines.split_at(count);
                    if let Some(end) = written.iter().rposition(|byte| *byte == b'\n') {
                        self.half.clear();
                        self.half.extend_from_slice(&written[end + 1..]);
                    } else {
                        self.half.extend_from_slice(written);
                    }
                    lines = rest;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Unwritten { rest: lines.len(), error }),
            }
        }
        Ok(())
    }
}

/// Whether whoever wrote the file last was killed on a full disk: its half line must not take the next one along.
fn ends_in_half_a_line(path: &Path) -> io::Result<bool> {
    let about = path.metadata()?;
    if !about.is_file() || about.size() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    File::open(path)?.read_exact_at(&mut last, about.size() - 1)?;
    Ok(last != *b"\n")
}

fn keep_flushing(journal: &Weak<Journal>) {
    loop {
        match journal.upgrade() {
            Some(journal) => journal.flush(),
            None => return,
        }
        // until a line comes, or for as long as a disk that took nothing is left alone
        thread::park_timeout(TRY_AGAIN);
        thread::sleep(COLLECT);
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
        journal.write(&Line { event: "granted" });
        journal.flush();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "{\"time\":\"1970-01-01T00:00:00Z\",\"event\":\"granted\"}\n");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_moved_file_is_followed_by_a_new_one() {
        let (journal, path) = journal("moved");
        journal.write(&Line { event: "first" });
        journal.flush();
        let moved = path.with_extension("1");
        std::fs::rename(&path, &moved).unwrap();
        journal.reopen().unwrap();
        journal.write(&Line { event: "second" });
        journal.flush();
        assert_eq!(lines(&moved)[0]["event"], "first");
        assert_eq!(lines(&path)[0]["event"], "second");
    }

    /// `/dev/full` takes nothing, as a full disk does.
    #[test]
    fn a_full_disk_loses_no_line_that_fits_in_memory_and_counts_those_that_do_not() {
        let (journal, path) = journal("full");
        journal.sink.lock().target = Target::File(OpenOptions::new().write(true).open("/dev/full").unwrap());
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

    /// What a full disk leaves: the first bytes of a line.
    #[test]
    fn a_line_cut_in_half_is_finished_or_stands_whole_in_the_next_file() {
        let (journal, path) = journal("half");
        let cut = |event| {
            journal.write(&Line { event });
            let mut sink = journal.sink.lock();
            let mut waiting = journal.waiting.lock();
            sink.write(&waiting[..10]).unwrap_or_default();
            waiting.drain(..10);
        };
        cut("first");
        journal.flush();
        cut("second");
        let moved = path.with_extension("half");
        std::fs::rename(&path, &moved).unwrap();
        journal.sink.lock().target = Target::File(OpenOptions::new().write(true).open("/dev/full").unwrap());
        journal.reopen().unwrap();
        journal.flush();
        let old = std::fs::read_to_string(&moved).unwrap();
        assert!(old.contains("first") && !old.ends_with('\n'), "{old}");
        assert_eq!(lines(&path)[0]["event"], "second");
        // whoever comes after a process that was killed there
        let after = Journal::open(Some(moved.clone()), Arc::new(ManualClock::new(UNIX_EPOCH))).unwrap();
        after.write(&Line { event: "third" });
        after.flush();
        let text = std::fs::read_to_string(&moved).unwrap();
        assert_eq!(serde_json::from_str::<Value>(text.lines().last().unwrap()).unwrap()["event"], "third");
    }

    /// A pipe nobody reads from takes some lines, and then keeps whoever writes.
    #[tokio::test]
    async fn a_disk_that_does_not_answer_keeps_a_signature_for_a_second_and_a_reload_as_long() {
        let path = std::env::temp_dir().join(format!("keystay-{}-hangs.jsonl", std::process::id()));
        let journal = Journal::open(Some(path.clone()), Arc::new(keystay::SystemClock)).unwrap();
        let (reader, writer) = io::pipe().unwrap();
        journal.sink.lock().target = Target::File(File::from(std::os::fd::OwnedFd::from(writer)));
        for _ in 0..10_000 {
            journal.write(&Line { event: "granted" });
        }
        for event in ["sign-begins", "sign-begins"] {
            let start = std::time::Instant::now();
            journal.write_through(&Line { event }).await;
            let waited = start.elapsed();
            assert!(waited >= PATIENCE && waited < 3 * PATIENCE, "{waited:?}");
        }
        assert_eq!(journal.reopen().unwrap_err().kind(), io::ErrorKind::TimedOut);
        let lines = io::BufRead::lines(io::BufReader::new(reader)).map_while(Result::ok);
        let begun = lines.filter(|line| line.contains("sign-begins"));
        let found = tokio::task::spawn_blocking(move || begun.take(2).count()).await.unwrap();
        assert_eq!(found, 2, "they are written when the disk answers again");
        std::fs::remove_file(&path).unwrap();
    }
}
