//! A broker with one app and one caller.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::keystay;

/// `keystay serve`, and what a program must know to meet it. It ends when this is dropped.
pub(super) struct Broker {
    process: Child,
    folder: PathBuf,
    /// Host and port of the TCP door.
    pub(super) address: String,
    /// What the caller `program` proves itself with.
    pub(super) secret: String,
}

/// The identity's name.
pub(super) const IDENTITY: &str = "graph";
const KNOCK_AGAIN: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(20);

impl Broker {
    pub(super) fn start(root: &Path, seed: &Value) -> Result<Self> {
        let secret: Value = serde_json::from_slice(&keystay(&["secret", "--json"])?)?;
        let text = |value: &Value| value.as_str().map(str::to_owned).context("a text");
        // short: the path of a socket may have 108 bytes
        let folder = std::env::temp_dir().join(format!("keystay-clients-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let config = folder.join("keystay.toml");
        fs::write(&config, configuration(&folder, seed, &text(&secret["bearer_sha256"])?)?)?;
        let mut process = Command::new(root.join("target/debug/keystay"))
            .args(["serve", "--config"])
            .arg(config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context("`keystay serve` cannot be started")?;
        let mut words = BufReader::new(process.stderr.take().context("it has an error output")?).lines();
        let mut broker = Self { process, folder, address: String::new(), secret: text(&secret["secret"])? };
        for line in words.by_ref() {
            let line = line?;
            if let Some((_, rest)) = line.split_once("http://") {
                rest.split(' ').next().unwrap_or_default().clone_into(&mut broker.address);
                break;
            }
            crate::steps::say(&line);
        }
        if broker.address.is_empty() {
            bail!("the broker did not start");
        }
        thread::spawn(move || words.map_while(Result::ok).for_each(|line| crate::steps::say(&line)));
        Ok(broker)
    }

    /// The lines of the audit log that `work` brought about.
    pub(super) fn watched<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<(T, Vec<Value>)> {
        let before = self.mark()?.len();
        let done = work()?;
        let lines = self.mark()?.split_off(before);
        // what is left without the knocking
        Ok((
            done,
            lines
                .into_iter()
                .filter(|line| line["door"] != "native" && line["reason"] != "nothing-presented")
                .collect(),
        ))
    }

    /// Knocks without a secret, and waits for the line about it: all lines before it are there, too. A broker that is
    /// knocked at often tells only some of it, so it is knocked again.
    fn mark(&self) -> Result<Vec<Value>> {
        let marks = |lines: &[Value]| lines.iter().filter(|line| line["door"] == "native").count();
        let wanted = marks(&self.journal()?) + 1;
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            let mut stream = TcpStream::connect(&self.address)?;
            write!(stream, "GET /v1/token HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address)?;
            let again = Instant::now() + KNOCK_AGAIN;
            while Instant::now() < again {
                let lines = self.journal()?;
                if marks(&lines) >= wanted {
                    return Ok(lines);
                }
                thread::sleep(Duration::from_millis(10));
            }
        }
        bail!("the audit log does not grow")
    }

    fn journal(&self) -> Result<Vec<Value>> {
        let text = fs::read_to_string(self.folder.join("audit.jsonl"))?;
        // the last line may be on its way
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The app of the lab, for the tenants of its customers. The broker is the host's managed identity for the vault.
fn configuration(folder: &Path, seed: &Value, hash: &str) -> Result<String> {
    let of = |pointer: &str| seed.pointer(pointer).and_then(Value::as_str).context(pointer.to_owned());
    Ok(format!(
        r#"
[listen]
socket = "{folder}/keystay.sock"
loopback = "127.0.0.1:0"

[audit]
file = "{folder}/audit.jsonl"

[identities.{IDENTITY}]
client_id = "{app}"
home_tenant = "{home}"
refuse_exportable = true
vault_credential = "managed-identity"
key = {{ vault = "https://{vault}", certificate = "harbor-signer" }}

[callers.program]
bearer_sha256 = "{hash}"

[[rules]]
callers = ["program"]
identities = ["{IDENTITY}"]
tenants = ["{juniper}", "{marlow}"]
scopes = "*"
"#,
        folder = folder.display(),
        app = of("/ready_app")?,
        home = of("/home/id")?,
        vault = of("/vault_host")?,
        juniper = of("/juniper/id")?,
        marlow = of("/marlow/id")?,
    ))
}
