# An app whose key never leaves the vault, as `keystay setup` makes it: certificate, app registration, role and log.
#
# The vault is there already, and roles decide in it. Who applies this needs Key Vault Certificates Officer on the vault,
# a role that may define and assign roles there, and Application Administrator in the directory.
#
# It makes the beginning; rotations are keystay's. Before the first `keystay rotate`, let go of what it will replace:
#   terraform state rm azurerm_key_vault_certificate.signer azuread_application_certificate.signer
# Otherwise the next `terraform apply` would want the certificate back that the rotation took away.

terraform {
  required_version = ">= 1.8"
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = ">= 4.0, < 5.0"
    }
    azuread = {
      source  = "hashicorp/azuread"
      version = ">= 3.0, < 4.0"
    }
    # for the instance lock, which azuread has no argument for
    msgraph = {
      source  = "microsoft/msgraph"
      version = ">= 0.2"
    }
  }
}

provider "azurerm" {
  subscription_id = local.subscription_id
  features {}
}

provider "azuread" {}

provider "msgraph" {}

locals {
  subscription_id = "5b0c1c6e-0000-4000-8000-000000000001"
  vault_id        = "/subscriptions/5b0c1c6e-0000-4000-8000-000000000001/resourceGroups/harbor/providers/Microsoft.KeyVault/vaults/harbor-prod"
  certificate     = "harbor-signer"
  subject         = "CN=harbor-signer"
  key_type        = "RSA"
  key_size        = 2048
  months          = 2
  notify_at       = 50
  app_name        = "Harbor Insights"
  permissions     = ["User.ReadBasic.All"]
  works_at_home   = false
  signer          = "51670000-0000-4000-8000-000000000001"
  role_name       = "Key Signer"
  role_about      = "Reads a key and its certificate, and signs with it."
  role_scope      = "/subscriptions/5b0c1c6e-0000-4000-8000-000000000001/resourceGroups/harbor"
  role_actions    = ["Microsoft.KeyVault/vaults/keys/read", "Microsoft.KeyVault/vaults/keys/sign/action", "Microsoft.KeyVault/vaults/certificates/read"]
  log_name        = "keystay-audit"
  log_category    = "AuditEvent"
  workspace_id    = "/subscriptions/5b0c1c6e-0000-4000-8000-000000000001/resourceGroups/harbor/providers/Microsoft.OperationalInsights/workspaces/harbor"
}

# 1. the certificate: its key is made in the vault and cannot leave it
resource "azurerm_key_vault_certificate" "signer" {
  name         = local.certificate
  key_vault_id = local.vault_id

  certificate_policy {
    issuer_parameters {
      name = "Self"
    }
    key_properties {
      exportable = false
      key_type   = local.key_type
      key_size   = local.key_size
      reuse_key  = false
    }
    secret_properties {
      content_type = "application/x-pkcs12"
    }
    x509_certificate_properties {
      subject            = local.subject
      key_usage          = ["digitalSignature"]
      validity_in_months = local.months
    }
    lifetime_action {
      action {
        action_type = "EmailContacts"
      }
      trigger {
        lifetime_percentage = local.notify_at
      }
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

# 2. the app registration: for organisations
data "azuread_service_principal" "graph" {
  client_id = "00000003-0000-0000-c000-000000000000"
}

resource "azuread_application" "app" {
  display_name            = local.app_name
  sign_in_audience        = "AzureADMultipleOrgs"
  prevent_duplicate_names = true

  dynamic "required_resource_access" {
    for_each = length(local.permissions) == 0 ? [] : [data.azuread_service_principal.graph.client_id]
    content {
      resource_app_id = required_resource_access.value
      dynamic "resource_access" {
        for_each = local.permissions
        content {
          id   = data.azuread_service_principal.graph.app_role_ids[resource_access.value]
          type = "Role"
        }
      }
    }
  }
}

# no credential can be added to the app's instances in the customers' tenants
resource "msgraph_update_resource" "instance_lock" {
  url = "applications/${azuread_application.app.object_id}"
  body = {
    servicePrincipalLockConfiguration = {
      isEnabled     = true
      allProperties = true
    }
  }
}

# 3. its service principal at home; switched off where the app has no work there, so that nobody gets a token with
#    which to register a certificate of their own
resource "azuread_service_principal" "app" {
  client_id       = azuread_application.app.client_id
  account_enabled = local.works_at_home
}

# 4. the public half of the certificate at the app
resource "azuread_application_certificate" "signer" {
  application_id = azuread_application.app.id
  type           = "AsymmetricX509Cert"
  encoding       = "hex"
  value          = azurerm_key_vault_certificate.signer.certificate_data
  start_date     = azurerm_key_vault_certificate.signer.certificate_attribute[0].not_before
  end_date       = azurerm_key_vault_certificate.signer.certificate_attribute[0].expires
}

# 5. a role that can sign, and nothing beside it
resource "azurerm_role_definition" "signer" {
  name        = local.role_name
  description = local.role_about
  scope       = local.role_scope

  permissions {
    actions      = []
    data_actions = local.role_actions
  }

  assignable_scopes = [local.role_scope]
}

# 6. given to the signing identity, at this key and the certificate of the same name
resource "azurerm_role_assignment" "signer" {
  for_each = toset(["keys", "certificates"])

  scope              = "${local.vault_id}/${each.key}/${azurerm_key_vault_certificate.signer.name}"
  role_definition_id = azurerm_role_definition.signer.role_definition_resource_id
  principal_id       = local.signer
  principal_type     = "ServicePrincipal"
}

# 7. each signature is in the vault's log, which goes to the workspace
resource "azurerm_monitor_diagnostic_setting" "audit" {
  name                       = local.log_name
  target_resource_id         = local.vault_id
  log_analytics_workspace_id = local.workspace_id

  enabled_log {
    category = local.log_category
  }
}

output "client_id" {
  value = azuread_application.app.client_id
}
