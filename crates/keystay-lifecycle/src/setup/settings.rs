//! What is to be set up.

use std::{fmt, str::FromStr};

use keystay::{Cloud, ObjectId, ObjectIdError, ObjectKind, VaultUrl};
use uuid::Uuid;

use crate::resource_manager::ResourceId;

/// What the signing identity may do in the vault, and nothing beside it. The last one matters at the certificate only: its
/// public half is what Entra is told, and the pin of a rotation is read by it.
pub const SIGNER_ACTIONS: [&str; 3] = [
    "Microsoft.KeyVault/vaults/keys/read",
    "Microsoft.KeyVault/vaults/keys/sign/action",
    "Microsoft.KeyVault/vaults/certificates/read",
];

/// The category of a vault's log that has each signature.
pub const AUDIT_CATEGORY: &str = "AuditEvent";

/// Everything a setup makes, as it is to be. [`new`](Self::new) has the usual values; `keystay setup` makes it so, or
/// prints it in another language.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SetupSettings {
    /// The cloud of vault and app.
    pub cloud: Cloud,
    /// The vault as a resource. It is there already, and roles decide in it.
    pub vault: ResourceId,
    /// The vault's own address, which follows from its name and the cloud.
    pub vault_url: VaultUrl,
    /// The certificate in the vault whose key signs.
    pub certificate: CertificateSettings,
    /// The app registration.
    pub app: AppSettings,
    /// The object id of the principal that signs: a managed identity, seldom another service principal.
    pub signer: Uuid,
    /// The role it gets.
    pub role: RoleSettings,
    /// Where the vault's log goes; none leaves that alone.
    pub log: Option<LogSettings>,
}

/// The certificate: always self-signed, never exportable, for digital signatures only, with a new key for each version and
/// an e-mail instead of a renewal that nobody registers.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct CertificateSettings {
    /// Its name in the vault, which its key has too.
    pub name: String,
    /// Its subject, such as `CN=harbor-signer`.
    pub subject: String,
    /// Bits of its RSA key: 2048, 3072 or 4096.
    pub key_size: i32,
    /// Whether the key is in a hardware module, for which the vault must be of the premium tier.
    pub hardware: bool,
    /// Months a version lives. Two are the most that stay below 90 days.
    pub months: i32,
    /// The share of its life, in hundredths, after which the vault's contacts get an e-mail.
    pub notify_at: i32,
}

/// The app registration: for organisations' tenants (`AzureADMultipleOrgs`), with the instance lock on all properties, the
/// public half of the certificate as its only credential, and a service principal in the home tenant.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct AppSettings {
    /// Its display name: what an administrator reads on the consent page, and by which a second run finds it.
    pub name: String,
    /// Application permissions of Microsoft Graph that it asks customers for.
    pub permissions: Vec<GraphPermission>,
    /// Whether it gets tokens in the home tenant too. Where it does not work there, its principal is disabled at home: with
    /// a token of the home tenant and a signed proof a thief could register a certificate of their own.
    pub works_at_home: bool,
}

/// An application permission of Microsoft Graph by its name, such as `User.ReadBasic.All`.
///
/// Holds letters, digits, dots, hyphens and underscores only, so it can stand in any language without a quote.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct GraphPermission(String);

/// The custom role: exactly [`SIGNER_ACTIONS`], given at the one key and at the certificate of its name.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RoleSettings {
    /// Its name, unique in the tenant.
    pub name: String,
    /// What it is for.
    pub description: String,
}

/// A diagnostic setting of the vault: [`AUDIT_CATEGORY`] to a workspace.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct LogSettings {
    /// Its name.
    pub name: String,
    /// The Log Analytics workspace.
    pub workspace: ResourceId,
}

impl SetupSettings {
    /// The usual values for a certificate of this name in a vault.
    ///
    /// # Errors
    /// A resource that is no vault, or a name no certificate can have.
    pub fn new(
        cloud: Cloud,
        vault: ResourceId,
        certificate: &str,
        app: &str,
        signer: Uuid,
    ) -> Result<Self, SettingsError> {
        if !vault.kind().eq_ignore_ascii_case("Microsoft.KeyVault/vaults") {
            return Err(SettingsError::NoVault { given: vault.to_string() });
        }
        let suffix = match &cloud {
            Cloud::UsGovernment => "vault.usgovcloudapi.net",
            Cloud::China => "vault.azure.cn",
            _ => "vault.azure.net",
        };
        let name = vault.as_str().rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        let vault_url: VaultUrl = format!("https://{name}.{suffix}").parse()?;
        ObjectId::new(&vault_url, ObjectKind::Certificate, certificate)?;
        if app.trim().is_empty() || app.chars().any(char::is_control) {
            return Err(SettingsError::AppName);
        }
        Ok(Self {
            cloud,
            vault,
            vault_url,
            certificate: CertificateSettings {
                name: certificate.to_owned(),
                subject: format!("CN={certificate}"),
                key_size: 2048,
                hardware: false,
                months: 2,
                notify_at: 50,
            },
            app: AppSettings { name: app.trim().to_owned(), permissions: Vec::new(), works_at_home: false },
            signer,
            role: RoleSettings {
                name: "Key Signer".to_owned(),
                description: "Reads a key and its certificate, and signs with it.".to_owned(),
            },
            log: None,
        })
    }

    /// The place of the one key, where the role is given.
    pub fn key_scope(&self) -> String {
        format!("{}/keys/{}", self.vault, self.certificate.name)
    }

    /// The place of the certificate, where the role is given too: of it, its public half can be read.
    pub fn certificate_scope(&self) -> String {
        format!("{}/certificates/{}", self.vault, self.certificate.name)
    }

    /// Where the role can be given: the resource group of the vault, as Azure takes no single resource for that.
    pub fn assignable_scope(&self) -> String {
        self.vault.as_str().split('/').take(5).collect::<Vec<_>>().join("/")
    }
}

impl LogSettings {
    /// The audit log to this workspace.
    ///
    /// # Errors
    /// A resource that is no workspace.
    pub fn new(workspace: ResourceId) -> Result<Self, SettingsError> {
        if !workspace.kind().eq_ignore_ascii_case("Microsoft.OperationalInsights/workspaces") {
            return Err(SettingsError::NoWorkspace { given: workspace.to_string() });
        }
        Ok(Self { name: "keystay-audit".to_owned(), workspace })
    }
}

impl GraphPermission {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for GraphPermission {
    type Err = SettingsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if text.is_empty() || !text.chars().all(known) {
            return Err(SettingsError::Permission);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for GraphPermission {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What cannot be set up.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// An app needs a name.
    #[error("the app needs a display name, without line breaks")]
    AppName,
    /// The certificate or the vault has a name it cannot have.
    #[error(transparent)]
    Name(#[from] ObjectIdError),
    /// Something else than a vault.
    #[error("`{given}` is not a vault; expected …/providers/Microsoft.KeyVault/vaults/NAME")]
    NoVault {
        /// What was given.
        given: String,
    },
    /// Something else than a workspace.
    #[error(
        "`{given}` is not a Log Analytics workspace; expected …/providers/Microsoft.OperationalInsights/workspaces/NAME"
    )]
    NoWorkspace {
        /// What was given.
        given: String,
    },
    /// No name of a permission.
    #[error("a permission of Microsoft Graph is a name such as `User.ReadBasic.All`")]
    Permission,
}
