//! The vault as a resource, and the policy of the certificate.

use super::{Known, Missing, Node, Place, Seen};

/// The vault: <https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/get>
#[derive(Clone, Debug)]
pub struct Vault<'a> {
    node: Result<Node<'a>, Missing>,
}

/// Who may do what to the objects of a vault in the old model: the whole vault, never one key.
#[derive(Clone, Debug)]
pub struct AccessPolicy {
    /// Where it was read.
    pub place: Place,
    /// Object id of a user, group or service principal.
    pub principal: String,
    /// Permissions on keys, in lower case.
    pub keys: Vec<String>,
    /// Permissions on secrets, in lower case.
    pub secrets: Vec<String>,
    /// Permissions on certificates, in lower case.
    pub certificates: Vec<String>,
}

impl<'a> Vault<'a> {
    pub(crate) fn new(node: Result<Node<'a>, Missing>) -> Self {
        Self { node }
    }

    fn node(&self) -> Result<&Node<'a>, Missing> {
        self.node.as_ref().map_err(Clone::clone)
    }

    /// What Azure documents of absent fields holds for a vault as a whole. A list of vaults has entries without any.
    fn properties(&self) -> Result<Node<'a>, Missing> {
        let properties = self.node()?.field(&["properties"])?;
        properties.object()?;
        Ok(properties)
    }

    /// Its Resource Manager id.
    pub fn id(&self) -> Known<String> {
        self.node()?.text_of(&["id"])
    }

    /// Its name.
    pub fn name(&self) -> Known<String> {
        self.node()?.text_of(&["name"])
    }

    /// Whether roles decide who may use it. Absent means access policies, which older vaults have.
    pub fn uses_roles(&self) -> Known<bool> {
        self.properties()?.flag_or(&["enableRbacAuthorization"], false)
    }

    /// The access policies; none where the field is absent.
    pub fn access_policies(&self) -> Known<Vec<AccessPolicy>> {
        let node = self.properties()?;
        let place = Place { path: node.path_of(&["accessPolicies"]), ..node.place() };
        Ok(Seen { value: node.list(&["accessPolicies"], AccessPolicy::read)?, place })
    }

    /// `Enabled`, `Disabled` or `SecuredByPerimeter`. Absent means `Enabled`.
    pub fn public_network_access(&self) -> Known<String> {
        self.properties()?.text_or(&["publicNetworkAccess"], "Enabled")
    }

    /// What the network rules do with an address none of them names: `Allow` or `Deny`. Absent rules allow.
    pub fn default_action(&self) -> Known<String> {
        self.in_network_rules(&["defaultAction"], "Allow")
    }

    /// Which of Microsoft's services pass the network rules: `AzureServices` or `None`. Absent means `AzureServices`.
    pub fn bypass(&self) -> Known<String> {
        self.in_network_rules(&["bypass"], "AzureServices")
    }

    /// Addresses and ranges that the network rules let in.
    pub fn allowed_ranges(&self) -> Result<Vec<Seen<String>>, Missing> {
        let node = self.properties()?;
        let Some(rules) = node.find(&["networkAcls"]) else { return Ok(Vec::new()) };
        rules.list(&["ipRules"], |rule| rule.text_of(&["value", "ipAddressOrRange"]))
    }

    fn in_network_rules(&self, names: &[&str], absent: &str) -> Known<String> {
        let node = self.properties()?;
        if let Some(rules) = node.find(&["networkAcls"]) {
            return rules.text_or(names, absent);
        }
        let path = format!("{}.{}", node.path_of(&["networkAcls"]), names.first().unwrap_or(&""));
        Ok(Seen { value: absent.to_owned(), place: Place { path, ..node.place() } })
    }

    /// The state of each private endpoint's connection: `Approved`, `Pending`, …
    pub fn private_endpoints(&self) -> Result<Vec<Seen<String>>, Missing> {
        self.properties()?.list(&["privateEndpointConnections"], |connection| {
            connection.field(&["privateLinkServiceConnectionState"])?.text_of(&["status"])
        })
    }

    /// Whether a deleted vault or key can be brought back. Absent means yes: it cannot be switched off any more.
    pub fn soft_delete(&self) -> Known<bool> {
        self.properties()?.flag_or(&["enableSoftDelete"], true)
    }

    /// Whether what was deleted cannot be purged early. Absent means no.
    pub fn purge_protection(&self) -> Known<bool> {
        self.properties()?.flag_or(&["enablePurgeProtection"], false)
    }
}

