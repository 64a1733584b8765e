//! `keystay setup`: an app and its key, made as they should be.

use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use keystay::{Cloud, VaultCredential};
use keystay_lifecycle::{
    resource_manager::ResourceId,
    setup::{GraphPermission, printed::Form},
};
use uuid::Uuid;

#[derive(Args, Debug)]
#[command(after_help = "\
Without --yes it tells what it found and what it would do, and changes nothing; read rights suffice.
With --yes it does it, one step after the other, and looks after each whether it is done. Broken off
and run again, it goes on from what it finds.

The vault is there already, with roles instead of access policies. What else is there under one of
these names and is as it should be is taken; what is otherwise is named, and never changed.

Exit codes: 0 done or nothing to do, 1 it stopped (run it again), 2 wrong arguments or something is in the way.

Example:
  keystay setup --vault-id \"$(az keyvault show -n harbor-prod --query id -o tsv)\" \\
    --certificate harbor-signer --app-name 'Harbor Insights' --permission User.ReadBasic.All \\
    --signer \"$(az identity show -g harbor -n signer --query principalId -o tsv)\" \\
    --workspace \"$(az monitor log-analytics workspace show -g harbor -n logs --query id -o tsv)\"")]
pub(crate) struct SetupArguments {
    /// Do it; without, only tell what would be done
    #[arg(long)]
    pub(crate) yes: bool,
    /// Print an object instead of words
    #[arg(long)]
    pub(crate) json: bool,
    /// Print it as a script or template for somebody to review and run; asks nothing and needs no credential
    #[arg(long, value_name = "FORM", conflicts_with_all = ["yes", "json"],
        value_parser = PossibleValuesParser::new(Form::ALL.map(Form::name)).try_map(form))]
    pub(crate) print: Option<Form>,
    /// Who does it: `azure-cli`, `managed-identity[:CLIENT-ID]` or `workload-identity`
    #[arg(long, value_name = "NAME", default_value = "azure-cli")]
    pub(crate) operator: VaultCredential,
    #[command(flatten)]
    pub(crate) wanted: WantedSetup,
}

/// What there is to be.
#[derive(Args, Debug)]
#[command(next_help_heading = "What there is to be")]
pub(crate) struct WantedSetup {
    /// The vault's resource id
    #[arg(long, value_name = "ID")]
    pub(crate) vault_id: ResourceId,
    /// The certificate in the vault whose key signs
    #[arg(long, value_name = "NAME")]
    pub(crate) certificate: String,
    /// The app's display name: customers read it when they consent
    #[arg(long, value_name = "NAME")]
    pub(crate) app_name: String,
    /// The object (principal) id of the identity that signs
    #[arg(long, value_name = "GUID")]
    pub(crate) signer: Uuid,
    /// The resource id of the Log Analytics workspace for the vault's audit log
    #[arg(long, value_name = "ID")]
    pub(crate) workspace: Option<ResourceId>,
    /// An application permission of Microsoft Graph that the app asks for; may be given again
    #[arg(long = "permission", value_name = "NAME")]
    pub(crate) permissions: Vec<GraphPermission>,
    /// The app gets tokens in the home tenant too; without, its principal there is disabled
    #[arg(long)]
    pub(crate) works_at_home: bool,
    /// Months a version of the certificate lives; two are the most below 90 days
    #[arg(long, value_name = "MONTHS", default_value_t = 2, value_parser = clap::value_parser!(i32).range(1..=12))]
    pub(crate) months: i32,
    /// Bits of the RSA key: 2048, 3072 or 4096
    #[arg(long, value_name = "BITS", default_value = "2048", value_parser = ["2048", "3072", "4096"])]
    pub(crate) key_size: String,
    /// Keep the key in a hardware module, in a vault of the premium tier
    #[arg(long)]
    pub(crate) hardware: bool,
    /// The custom role's name
    #[arg(long, value_name = "NAME", default_value = "Key Signer")]
    pub(crate) role_name: String,
    /// The diagnostic setting's name
    #[arg(long, value_name = "NAME", default_value = "keystay-audit", requires = "workspace")]
    pub(crate) log_name: String,
    /// `public`, `usgovernment` or `china`
    #[arg(long, default_value = "public")]
    pub(crate) cloud: Cloud,
}

fn form(name: String) -> Result<Form, String> {
    Form::ALL.into_iter().find(|form| form.name() == name).ok_or(name)
}
