//! Everything the doctor wants to know, read from the services. Nothing is changed, and read rights suffice:
//! Reader on the vault, the hosts and their subscription, Key Vault Reader on the vault, and in Graph Application.Read.All,
//! Policy.Read.All and AuditLog.Read.All.
//!
//! What is read, and by which call, is the catalogue of [`Document`]s. A document that the service does not give is noted
//! with the service's code: the checks that need it are UNKNOWN, and the rest goes on.

mod address;
mod document;

use futures::{StreamExt, TryStreamExt, stream};
use keystay::{ClientId, Cloud, VaultUrl};
use keystay_posture::facts::{Document, Facts, Repeat};
use serde_json::{Map, Value};

pub use document::{Absence, Collected};

use self::address::{Address, At, Part};
use crate::{
    call::{CallError, Remote, Service},
    resource_manager::ResourceId,
};

/// How many parts of one document are asked for at once: fast, and far below what a vault answers in a second.
const AT_ONCE: usize = 8;

/// What the doctor looks at.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The app registration.
    pub app: ClientId,
    /// The vault's data plane.
    pub vault: VaultUrl,
    /// The vault as a resource.
    pub vault_id: ResourceId,
    /// The certificate whose key signs.
    pub certificate: String,
    /// Where the app and the signer run.
    pub hosts: Vec<ResourceId>,
}

/// How far the reading is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Progress {
    /// What is being read.
    pub document: Document,
    /// Documents read before it.
    pub documents_done: usize,
    /// Parts of this one that are read.
    pub parts_done: usize,
    /// Parts it has.
    pub parts: usize,
}

/// Reads documents about one subject.
#[derive(Debug)]
pub struct Collector {
    subject: Subject,
    graph: Service,
    resource_manager: Service,
    vault: Service,
}

impl Collector {
    /// A reader in the name of one caller.
    pub fn new(cloud: &Cloud, remote: &Remote, subject: Subject) -> Self {
        let vault = Service {
            name: "Key Vault",
            base: subject.vault.as_str().trim_end_matches('/').to_owned(),
            scope: format!("https://{}/.default", subject.vault.resource_host()),
            remote: remote.clone(),
        };
        Self {
            graph: Service::new(crate::call::GRAPH, cloud.graph(), "/v1.0", remote.clone()),
            resource_manager: Service::new("Azure Resource Manager", cloud.resource_manager(), "", remote.clone()),
            vault,
            subject,
        }
    }

    /// Reads every document there is to read, one after the other, and tells of it. Takes some seconds, and about two calls for
    /// each version of the certificate. Dropping it changes nothing anywhere.
    pub async fn collect(&self, mut progress: impl FnMut(Progress)) -> Collected {
        let mut collected = Collected::default();
        let tokens = self.tokens().await;
        let documents = Document::ALL.into_iter().filter(|document| document.repeat() != Repeat::Keystay);
        for (documents_done, document) in documents.enumerate() {
            let mut tell = |parts_done, parts| progress(Progress { document, documents_done, parts_done, parts });
            tell(0, 1);
            let outcome = match tokens.missing(document) {
                Some(error) => Err(error.into()),
                None => self.read(document, &collected, &mut tell).await,
            };
            collected.put(document, outcome);
        }
        collected
    }

    /// Whether there is a token for each service. Without one, each document would be tried for, and waited for, in vain.
    async fn tokens(&self) -> Tokens {
        let doing = "signing in";
        let (graph, resource_manager, vault) =
            futures::join!(self.graph.token(doing), self.resource_manager.token(doing), self.vault.token(doing));
        Tokens { graph: graph.err(), resource_manager: resource_manager.err(), vault: vault.err() }
    }

