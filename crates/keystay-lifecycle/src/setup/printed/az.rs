//! The setup as a script for a POSIX shell and `az`.

use std::borrow::Cow;

use keystay::Cloud;
use serde_json::json;
use url::form_urlencoded;

use super::PrintError;
use crate::setup::{AUDIT_CATEGORY, CertificateSettings, GraphPermission, SIGNER_ACTIONS, SetupSettings};

pub(super) fn print(settings: &SetupSettings) -> Result<String, PrintError> {
    if settings.log.as_ref().is_some_and(|log| log.name.starts_with('@')) {
        return Err(PrintError::File { what: "name of the diagnostic setting" });
    }
    let cloud = match settings.cloud {
        Cloud::UsGovernment => "AzureUSGovernment",
        Cloud::China => "AzureChinaCloud",
        _ => "AzureCloud",
    };
    let permissions: Vec<&str> = settings.app.permissions.iter().map(GraphPermission::as_str).collect();
    let role = json!({
        "Name": settings.role.name,
        "Description": settings.role.description,
        "IsCustom": true,
        "Actions": [],
        "NotActions": [],
        "DataActions": SIGNER_ACTIONS,
        "NotDataActions": [],
        "AssignableScopes": [settings.assignable_scope()],
    });
    let mut actions = SIGNER_ACTIONS;
    actions.sort_unstable();
    let mut names = vec![
        ("cloud", cloud.to_owned()),
        ("manager", settings.cloud.resource_manager().to_owned()),
        ("graph", format!("{}/v1.0", settings.cloud.graph())),
        ("vault_id", settings.vault.to_string()),
        ("vault", settings.vault_url.name().to_owned()),
        ("certificate", settings.certificate.name.clone()),
        ("policy", policy(&settings.certificate)),
        ("app_name", json!(settings.app.name).to_string()),
        ("app_filter", filter("displayName", &settings.app.name)),
        ("permissions", permissions.join(" ")),
        ("works_at_home", settings.app.works_at_home.to_string()),
        ("signer", settings.signer.to_string()),
        ("group_id", settings.assignable_scope()),
        ("role", role.to_string()),
        ("role_filter", filter("roleName", &settings.role.name)),
        ("role_actions", actions.join(",")),
    ];
    if let Some(log) = &settings.log {
        names.push(("workspace_id", log.workspace.to_string()));
        names.push(("log_name", log.name.clone()));
        names.push(("logs", json!([{"category": AUDIT_CATEGORY, "enabled": true}]).to_string()));
    }
    let names: Vec<String> = names.iter().map(|(name, value)| format!("{name}={}", quoted(value))).collect();
    let names = names.join("\n");
    let log = if settings.log.is_some() { LOG } else { "" };
    Ok(format!("{HEAD}\n{names}\n{BODY}{log}{END}"))
}

/// The policy of [`crate::vault::SigningPolicy::new`], in the spelling `az` takes.
pub(super) fn policy(certificate: &CertificateSettings) -> String {
    json!({
        "issuerParameters": {"name": "Self"},
        "keyProperties": {
            "exportable": false,
            "keyType": if certificate.hardware { "RSA-HSM" } else { "RSA" },
            "keySize": certificate.key_size,
            "reuseKey": false,
        },
        "secretProperties": {"contentType": "application/x-pkcs12"},
        "x509CertificateProperties": {
            "subject": certificate.subject,
            "keyUsage": ["digitalSignature"],
            "validityInMonths": certificate.months,
        },
        "lifetimeActions": [{
            "action": {"actionType": "EmailContacts"},
            "trigger": {"lifetimePercentage": certificate.notify_at},
        }],
    })
    .to_string()
}