impl AccessPolicy {
    fn read(node: &Node<'_>) -> Result<Self, Missing> {
        let permissions = node.field(&["permissions"])?;
        let lower = |kind: &str| -> Result<Vec<String>, Missing> {
            Ok(permissions.texts(&[kind])?.iter().map(|permission| permission.to_ascii_lowercase()).collect())
        };
        Ok(Self {
            place: node.place(),
            principal: node.field(&["objectId"])?.text()?.to_ascii_lowercase(),
            keys: lower("keys")?,
            secrets: lower("secrets")?,
            certificates: lower("certificates")?,
        })
    }
}

/// The policy by which the certificate's next version is made:
/// <https://learn.microsoft.com/rest/api/keyvault/certificates/get-certificate-policy>
#[derive(Clone, Debug)]
pub struct CertificatePolicy<'a> {
    root: Result<Node<'a>, Missing>,
}

const KEY: &[&str] = &["key_props", "keyProperties"];
const X509: &[&str] = &["x509_props", "x509CertificateProperties"];

impl<'a> CertificatePolicy<'a> {
    pub(crate) fn new(root: Result<Node<'a>, Missing>) -> Self {
        Self { root }
    }

    fn root(&self) -> Result<&Node<'a>, Missing> {
        self.root.as_ref().map_err(Clone::clone)
    }

    fn policy(&self) -> Result<Node<'a>, Missing> {
        self.root()?.field(&["policy"])
    }

    fn key(&self) -> Result<Node<'a>, Missing> {
        self.policy()?.field(KEY)
    }

    /// The certificate's name in the vault.
    pub fn certificate_name(&self) -> Known<String> {
        // https://{vault}/certificates/{name}/{version}
        let id = self.root()?.field(&["id"])?;
        let name = id.text()?.split("/certificates/").nth(1).and_then(|rest| rest.split('/').next());
        let value = name.filter(|name| !name.is_empty()).ok_or_else(|| id.malformed("the id of a certificate"))?;
        Ok(Seen { value: value.to_owned(), place: id.place() })
    }

    /// Whether the private key of a next version can be taken out of the vault.
    pub fn exportable(&self) -> Known<bool> {
        self.key()?.flag_of(&["exportable"])
    }

    /// `RSA`, `RSA-HSM`, `EC`, …
    pub fn key_type(&self) -> Known<String> {
        self.key()?.text_of(&["kty", "keyType"])
    }

    /// Size of an RSA key in bits.
    pub fn key_size(&self) -> Known<i64> {
        self.key()?.number_of(&["key_size", "keySize"])
    }

    /// Whether a renewal keeps the key.
    pub fn reuse_key(&self) -> Known<bool> {
        self.key()?.flag_of(&["reuse_key", "reuseKey"])
    }

    /// What the certificate's key is for: `digitalSignature`, `keyEncipherment`, …
    pub fn key_usage(&self) -> Known<Vec<String>> {
        let usage = self.policy()?.field(X509)?.field(&["key_usage", "keyUsage"])?;
        let value = usage.items()?.iter().map(|one| one.text().map(str::to_owned)).collect::<Result<_, _>>()?;
        Ok(Seen { value, place: usage.place() })
    }

    /// What the vault does when the certificate nears its end: `AutoRenew`, `EmailContacts`. None where it does nothing.
    pub fn lifetime_actions(&self) -> Result<Vec<Seen<String>>, Missing> {
        self.policy()?.list(&["lifetime_actions", "lifetimeActions"], |one| {
            one.field(&["action"])?.text_of(&["action_type", "actionType"])
        })
    }
}
