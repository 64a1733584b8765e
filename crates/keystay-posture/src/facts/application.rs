//! The app registration and its service principal at home.

use time::OffsetDateTime;

use super::{Known, Missing, Node, Place, Seen, Thumbprint, thumbprint::Certified};

/// The app registration: <https://learn.microsoft.com/graph/api/resources/application>
#[derive(Clone, Debug)]
pub struct Application<'a> {
    root: Result<Node<'a>, Missing>,
}

/// A certificate that proves being the app.
#[derive(Clone, Debug)]
pub struct KeyCredential {
    /// Where it was read.
    pub place: Place,
    /// Its id, by which it is removed.
    pub key_id: String,
    /// Its name for people.
    pub name: Option<String>,
    /// The certificate's thumbprint: of the certificate itself where the document has it, else as registered.
    pub thumbprint: Result<Thumbprint, Missing>,
    /// From when Entra takes it: the later of registration and certificate.
    pub begins: Option<OffsetDateTime>,
    /// Until when Entra takes it: the earlier of registration and certificate.
    pub ends: Option<OffsetDateTime>,
}

/// A client secret, without its value.
#[derive(Clone, Debug)]
pub struct PasswordCredential {
    /// Where it was read.
    pub place: Place,
    /// Its id, by which it is removed.
    pub key_id: String,
    /// Until when Entra takes it.
    pub ends: Option<OffsetDateTime>,
}

/// A permission the app asks for.
#[derive(Clone, Debug)]
pub struct Permission {
    /// Where it was read.
    pub place: Place,
    /// Client id of the API, in lower case.
    pub resource: String,
    /// Id of the permission, in lower case.
    pub id: String,
    /// Whether the app has it for itself, without a person.
    pub application: bool,
}

/// What an API calls one of its application permissions.
#[derive(Clone, Debug)]
pub struct ResourceRole {
    /// Client id of the API, in lower case.
    pub resource: String,
    /// Id of the permission, in lower case.
    pub id: String,
    /// As `User.ReadBasic.All`, and as the `roles` claim of a token has it.
    pub value: String,
}

impl<'a> Application<'a> {
    pub(crate) fn new(root: Result<Node<'a>, Missing>) -> Self {
        Self { root }
    }

    fn root(&self) -> Result<&Node<'a>, Missing> {
        self.root.as_ref().map_err(Clone::clone)
    }

    /// Its client id.
    pub fn app_id(&self) -> Known<String> {
        self.root()?.text_of(&["appId"])
    }

    /// Its object id.
    pub fn object_id(&self) -> Known<String> {
        self.root()?.text_of(&["id"])
    }

    /// Since when it exists.
    pub fn created(&self) -> Known<OffsetDateTime> {
        self.root()?.moment_of(&["createdDateTime"])
    }

    /// Who may use it: `AzureADMyOrg`, `AzureADMultipleOrgs`, …
    pub fn audience(&self) -> Known<String> {
        self.root()?.text_of(&["signInAudience"])
    }

    /// The registered certificates. The field must be there: a selection without it says nothing.
    pub fn key_credentials(&self) -> Known<Vec<KeyCredential>> {
        self.root()?.field(&["keyCredentials"]).and_then(|node| each(&node, KeyCredential::read))
    }

    /// The client secrets. The field must be there, as above.
    pub fn password_credentials(&self) -> Known<Vec<PasswordCredential>> {
        self.root()?.field(&["passwordCredentials"]).and_then(|node| each(&node, PasswordCredential::read))
    }

    /// The permissions the app asks for.
    pub fn permissions(&self) -> Known<Vec<Permission>> {
        let resources = self.root()?.field(&["requiredResourceAccess"])?;
        let mut permissions = Vec::new();
        for resource in resources.items()? {
            let api = resource.field(&["resourceAppId"])?.text()?.to_ascii_lowercase();
            for access in resource.field(&["resourceAccess"])?.items()? {
                permissions.push(Permission {
                    place: access.place(),
                    resource: api.clone(),
                    id: access.field(&["id"])?.text()?.to_ascii_lowercase(),
                    application: access.field(&["type"])?.text()? == "Role",
                });
            }
        }
        Ok(Seen { value: permissions, place: resources.place() })
    }

    /// Where sign-ins and consents are sent back to, of every platform.
    pub fn redirect_uris(&self) -> Result<Vec<Seen<String>>, Missing> {
        let root = self.root()?;
        // the web platform is always there; without it the selection was too narrow
        let mut uris = Vec::new();
        for platform in
            [root.field(&["web"])?].into_iter().chain(root.find(&["spa"])).chain(root.find(&["publicClient"]))
        {
            let one = |uri: &Node<'_>| Ok(Seen { value: uri.text()?.to_owned(), place: uri.place() });
            uris.extend(platform.list(&["redirectUris"], one)?);
        }
        Ok(uris)
    }

    /// Whether nobody in a customer tenant can add credentials to the app there. Null means they can.
    pub fn instance_lock(&self) -> Known<bool> {
        let root = self.root()?;
        let Some(lock) = root.nullable("servicePrincipalLockConfiguration")? else {
            let path = root.path_of(&["servicePrincipalLockConfiguration"]);
            return Ok(Seen { value: false, place: Place { path, ..root.place() } });
        };
        let on = |name: &str| Ok::<_, Missing>(lock.maybe_flag(&[name])?.unwrap_or(false));
        let credentials = on("credentialsWithUsageSign")? && on("credentialsWithUsageVerify")?;
        Ok(Seen { value: on("isEnabled")? && (on("allProperties")? || credentials), place: lock.place() })
    }

    /// Whether Microsoft knows who publishes the app. Null means it does not.
    pub fn verified_publisher(&self) -> Known<bool> {
        let root = self.root()?;
        let publisher = root.nullable("verifiedPublisher")?;
        let id = publisher.as_ref().map(|node| node.maybe_text(&["verifiedPublisherId"])).transpose()?.flatten();
        let place = publisher.map_or_else(
            || Place { path: root.path_of(&["verifiedPublisher"]), ..root.place() },
            |publisher| publisher.place(),
        );
        Ok(Seen { value: id.is_some(), place })
    }
}

