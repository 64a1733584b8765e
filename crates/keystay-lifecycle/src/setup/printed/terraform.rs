//! The setup as Terraform.

use std::fmt::Write;

use crate::setup::{AUDIT_CATEGORY, GraphPermission, SIGNER_ACTIONS, SetupSettings};

pub(super) fn print(settings: &SetupSettings) -> String {
    let certificate = &settings.certificate;
    let list = |words: &[&str]| words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(", ");
    let permissions: Vec<&str> = settings.app.permissions.iter().map(GraphPermission::as_str).collect();
    let mut names: Vec<(&str, String)> = vec![
        ("subscription_id", quoted(settings.vault.subscription())),
        ("vault_id", quoted(settings.vault.as_str())),
        ("certificate", quoted(&certificate.name)),
        ("subject", quoted(&certificate.subject)),
        ("key_type", quoted(if certificate.hardware { "RSA-HSM" } else { "RSA" })),
        ("key_size", certificate.key_size.to_string()),
        ("months", certificate.months.to_string()),
        ("notify_at", certificate.notify_at.to_string()),
        ("app_name", quoted(&settings.app.name)),
        ("permissions", format!("[{}]", list(&permissions))),
        ("works_at_home", settings.app.works_at_home.to_string()),
        ("signer", quoted(&settings.signer.to_string())),
        ("role_name", quoted(&settings.role.name)),
        ("role_about", quoted(&settings.role.description)),
        ("role_scope", quoted(&settings.assignable_scope())),
        ("role_actions", format!("[{}]", list(&SIGNER_ACTIONS))),
    ];
    if let Some(log) = &settings.log {
        names.push(("log_name", quoted(&log.name)));
        names.push(("log_category", quoted(AUDIT_CATEGORY)));
        names.push(("workspace_id", quoted(log.workspace.as_str())));
    }
    let mut out = format!("{HEAD}\nlocals {{\n");
    for (name, value) in names {
        // writing to a string does not fail
        let _ = writeln!(out, "  {name:<15} = {value}");
    }
    out.push_str("}\n");
    out.push_str(BODY);
    if settings.log.is_some() {
        out.push_str(LOG);
    }
    out.push_str(END);
    out
}

/// A string of HCL (syntax specification, "Template Expressions"): `${` and `%{` are doubled to mean themselves.
fn quoted(text: &str) -> String {
    let text = text.replace('\\', r"\\").replace('"', r#"\""#).replace("${", "$${").replace("%{", "%%{");
    format!("\"{text}\"")
}

const HEAD: &str = "# An app whose key never leaves the vault, as `keystay setup` makes it: certificate, app registration, role and log.
#
# The vault is there already, and roles decide in it. Who applies this needs Key Vault Certificates Officer on the vault,
# a role that may define and assign roles there, and Application Administrator in the directory.
#
# It makes the beginning; rotations are keystay's. Before the first `keystay rotate`, let go of what it will replace:
#   terraform state rm azurerm_key_vault_certificate.signer azuread_application_certificate.signer
# Otherwise the next `terraform apply` would want the certificate back that the rotation took away.

terraform {
  required_version = \">= 1.8\"
  required_providers {
    azurerm = {
      source  = \"hashicorp/azurerm\"
      version = \">= 4.0, < 5.0\"
    }
    azuread = {
      source  = \"hashicorp/azuread\"
      version = \">= 3.0, < 4.0\"
    }
    # for the instance lock, which azuread has no argument for
    msgraph = {
      source  = \"microsoft/msgraph\"
      version = \">= 0.2\"
    }
  }
}

provider \"azurerm\" {
  subscription_id = local.subscription_id
  features {}
}

provider \"azuread\" {}

provider \"msgraph\" {}
";

const BODY: &str = r#"
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
"#;

const LOG: &str = r#"
# 7. each signature is in the vault's log, which goes to the workspace
resource "azurerm_monitor_diagnostic_setting" "audit" {
  name                       = local.log_name
  target_resource_id         = local.vault_id
  log_analytics_workspace_id = local.workspace_id

  enabled_log {
    category = local.log_category
  }
}
"#;

const END: &str = r#"
output "client_id" {
  value = azuread_application.app.client_id
}
"#;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::setup::printed::tests::settings;

    fn parsed(settings: &SetupSettings) -> hcl::Body {
        hcl::parse(&print(settings)).unwrap()
    }

    /// What a local says, as Terraform would compute it.
    fn local(body: &hcl::Body, name: &str) -> String {
        let locals = body.blocks().find(|block| block.identifier() == "locals").unwrap();
        let attribute = locals.body().attributes().find(|attribute| attribute.key() == name).unwrap();
        let value = hcl::eval::Evaluate::evaluate(attribute.expr(), &hcl::eval::Context::new()).unwrap();
        value.as_str().unwrap().to_owned()
    }

    #[test]
    fn names_stay_strings_of_hcl_whatever_is_in_them() {
        for hostile in
            ["it's \"x\" \\ `id`", "${file(\"/etc/passwd\")}", "%{ if true }x%{ endif }", "$${x} $$ %%{y}", "\\"]
        {
            let mut settings = settings();
            settings.app.name = hostile.to_owned();
            settings.role.description = hostile.to_owned();
            let body = parsed(&settings);
            assert_eq!(local(&body, "app_name"), hostile);
            assert_eq!(local(&body, "role_about"), hostile);
        }
    }

    #[test]
    fn every_name_that_is_used_is_there() {
        let text = print(&settings());
        let body = parsed(&settings());
        let locals = body.blocks().find(|block| block.identifier() == "locals").unwrap();
        let known: Vec<&str> = locals.body().attributes().map(hcl::Attribute::key).collect();
        for used in text.split("local.").skip(1) {
            let name: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            assert!(known.contains(&name.as_str()), "{name}");
        }
    }
}
