//! `keystay serve --lab`: a broker and the Azure behind it, from nothing.
//!
//! The broker meets the lab as it would meet Azure: the real host names, through the lab's proxy and with its certificate
//! authority, and towards the vault it is the host's managed identity.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use anyhow::Context;
use futures::future::BoxFuture;
use keystay::{Clock, Secret, Transport};
use keystay_broker::{BearerHash, Broker, Config, Surroundings, Telemetry};
use keystay_lab::{Lab, LabClock, LabOptions, ManagedIdentitySource};
use serde_json::{Value, json};

use super::{Signals, serve};
use crate::{
    args::ServeArguments,
    commands::{lab::not_started, secret},
    diagnostics::Failure,
    printer::Printer,
};

/// Runs until it is told to stop; the folder with its socket goes with it.
pub(super) async fn run(
    arguments: &ServeArguments,
    telemetry: Option<Arc<Telemetry>>,
    printer: &mut Printer,
) -> Result<(), Failure> {
    no_other_identity()?;
    let signals = Signals::new()?;
    let options = LabOptions::new().with_ready_app(true).with_managed_identity(ManagedIdentitySource::Imds);
    let lab = Lab::start(options).await.map_err(|error| not_started(&error))?;
    let house = House::build(&lab, arguments.socket.clone())?;
    let config = Config::load(&house.config())?;
    let broker = Broker::start(&config, Surroundings { telemetry, ..surroundings(&lab)? }).await?;
    let loopback = broker.loopback().context("the broker has no address")?;
    let loopback = format!("http://{loopback}");
    if arguments.json {
        printer.data(house.describe(&lab, &loopback))?;
    } else {
        house.tell(&lab, &loopback, printer)?;
    }
    serve(broker, &house.config(), signals, printer).await;
    Ok(())
}

/// The SDK looks for the host's identity in these variables first, and would not ask the lab.
fn no_other_identity() -> Result<(), Failure> {
    let others = ["IDENTITY_ENDPOINT", "IMDS_ENDPOINT", "MSI_ENDPOINT"];
    let Some(set) = others.into_iter().find(|name| std::env::var_os(name).is_some()) else { return Ok(()) };
    Err(Failure::usage(format_args!(
        "{set} is set: this host has a managed identity already, and the lab's would not be met"
    ))
    .hint(format_args!("start it without: `env --unset={set} keystay serve --lab`")))
}

/// Connections through the lab, and its clock.
fn surroundings(lab: &Lab) -> Result<Surroundings, Failure> {
    let ca = reqwest::Certificate::from_pem(lab.ca_pem().as_bytes()).context("the lab's certificate cannot be read")?;
    let http = reqwest::Client::builder()
        .proxy(reqwest::Proxy::all(lab.proxy_url()).context("the lab's address makes no sense")?)
        .tls_certs_only([ca])
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .context("the HTTP client cannot be made")?;
    Ok(Surroundings {
        transport: Transport::new(Arc::new(http)),
        clock: Arc::new(LabTime(lab.clock().clone())),
        credential: None,
        jitter_seed: None,
        telemetry: None,
    })
}

/// The lab's clock as the broker's: who moves the one moves the other.
#[derive(Debug)]
struct LabTime(LabClock);

impl Clock for LabTime {
    fn now(&self) -> SystemTime {
        self.0.now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        // limits of requests and pauses between them pass in real time
        Box::pin(tokio::time::sleep(duration))
    }
}

/// A folder only this user can enter, with the broker's files, and the secret of the caller `program`.
struct House {
    folder: tempfile::TempDir,
    socket: PathBuf,
    secret: Secret,
}

impl House {
    fn build(lab: &Lab, socket: Option<PathBuf>) -> Result<Self, Failure> {
        // the folder for sockets of this user where the system has one; the path of a socket has 108 bytes at most
        let parent = std::env::var_os("XDG_RUNTIME_DIR")
            .map(PathBuf::from)
            .filter(|folder| folder.is_dir())
            .unwrap_or_else(std::env::temp_dir);
        let folder = tempfile::Builder::new()
            .prefix("keystay-")
            .permissions(fs::Permissions::from_mode(0o700))
            .tempdir_in(&parent)
            .with_context(|| format!("no folder can be made in `{}`", parent.display()))?;
        let socket = socket.unwrap_or_else(|| folder.path().join("keystay.sock"));
        let house = Self { folder, socket, secret: secret::generate()? };
        fs::write(house.config(), house.configuration(lab)).context("the configuration cannot be written")?;
        Ok(house)
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("keystay.toml")
    }

