//! The setup as a Bicep template.

use std::fmt::Write;

use super::az;
use crate::setup::{AUDIT_CATEGORY, GraphPermission, SIGNER_ACTIONS, SetupSettings};

pub(super) fn print(settings: &SetupSettings) -> String {
    let list = |words: &[&str]| format!("[{}]", words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(", "));
    let permissions: Vec<&str> = settings.app.permissions.iter().map(GraphPermission::as_str).collect();
    let at = format!("--vault-name {} --name {}", settings.vault_url.name(), settings.certificate.name);
    let group = settings.assignable_scope();
    let group = az::quoted(group.rsplit('/').next().unwrap_or_default());
    let group = format!("--subscription {} --resource-group {group}", settings.vault.subscription());
    let policy = az::quoted(&az::policy(&settings.certificate));
    let signer = settings.signer;
    let certificate = az::quoted(&settings.certificate_scope());
    // a comment ends with its line, and no name has a line break
    let mut out = format!(
        "{HEAD}
//   az keyvault certificate create {at} --policy {policy}
//   az deployment group create {group} --name keystay-setup --template-file setup.bicep \\
//     --parameters publicHalf=\"$(az keyvault certificate show {at} --query cer --output tsv)\"
//   az role assignment create --assignee-object-id {signer} --assignee-principal-type ServicePrincipal \\
//     --scope {certificate} \\
//     --role \"$(az deployment group show {group} --name keystay-setup --query properties.outputs.roleId.value --output tsv)\"
"
    );
    out.push_str(EXTENSION);
    for (name, value) in [
        ("vaultName", quoted(settings.vault_url.name())),
        ("certificateName", quoted(&settings.certificate.name)),
        ("appName", quoted(&settings.app.name)),
        ("worksAtHome", settings.app.works_at_home.to_string()),
        ("signer", quoted(&settings.signer.to_string())),
        ("roleName", quoted(&settings.role.name)),
        ("roleDescription", quoted(&settings.role.description)),
        ("roleActions", list(&SIGNER_ACTIONS)),
    ] {
        let _ = writeln!(out, "var {name} = {value}");
    }
    if !permissions.is_empty() {
        // writing to a string does not fail
        let _ = writeln!(out, "var permissions = {}", list(&permissions));
    }
    if let Some(log) = &settings.log {
        let _ = writeln!(out, "var logName = {}", quoted(&log.name));
        let _ = writeln!(out, "var logCategory = {}", quoted(AUDIT_CATEGORY));
        let _ = writeln!(out, "var workspaceId = {}", quoted(log.workspace.as_str()));
    }
    if !permissions.is_empty() {
        out.push_str(GRAPH);
    }
    out.push_str(APP);
    if !permissions.is_empty() {
        out.push_str(PERMISSIONS);
    }
    out.push_str(BODY);
    if settings.log.is_some() {
        out.push_str(LOG);
    }
    out.push_str(END);
    out
}

/// A string of Bicep (documentation, "Data types", "Strings").
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', r"\\").replace('\'', r"\'").replace("${", r"\${"))
}

const HEAD: &str = "// An app whose key never leaves the vault, as `keystay setup` makes it: app registration, role and log.
//
// Bicep has no resource for a certificate of a vault, and no place to give a role at one. So there are three commands: the
// certificate, with a key that cannot leave the vault; this template; and the role at the certificate.
//";

const EXTENSION: &str = "//
// The vault is there already, and roles decide in it. Who deploys this needs a role that may define and assign roles at
// the vault's resource group, and Application Administrator in the directory.
//
// It makes the beginning; rotations are keystay's. The list of the app's certificates is written as it is here: to deploy
// again after a `keystay rotate` takes away every certificate but `publicHalf`. Let it be the one that signs, or do not.

extension 'br:mcr.microsoft.com/bicep/extensions/microsoftgraph/v1.0:1.0.0' // needs Bicep 0.36.1 or newer

@description('The certificate as base64 of its DER; public.')
param publicHalf string

";

const APP: &str = r"
// the app registration: for organisations, and no credential can be added to its instances in their tenants
resource app 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: appName
  displayName: appName
  signInAudience: 'AzureADMultipleOrgs'
  servicePrincipalLockConfiguration: {
    isEnabled: true
    allProperties: true
  }
";

const PERMISSIONS: &str = r"  requiredResourceAccess: [
    {
      resourceAppId: graph.appId
      resourceAccess: map(permissions, permission => {
        id: filter(graph.appRoles, known => known.value == permission)[0].id
        type: 'Role'
      })
    }
  ]
";

const GRAPH: &str = r"
resource graph 'Microsoft.Graph/servicePrincipals@v1.0' existing = {
  appId: '00000003-0000-0000-c000-000000000000'
}
";

const BODY: &str = r"  // the public half of the certificate
  keyCredentials: [
    {
      displayName: certificateName
      type: 'AsymmetricX509Cert'
      usage: 'Verify'
      key: publicHalf
    }
  ]
}

// its service principal at home; switched off where the app has no work there, so that nobody gets a token with
// which to register a certificate of their own
resource principal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: app.appId
  accountEnabled: worksAtHome
}

// a role that can sign, and nothing beside it
resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(resourceGroup().id, roleName)
  properties: {
    roleName: roleName
    description: roleDescription
    type: 'CustomRole'
    permissions: [
      {
        actions: []
        notActions: []
        dataActions: roleActions
        notDataActions: []
      }
    ]
    assignableScopes: [
      resourceGroup().id
    ]
  }
}

// given to the signing identity at this key
resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName
}

resource key 'Microsoft.KeyVault/vaults/keys@2023-07-01' existing = {
  parent: vault
  name: certificateName
}

resource mayUseKey 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: key
  name: guid(key.id, signer, role.id)
  properties: {
    roleDefinitionId: role.id
    principalId: signer
    principalType: 'ServicePrincipal'
  }
}
";

const LOG: &str = r"
// each signature is in the vault's log, which goes to the workspace
resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: vault
  name: logName
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: logCategory
        enabled: true
      }
    ]
  }
}
";

const END: &str = "
output clientId string = app.appId
output roleId string = role.id
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_strings_of_bicep_whatever_is_in_them() {
        assert_eq!(quoted("it's \\ `id` \"x\" $ $(id)"), r#"'it\'s \\ `id` "x" $ $(id)'"#);
        assert_eq!(quoted("${resourceGroup().id}"), r"'\${resourceGroup().id}'");
        assert_eq!(quoted(r"\${x}"), r"'\\\${x}'");
        assert_eq!(quoted("\\"), r"'\\'");
    }
}