    async fn read(
        &self,
        document: Document,
        before: &Collected,
        tell: &mut impl FnMut(usize, usize),
    ) -> Result<Value, Absence> {
        let part = |part: &Part| Address::of(document, &self.subject, Some(part));
        match document.repeat() {
            Repeat::Once if document == Document::DirectoryAudits => {
                let object = before.app_object().ok_or(Absence::NeedsAnother(Document::Application))?;
                Ok(self.one(&part(&Part::AppObject(object))?, document).await?)
            }
            Repeat::Once => Ok(self.one(&Address::of(document, &self.subject, None)?, document).await?),
            Repeat::EachVersion => {
                let versions = self.versions().await?;
                let addresses = versions.into_iter().map(|version| part(&Part::Version(version)));
                Ok(Value::Array(self.several(document, addresses.collect::<Result<_, _>>()?, tell).await?))
            }
            Repeat::EachHost if self.subject.hosts.is_empty() => Err(Absence::Unsupported("no host was named")),
            Repeat::EachHost => {
                let hosts = self.subject.hosts.iter().cloned();
                let addresses = hosts.map(|host| part(&Part::Host(host))).collect::<Result<Vec<_>, _>>()?;
                let answers = self.several(document, addresses, tell).await?;
                // lists of assignments and policies become one list
                Ok(Value::Array(answers.into_iter().flat_map(elements).collect()))
            }
            Repeat::EachGroup => {
                let groups = before.groups().ok_or(Absence::NeedsAnother(Document::RoleAssignments))?;
                let addresses = groups.iter().map(|group| part(&Part::Group(group.clone())));
                let members = self.several(document, addresses.collect::<Result<_, _>>()?, tell).await?;
                Ok(Value::Object(groups.into_iter().zip(members).collect::<Map<_, _>>()))
            }
            Repeat::Keystay => Err(Absence::Unsupported("keystay writes it itself")),
        }
    }

    /// The versions of the certificate by name.
    async fn versions(&self) -> Result<Vec<String>, CallError> {
        let Subject { certificate, .. } = &self.subject;
        let doing = format!("listing the versions of certificate `{certificate}`");
        let path = format!("/certificates/{certificate}/versions?api-version=7.4");
        let listed = self.vault.list(&path, &doing).await?;
        let ids = listed.iter().filter_map(|version| version["id"].as_str());
        let names = ids.filter_map(|id| id.rsplit('/').next()).filter(|name| name.chars().all(char::is_alphanumeric));
        Ok(names.map(str::to_owned).collect())
    }

    /// Several parts at once, in their order. The first that is not given ends it.
    async fn several(
        &self,
        document: Document,
        addresses: Vec<Address>,
        tell: &mut impl FnMut(usize, usize),
    ) -> Result<Vec<Value>, CallError> {
        let parts = addresses.len();
        let reads = stream::iter(addresses.iter().map(|address| self.one(address, document)));
        let mut done = 0;
        reads
            .buffered(AT_ONCE)
            .inspect_ok(|_| {
                done += 1;
                tell(done, parts);
            })
            .try_collect()
            .await
    }

    async fn one(&self, address: &Address, document: Document) -> Result<Value, CallError> {
        let service = match address.service {
            At::Graph => &self.graph,
            At::ResourceManager => &self.resource_manager,
            At::Vault => &self.vault,
        };
        service.whole(&address.path, &format!("reading {document}")).await
    }
}

impl Collected {
    /// What the documents say.
    pub fn facts(&self) -> Facts {
        let mut facts = Facts::default();
        self.add_to(&mut facts);
        facts
    }
}

/// For which services there is no token.
struct Tokens {
    graph: Option<CallError>,
    resource_manager: Option<CallError>,
    vault: Option<CallError>,
}

impl Tokens {
    fn missing(&self, document: Document) -> Option<CallError> {
        match address::service(document)?.0 {
            At::Graph => self.graph.clone(),
            At::ResourceManager => self.resource_manager.clone(),
            At::Vault => self.vault.clone(),
        }
    }
}

fn elements(answer: Value) -> Vec<Value> {
    match answer {
        Value::Array(elements) => elements,
        one => vec![one],
    }
}