    fn admin(&self) -> PathBuf {
        self.folder.path().join("admin.sock")
    }

    fn audit(&self) -> PathBuf {
        self.folder.path().join("audit.jsonl")
    }

    /// As an operator would write it, for the ready app of the lab.
    fn configuration(&self, lab: &Lab) -> String {
        let seed = lab.seed();
        format!(
            r#"# made by `keystay serve --lab`: change it, and the broker reads it again
[listen]
socket = {socket}
loopback = "127.0.0.1:0"
admin = {admin}                # for `keystay broker`, this user and root
dashboard = "127.0.0.1:0"        # for `keystay broker dashboard`

[audit]
file = {audit}

[identities.graph]
client_id = "{app}"
home_tenant = "{home}"
vault_credential = "managed-identity"
refuse_exportable = true
key = {{ vault = "https://{vault}", certificate = "harbor-signer" }}

[callers.me]                   # every program of this user, over the socket
uid = "{user}"

[callers.program]              # whoever knows the secret
bearer_sha256 = "{hash}"

[[rules]]
callers = ["me", "program"]
identities = "graph"
tenants = "*"                  # whoever consented to the app
scopes = "*"
"#,
            socket = quoted(&self.socket),
            admin = quoted(&self.admin()),
            audit = quoted(&self.audit()),
            app = seed.ready_app.unwrap_or_default(),
            home = seed.home.id,
            vault = seed.vault_host,
            user = rustix::process::getuid().as_raw(),
            hash = BearerHash::of(self.secret.expose()).to_hex(),
        )
    }

    fn describe(&self, lab: &Lab, loopback: &str) -> Value {
        let seed = lab.seed();
        json!({
            "socket": self.socket,
            "loopback": loopback,
            "secret": self.secret.expose(),
            "bearer_sha256": BearerHash::of(self.secret.expose()).to_hex(),
            "admin": self.admin(),
            "config": self.config(),
            "admin": self.admin(),
            "audit": self.audit(),
            "identity": "graph",
            "tenants": [seed.juniper.domain, seed.marlow.domain],
            "lab": lab.control_url(),
        })
    }

    fn tell(&self, lab: &Lab, loopback: &str, printer: &mut Printer) -> Result<(), Failure> {
        let seed = lab.seed();
        let (socket, secret) = (self.socket.display(), self.secret.expose());
        let token = format!("/v1/token?identity=graph&tenant={}", seed.juniper.domain);
        printer.title("A token service, and a lab behind it that is Azure:")?;
        for (name, value) in [
            ("socket", format!("{socket}  (every program of yours)")),
            ("loopback", format!("{loopback}  (whoever knows the secret)")),
            ("secret", secret.to_owned()),
            ("its hash", BearerHash::of(secret).to_hex()),
            ("identity", "graph".to_owned()),
            ("tenants", format!("{}, {}", seed.juniper.domain, seed.marlow.domain)),
            ("settings", self.config().display().to_string()),
            ("admin", format!("{}  (`keystay broker status --socket` …)", self.admin().display())),
            ("audit log", self.audit().display().to_string()),
            ("lab", format!("{}  (its page shows what Azure is asked)", lab.control_url())),
        ] {
            printer.data(format_args!("  {name:10} {value}"))?;
        }
        printer.title("\nA token for you, and one for a program with the secret:")?;
        printer.data(format_args!("  curl --unix-socket '{socket}' 'http://keystay{token}'"))?;
        printer.data(format_args!("  curl --header 'Authorization: Bearer {secret}' '{loopback}{token}'"))?;
        printer.title("\nWhat it does, live in your browser:")?;
        printer.data(format_args!("  keystay broker dashboard --socket '{}'", self.admin().display()))?;
        printer.note("\nCtrl-C ends it, and nothing of it remains.");
        Ok(())
    }
}

/// A path as TOML has it: what JSON escapes, TOML's basic strings do as well.
fn quoted(path: &Path) -> Value {
    Value::from(path.display().to_string())
}
