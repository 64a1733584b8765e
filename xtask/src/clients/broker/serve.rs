//! A broker with one app, and a caller for each way to be known.

use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    os::unix::fs::MetadataExt,
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
    /// Host and port of the TLS door.
    pub(super) tls: String,
    /// What the caller `program` proves itself with.
    pub(super) secret: String,
}

/// The identity's name.
pub(super) const IDENTITY: &str = "graph";
const NOTHING_PRESENTED: &str = "nothing-presented";
/// Tokens of the cluster that programs find in files: the right one, one for somebody else, one that is too old.
const TOKENS: [(&str, &str); 3] = [
    (
        "token",
        r#"{ "issuer": "https://oidc.cluster.test", "subject": "system:serviceaccount:apps:job", "audience": "keystay", "lifetime_seconds": 3600 }"#,
    ),
    ("foreign-token", r#"{ "issuer": "https://oidc.cluster.test", "subject": "system:serviceaccount:apps:job" }"#),
    (
        "old-token",
        r#"{ "issuer": "https://oidc.cluster.test", "subject": "system:serviceaccount:apps:job", "audience": "keystay", "claims": { "iat": 1700000000, "nbf": 1700000000, "exp": 1700003600 } }"#,
    ),
];
const KNOCK_AGAIN: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(20);

impl Broker {
    pub(super) fn start(root: &Path, seed: &Value) -> Result<Self> {
        let secret: Value = serde_json::from_slice(&keystay(&["secret", "--json"])?)?;
        let text = |value: &Value| value.as_str().map(str::to_owned).context("a text");
        // short: the path of a socket may have 108 bytes
        let folder = env::temp_dir().join(format!("keystay-clients-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let config = folder.join("keystay.toml");
        fs::write(&config, configuration(&folder, seed, &text(&secret["bearer_sha256"])?)?)?;
        for (file, order) in TOKENS {
            fs::write(folder.join(file), token_of_the_cluster(order)?)?;
        }
        keystay(&["shim", "install", folder.join("shims").to_str().context("the folder's path is text")?])?;
        let mut process = Command::new(root.join("target/debug/keystay"))
            .args(["serve", "--config"])
            .arg(config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context("`keystay serve` cannot be started")?;
        let mut words = BufReader::new(process.stderr.take().context("it has an error output")?).lines();
        let mut broker =
            Self { process, folder, address: String::new(), tls: String::new(), secret: text(&secret["secret"])? };
        for line in words.by_ref() {
            let line = line?;
            if let Some((_, address)) = line.split_once("http://") {
                address.split(' ').next().unwrap_or_default().clone_into(&mut broker.address);
            } else if let Some((_, address)) = line.split_once("https://") {
                address.split(' ').next().unwrap_or_default().clone_into(&mut broker.tls);
                // it is told last
                break;
            } else {
                crate::steps::say(&line);
            }
        }
        if broker.address.is_empty() || broker.tls.is_empty() {
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
        Ok((done, lines.into_iter().filter(|line| !knock(line) && line["reason"] != NOTHING_PRESENTED).collect()))
    }

    /// The path of a file of the broker's folder.
    pub(super) fn file(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    /// Knocks without a secret, and waits for the line about it: all lines before it are there, too. A broker that is
    /// knocked at often tells only some of it, so it is knocked again.
    fn mark(&self) -> Result<Vec<Value>> {
        let marks = |lines: &[Value]| lines.iter().filter(|line| knock(line)).count();
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

/// Whether a line of the audit log is about a request with nothing in it.
fn knock(line: &Value) -> bool {
    line["door"] == "native" && line["reason"] == NOTHING_PRESENTED
}

/// Has the lab's cluster sign a token about a service account.
fn token_of_the_cluster(order: &str) -> Result<String> {
    let lab = env::var("KEYSTAY_LAB").context("`keystay lab exec` runs this")?;
    let output = Command::new("curl")
        .args(["--silent", "--show-error", "--fail", "--json", order])
        .arg(format!("{lab}/lab/oidc-tokens"))
        .output()
        .context("`curl` cannot be started")?;
    if !output.status.success() {
        bail!("the lab's cluster signs no token: {}", String::from_utf8_lossy(&output.stderr));
    }
    let answer: Value = serde_json::from_slice(&output.stdout)?;
    answer["token"].as_str().map(str::to_owned).context("a token")
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

[listen.tls]
address = "127.0.0.1:0"
ca_file = "{folder}/ca.pem"

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

[issuers.cluster]
issuer = "https://oidc.cluster.test"
audience = "keystay"
keys_url = "https://oidc.cluster.test/openid/v1/jwks"

[callers.job]
jwt = {{ issuer = "cluster", subject = "system:serviceaccount:apps:job" }}

[callers.user]
uid = {user}

[[rules]]
callers = ["program", "job", "user"]
identities = ["{IDENTITY}"]
tenants = ["{juniper}", "{marlow}"]
scopes = "*"
"#,
        // the folder is new, and so belongs to whoever runs this
        user = fs::metadata(folder)?.uid(),
        folder = folder.display(),
        app = of("/ready_app")?,
        home = of("/home/id")?,
        vault = of("/vault_host")?,
        juniper = of("/juniper/id")?,
        marlow = of("/marlow/id")?,
    ))
}