/// An OData filter, ready for an address.
fn filter(field: &str, value: &str) -> String {
    let text = format!("{field} eq '{}'", value.replace('\'', "''"));
    // a form writes a blank as `+`, which an OData service may read as one
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// One word for the shell.
pub(super) fn quoted(text: &str) -> String {
    // only NUL cannot be quoted, and no name here has one
    shlex::try_quote(text).map_or_else(|_| "''".to_owned(), Cow::into_owned)
}

const HEAD: &str = "#!/bin/sh
# An app whose key never leaves the vault, as `keystay setup` makes it: certificate, app registration, role and log.
#
# Each step looks first: run it again and it goes on from what is there. It removes nothing, and stops where something
# else than what it would make has the same name. It needs Key Vault Certificates Officer on the vault, a role that may
# define and assign roles there (Owner, or User Access Administrator), and Application Administrator in the directory.
set -eu
";

const BODY: &str = r#"
say() { printf '%s\n' "$*" >&2; }
stop() { say "stopped: $*"; exit 1; }

command -v az >/dev/null || stop 'az is not installed'
[ "$(az cloud show --query name --output tsv)" = "$cloud" ] || stop "another cloud is set: az cloud set --name $cloud"
by_roles=$(az rest --url "$manager$vault_id?api-version=2023-07-01" --query properties.enableRbacAuthorization --output tsv)
[ "$by_roles" = true ] || stop "access policies decide in vault $vault, so the role would not count: keystay doctor says how to change that"

# 1. the certificate: its key is made in the vault and cannot leave it
found=$(az keyvault certificate list --vault-name "$vault" --query "[?name=='$certificate'].name | [0]" --output tsv)
if [ -z "$found" ]; then
  say "certificate $certificate: made"
  az keyvault certificate create --vault-name "$vault" --name "$certificate" --policy "$policy" --output none
else
  say "certificate $certificate: is there"
fi
exportable=$(az keyvault certificate show --vault-name "$vault" --name "$certificate" --query policy.keyProperties.exportable --output tsv)
[ "$exportable" = false ] || stop "the key of certificate $certificate can leave the vault: take another name"
public=$(az keyvault certificate show --vault-name "$vault" --name "$certificate" --query cer --output tsv)

# 2. the app registration: for organisations, and no credential can be added to its instances in their tenants
found=$(az rest --url "$graph/applications?\$filter=$app_filter&\$select=id" --query 'length(value)' --output tsv)
case $found in
  0)
    asked=''
    for permission in $permissions; do
      id=$(az rest --url "$graph/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')?\$select=appRoles" \
        --query "appRoles[?value=='$permission'].id | [0]" --output tsv)
      [ -n "$id" ] || stop "Microsoft Graph has no application permission $permission"
      asked="$asked${asked:+,}{\"id\":\"$id\",\"type\":\"Role\"}"
    done
    if [ -n "$asked" ]; then
      asked="{\"resourceAppId\":\"00000003-0000-0000-c000-000000000000\",\"resourceAccess\":[$asked]}"
    fi
    say "app $app_name: made"
    app=$(az rest --method post --url "$graph/applications" --query id --output tsv --body "{
      \"displayName\":$app_name, \"signInAudience\":\"AzureADMultipleOrgs\", \"requiredResourceAccess\":[$asked],
      \"servicePrincipalLockConfiguration\":{\"isEnabled\":true,\"allProperties\":true}}")
    ;;
  1)
    say "app $app_name: is there; what it asks for stays as it is"
    app=$(az rest --url "$graph/applications?\$filter=$app_filter&\$select=id" --query 'value[0].id' --output tsv)
    is=$(az rest --url "$graph/applications/$app?\$select=signInAudience,servicePrincipalLockConfiguration" --output tsv \
      --query '[signInAudience, servicePrincipalLockConfiguration.isEnabled, servicePrincipalLockConfiguration.allProperties]')
    [ "$(printf %s "$is" | tr '[:space:]' ' ')" = 'AzureADMultipleOrgs true true' ] ||
      stop "app $app_name is not for organisations alone, or has no instance lock; this is what it has:" "$is"
    ;;
  *) stop "$found apps have the name $app_name" ;;
esac
app_id=$(az rest --url "$graph/applications/$app?\$select=appId" --query appId --output tsv)

