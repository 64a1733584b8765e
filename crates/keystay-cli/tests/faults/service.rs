//! A broker as a process of its own, between callers and a lab in the test's process.

use std::{
    io::{BufRead, BufReader},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, channel},
};

use keystay_lab::{Lab, LabOptions};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use uuid::Uuid;

use crate::{DEADLINE, running::keystay};

/// Ends with the test.
pub(crate) struct Service {
    pub(crate) lab: Lab,
    /// Customers who consented to the app.
    pub(crate) tenants: Vec<Uuid>,
    folder: PathBuf,
    process: Child,
    words: Receiver<String>,
}

impl Service {
    /// With so many customers.
    pub(crate) async fn start(name: &str, tenants: usize) -> Self {
        Self::start_with(name, tenants, |_| {}, |broker| broker).await
    }

    /// Like [`start`](Self::start), after something was done in the folder, and by another command line.
    pub(crate) async fn start_with(
        name: &str,
        tenants: usize,
        prepare: impl FnOnce(&Path),
        wrap: impl FnOnce(Command) -> Command,
    ) -> Self {
        let lab = Lab::start(LabOptions::new().with_ready_app(true)).await.unwrap();
        let tenants = lab.directory().create_tenants(tenants);
        for tenant in &tenants {
            lab.directory().consent(lab.seed().ready_app.unwrap(), *tenant).unwrap();
        }
        // short, because the path of a socket may have 108 bytes
        let folder = std::env::temp_dir().join(format!("keystay-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        prepare(&folder);
        std::fs::write(folder.join("keystay.toml"), configuration(&folder, &lab)).unwrap();
        let (process, words) = run(wrap(command(&folder, &lab)));
        let service = Self { lab, tenants, folder, process, words };
        service.says("listening on");
        service
    }

    /// Starts it again where it was.
    pub(crate) fn start_again(&mut self) {
        (self.process, self.words) = run(command(&self.folder, &self.lab));
        self.says("listening on");
    }

    pub(crate) fn app(&self) -> Uuid {
        self.lab.seed().ready_app.unwrap()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.file("keystay.sock")
    }

    pub(crate) fn id(&self) -> Pid {
        Pid::from_child(&self.process)
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.id(), signal).unwrap();
    }

    /// `kill -9`: nothing of it runs any more.
    pub(crate) fn kill(&mut self) {
        self.signal(Signal::KILL);
        self.process.wait().unwrap();
    }

    /// How it ended, where it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.process.try_wait().unwrap()
    }

    /// Waits until it has said so.
    pub(crate) fn says(&self, expected: &str) {
        while !self.words.recv_timeout(DEADLINE).unwrap().contains(expected) {}
    }

    /// The audit log. Every line of it is whole.
    pub(crate) fn audit(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.file("audit.jsonl")).unwrap();
        assert!(text.ends_with('\n'), "the last line is cut: {:?}", text.lines().last());
        text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn command(folder: &Path, lab: &Lab) -> Command {
    let mut command = keystay(&["serve", "--config"]);
    command.arg(folder.join("keystay.toml")).envs(lab.environment());
    command
}

fn run(mut command: Command) -> (Child, Receiver<String>) {
    let mut process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(process.stderr.take().unwrap()).lines();
    let (sender, words) = channel();
    // ends with the process
    std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| sender.send(line)));
    (process, words)
}

fn configuration(folder: &Path, lab: &Lab) -> String {
    let seed = lab.seed();
    format!(
        r#"
[listen]
socket = "{folder}/keystay.sock"

[audit]
file = "{folder}/audit.jsonl"

[identities.graph]
client_id = "{app}"
home_tenant = "{home}"
refuse_exportable = true
vault_credential = "managed-identity"
key = {{ vault = "https://{vault}", certificate = "harbor-signer" }}

[callers.me]
uid = {user}

[[rules]]
callers = "me"
identities = "graph"
tenants = "*"
scopes = "*"
"#,
        folder = folder.display(),
        app = seed.ready_app.unwrap(),
        home = seed.home.id,
        vault = seed.vault_host,
        user = std::fs::metadata(folder).unwrap().uid(),
    )
}