/// The app's service principal in its home tenant: <https://learn.microsoft.com/graph/api/resources/serviceprincipal>
#[derive(Clone, Debug)]
pub struct HomePrincipal<'a> {
    root: Node<'a>,
}

impl<'a> HomePrincipal<'a> {
    pub(crate) fn new(root: Node<'a>) -> Self {
        Self { root }
    }

    /// Whether it gets tokens.
    pub fn enabled(&self) -> Known<bool> {
        self.root.flag_of(&["accountEnabled"])
    }

    /// Certificates registered at it rather than at the app.
    pub fn key_credentials(&self) -> Known<Vec<KeyCredential>> {
        self.root.field(&["keyCredentials"]).and_then(|node| each(&node, KeyCredential::read))
    }

    /// Client secrets registered at it rather than at the app.
    pub fn password_credentials(&self) -> Known<Vec<PasswordCredential>> {
        self.root.field(&["passwordCredentials"]).and_then(|node| each(&node, PasswordCredential::read))
    }
}

impl KeyCredential {
    fn read(node: &Node<'_>) -> Result<Self, Missing> {
        let certified = match node.find(&["key"]) {
            Some(key) => Some(Certified::parse(key.text()?).ok_or_else(|| key.malformed("a certificate in base64"))?),
            None => None,
        };
        let (begins, ends) = (node.maybe_moment(&["startDateTime"])?, node.maybe_moment(&["endDateTime"])?);
        Ok(Self {
            place: node.place(),
            key_id: node.field(&["keyId"])?.text()?.to_owned(),
            name: node.maybe_text(&["displayName"])?,
            thumbprint: certified.map_or_else(|| registered(node), |certified| Ok(certified.thumbprint)),
            begins: begins.into_iter().chain(certified.map(|one| one.not_before)).max(),
            ends: ends.into_iter().chain(certified.map(|one| one.not_after)).min(),
        })
    }
}

/// The identifier Entra shows. It is the thumbprint by custom only, so the certificate itself wins where it is there.
fn registered(node: &Node<'_>) -> Result<Thumbprint, Missing> {
    let identifier = node.field(&["customKeyIdentifier"])?;
    Thumbprint::parse(identifier.text()?).ok_or_else(|| identifier.malformed("a SHA-1 thumbprint"))
}

impl PasswordCredential {
    fn read(node: &Node<'_>) -> Result<Self, Missing> {
        Ok(Self {
            place: node.place(),
            key_id: node.field(&["keyId"])?.text()?.to_owned(),
            ends: node.maybe_moment(&["endDateTime"])?,
        })
    }
}

impl ResourceRole {
    pub(crate) fn read_all(node: &Node<'_>) -> Result<Vec<Self>, Missing> {
        let resource = node.field(&["appId"])?.text()?.to_ascii_lowercase();
        let roles = node.field(&["appRoles"])?.items()?;
        let mut named = Vec::with_capacity(roles.len());
        for role in roles {
            // a role without a value is in no token
            if let Some(value) = role.maybe_text(&["value"])? {
                let id = role.field(&["id"])?.text()?.to_ascii_lowercase();
                named.push(Self { resource: resource.clone(), id, value });
            }
        }
        Ok(named)
    }
}

fn each<T>(node: &Node<'_>, read: fn(&Node<'_>) -> Result<T, Missing>) -> Known<Vec<T>> {
    Ok(Seen { value: node.items()?.iter().map(read).collect::<Result<_, _>>()?, place: node.place() })
}
