//! The settings as flags.

use clap::Args;
use serde::Serialize;

/// The settings that flags can give. Flags win over variables, variables over the file.
#[derive(Args, Debug, Default, Serialize)]
#[command(next_help_heading = "Settings (also in keystay.toml, or as KEYSTAY_CLIENT_ID, KEYSTAY_KEY_VAULT, …)")]
pub(crate) struct Flags {
    /// The app's application (client) id
    #[arg(long, value_name = "GUID")]
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    /// `public`, `usgovernment` or `china`
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    cloud: Option<String>,
    /// `PS256` (default) or `RS256`
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    algorithm: Option<String>,
    /// Refuse a key that could be copied away
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    #[serde(skip_serializing_if = "Option::is_none")]
    refuse_exportable: Option<String>,
    /// Who this program is for the vault: `managed-identity[:CLIENT-ID]`, `workload-identity` or `azure-cli`
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    vault_credential: Option<String>,
    #[command(flatten)]
    key: KeyFlags,
}

/// Where the key is.
#[derive(Args, Debug, Default, Serialize)]
struct KeyFlags {
    /// The vault, with --certificate
    #[arg(long, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    vault: Option<String>,
    /// The certificate's name in the vault
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
    /// The file that names the version that signs, with --vault and --certificate; `keystay rotate` writes it
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pin: Option<String>,
    /// A certificate's id instead of vault and name
    #[arg(long, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_id: Option<String>,
    /// A key's id with version, with --certificate-file
    #[arg(long, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<String>,
    /// The certificate issued for --key-id (PEM)
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_file: Option<String>,
    /// Insecure baseline: certificate and private key in a PEM file
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pem_file: Option<String>,
    /// Insecure baseline: a PKCS#12 file (its password in KEYSTAY_KEY_PFX_PASSWORD)
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pfx_file: Option<String>,
    /// No key: this identity's tokens prove the app (same names as --vault-credential)
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    federated_identity: Option<String>,
}
