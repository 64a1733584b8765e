//! A `lab up` that ends with the test, and the command line that talks to it.

#![allow(dead_code, reason = "each test uses its part")]

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio},
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};

use serde_json::Value;

/// The command, in an environment where no lab is.
pub(crate) fn keystay(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keystay"));
    command.args(arguments).current_dir(env!("CARGO_TARGET_TMPDIR"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("KEYSTAY_") || name.to_ascii_lowercase().ends_with("_proxy") {
            command.env_remove(name);
        }
    }
    command
}

/// What a command wrote to its output, and its words beside it.
pub(crate) fn said(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

/// A running lab.
pub(crate) struct Up {
    pub(crate) child: Child,
    file: PathBuf,
}

impl Up {
    pub(crate) fn start(name: &str, arguments: &[&str]) -> Self {
        let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_file(&file);
        let up = ["lab", "up", "--json", "--state-file", file.to_str().unwrap()];
        let child = keystay(&[&up[..], arguments].concat()).stdout(Stdio::null()).spawn().unwrap();
        let up = Self { child, file };
        let deadline = Instant::now() + Duration::from_secs(60);
        while !up.file.exists() {
            assert!(Instant::now() < deadline, "the lab does not come up");
            std::thread::sleep(Duration::from_millis(20));
        }
        up
    }

    pub(crate) fn file(&self) -> &str {
        self.file.to_str().unwrap()
    }

    pub(crate) fn state(&self) -> Value {
        serde_json::from_slice(&std::fs::read(&self.file).unwrap()).unwrap()
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A running broker with a lab behind it.
pub(crate) struct Broker {
    pub(crate) child: Child,
    /// What it says about itself.
    pub(crate) said: Value,
    // closed only at the end: it may say more
    _output: BufReader<ChildStdout>,
    words: Receiver<String>,
}

impl Broker {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut command = keystay(&[&["serve", "--lab", "--json"], arguments].concat());
        for name in ["IDENTITY_ENDPOINT", "IMDS_ENDPOINT", "MSI_ENDPOINT"] {
            command.env_remove(name);
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (sender, words) = channel();
        // ends with the broker
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        // ends at the first line, or when the broker has ended
        output.read_line(&mut line).unwrap();
        Self { child, said: serde_json::from_str(&line).unwrap(), _output: output, words }
    }

    /// Waits until it has said so to the person in front of it.
    pub(crate) fn says(&self, expected: &str) {
        while !self.words.recv_timeout(Duration::from_secs(60)).unwrap().contains(expected) {}
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.said[name].as_str().unwrap()
    }

    pub(crate) fn socket(&self) -> &str {
        self.text("socket")
    }

    /// Tells it to stop, as a service manager does, and waits until it has.
    pub(crate) fn end(mut self) -> ExitStatus {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap()
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