# 3. its service principal at home; switched off where the app has no work there, so that nobody gets a token with
#    which to register a certificate of their own
found=$(az rest --url "$graph/servicePrincipals?\$filter=appId%20eq%20'$app_id'&\$select=accountEnabled" \
  --query 'value[0].accountEnabled' --output tsv)
if [ -z "$found" ]; then
  say 'service principal: made'
  az rest --method post --url "$graph/servicePrincipals" --output none \
    --body "{\"appId\":\"$app_id\",\"accountEnabled\":$works_at_home}"
else
  say 'service principal: is there'
  [ "$found" = "$works_at_home" ] || stop "the app's service principal at home has accountEnabled $found instead of $works_at_home"
fi

# 4. the public half of the certificate at the app. The whole list is written, so only an empty one is
registered=$(az rest --url "$graph/applications/$app?\$select=keyCredentials" --query 'keyCredentials[].key' --output tsv)
count=$(az rest --url "$graph/applications/$app?\$select=keyCredentials" --query 'length(keyCredentials)' --output tsv)
if [ "$count" = 0 ]; then
  say 'public half: registered'
  az rest --method patch --url "$graph/applications/$app" --output none --body "{\"keyCredentials\":[
    {\"type\":\"AsymmetricX509Cert\",\"usage\":\"Verify\",\"displayName\":\"$certificate\",\"key\":\"$public\"}]}"
elif printf '%s\n' "$registered" | grep -qxF "$public"; then
  say 'public half: is registered'
else
  stop "app $app_name has other certificates: keystay rotate adds this one and takes no other away"
fi

# 5. a role that can sign, and nothing beside it
roles="$manager$group_id/providers/Microsoft.Authorization/roleDefinitions?api-version=2022-04-01&\$filter=$role_filter"
role_id=$(az rest --url "$roles" --query 'value[0].id' --output tsv)
if [ -z "$role_id" ]; then
  say 'role: made'
  role_id=$(az role definition create --role-definition "$role" --query id --output tsv)
else
  say 'role: is there'
  allowed=$(az rest --url "$roles" --query "value[0].properties.permissions[].[actions, dataActions][][] | join(',', sort(@))" --output tsv)
  [ "$allowed" = "$role_actions" ] || stop "a role of this name allows something else: $allowed"
fi

# 6. given to the signing identity, at this key and the certificate of the same name
for place in "$vault_id/keys/$certificate" "$vault_id/certificates/$certificate"; do
  say "role at $place: given"
  az role assignment create --assignee-object-id "$signer" --assignee-principal-type ServicePrincipal \
    --role "$role_id" --scope "$place" --output none
done
"#;

const LOG: &str = r#"
# 7. each signature is in the vault's log, which goes to the workspace
say 'log: sent to the workspace'
az monitor diagnostic-settings create --resource "$vault_id" --name "$log_name" --workspace "$workspace_id" \
  --logs "$logs" --output none
"#;

const END: &str = r#"
printf 'client id of the app: %s\n' "$app_id"
"#;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::setup::printed::tests::settings;

    #[test]
    fn names_stay_one_word_of_the_shell_whatever_is_in_them() {
        let hostile = "it's `id` $(id) ${HOME} \"$x\" \\ ; # é";
        let mut settings = settings();
        settings.app.name = hostile.to_owned();
        settings.role.name = hostile.to_owned();
        let script = print(&settings).unwrap();
        let line = |name: &str| {
            let start = format!("{name}=");
            let line = script.lines().find(|line| line.starts_with(&start)).unwrap();
            shlex::split(line).unwrap()
        };
        assert_eq!(line("app_name"), [format!("app_name={}", json!(hostile))]);
        let role: serde_json::Value = serde_json::from_str(&line("role")[0]["role=".len()..]).unwrap();
        assert_eq!(role["Name"], hostile);
        assert_eq!(line("role_filter")[0].matches(['\'', ' ', '$', '"', '&']).count(), 0);
    }

    #[test]
    fn a_quote_in_an_odata_filter_is_doubled() {
        assert_eq!(filter("displayName", "it's a"), "displayName%20eq%20%27it%27%27s%20a%27");
    }
}
