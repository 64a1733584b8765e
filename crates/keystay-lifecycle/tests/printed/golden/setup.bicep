// An app whose key never leaves the vault, as `keystay setup` makes it: app registration, role and log.
//
// Bicep has no resource for a certificate of a vault, and no place to give a role at one. So there are three commands: the
// certificate, with a key that cannot leave the vault; this template; and the role at the certificate.
//
//   az keyvault certificate create --vault-name harbor-prod --name harbor-signer --policy '{"issuerParameters":{"name":"Self"},"keyProperties":{"exportable":false,"keySize":2048,"keyType":"RSA","reuseKey":false},"lifetimeActions":[{"action":{"actionType":"EmailContacts"},"trigger":{"lifetimePercentage":50}}],"secretProperties":{"contentType":"application/x-pkcs12"},"x509CertificateProperties":{"keyUsage":["digitalSignature"],"subject":"CN=harbor-signer","validityInMonths":2}}'
//   az deployment group create --subscription 5b0c1c6e-0000-4000-8000-000000000001 --resource-group harbor --name keystay-setup --template-file setup.bicep \
//     --parameters publicHalf="$(az keyvault certificate show --vault-name harbor-prod --name harbor-signer --query cer --output tsv)"
//   az role assignment create --assignee-object-id 51670000-0000-4000-8000-000000000001 --assignee-principal-type ServicePrincipal \
//     --scope /subscriptions/5b0c1c6e-0000-4000-8000-000000000001/resourceGroups/harbor/providers/Microsoft.KeyVault/vaults/harbor-prod/certificates/harbor-signer \
//     --role "$(az deployment group show --subscription 5b0c1c6e-0000-4000-8000-000000000001 --resource-group harbor --name keystay-setup --query properties.outputs.roleId.value --output tsv)"
//
// The vault is there already, and roles decide in it. Who deploys this needs a role that may define and assign roles at
// the vault's resource group, and Application Administrator in the directory.
//
// It makes the beginning; rotations are keystay's. The list of the app's certificates is written as it is here: to deploy
// again after a `keystay rotate` takes away every certificate but `publicHalf`. Let it be the one that signs, or do not.

extension 'br:mcr.microsoft.com/bicep/extensions/microsoftgraph/v1.0:1.0.0' // needs Bicep 0.36.1 or newer

@description('The certificate as base64 of its DER; public.')
param publicHalf string

var vaultName = 'harbor-prod'
var certificateName = 'harbor-signer'
var appName = 'Harbor Insights'
var worksAtHome = false
var signer = '51670000-0000-4000-8000-000000000001'
var roleName = 'Key Signer'
var roleDescription = 'Reads a key and its certificate, and signs with it.'
var roleActions = ['Microsoft.KeyVault/vaults/keys/read', 'Microsoft.KeyVault/vaults/keys/sign/action', 'Microsoft.KeyVault/vaults/certificates/read']
var permissions = ['User.ReadBasic.All']
var logName = 'keystay-audit'
var logCategory = 'AuditEvent'
var workspaceId = '/subscriptions/5b0c1c6e-0000-4000-8000-000000000001/resourceGroups/harbor/providers/Microsoft.OperationalInsights/workspaces/harbor'

resource graph 'Microsoft.Graph/servicePrincipals@v1.0' existing = {
  appId: '00000003-0000-0000-c000-000000000000'
}

// the app registration: for organisations, and no credential can be added to its instances in their tenants
resource app 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: appName
  displayName: appName
  signInAudience: 'AzureADMultipleOrgs'
  servicePrincipalLockConfiguration: {
    isEnabled: true
    allProperties: true
  }
  requiredResourceAccess: [
    {
      resourceAppId: graph.appId
      resourceAccess: map(permissions, permission => {
        id: filter(graph.appRoles, known => known.value == permission)[0].id
        type: 'Role'
      })
    }
  ]
  // the public half of the certificate
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

output clientId string = app.appId
output roleId string = role.id
