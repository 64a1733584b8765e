#!/bin/sh
# An app whose key never leaves the vault, as `keystay setup` makes it: certificate, app registration, role and log.
#
# Each step looks first: run it again and it goes on from what is there. It removes nothing, and stops where something
# else than what it would make has the same name. It needs Key Vault Certificates Officer on the vault, a role that may
# define and assign roles there (Owner, or User Access Administrator), and Application Administrator in the directory.
set -eu

cloud=AzureCloud
manager=https://management.azure.com
graph=https://graph.microsoft.com/v1.0
vault_id=/subscriptions/5b0c1c6e-0000-4000-8000-000000000001/resourceGroups/harbor/providers/Microsoft.KeyVault/vaults/harbor-prod
vault=harbor-prod
certificate=harbor-signer
policy='{"issuerParameters":{"name":"Self"},"keyProperties":{"exportable":false,"keySize":2048,"keyType":"RSA","reuseKey":false},"lifetimeActions":[{"action":{"actionType":"EmailContacts"},"trigger":{"lifetimePercentage":50}}],"secretProperties":{"contentType":"application/x-pkcs12"},"x509CertificateProperties":{"keyUsage":["digitalSignature"],"subject":"CN=harbor-signer","validityInMonths":2}}'
app_name='"Harbor Insights"'
app_filter='displayName%20eq%20%27Harbor%20Insights%27'
permissions=User.ReadBasic.All
works_at_home=false
signer=51670000-0000-4000-8000-000000000001
group_id=/subscriptions/5b0c1c6e-0000-4000-8000-000000000001/resourceGroups/harbor
role='{"Actions":[],"AssignableScopes":["/subscriptions/5b0c1c6e-0000-4000-8000-000000000001/resourceGroups/harbor"],"DataActions":["Microsoft.KeyVault/vaults/keys/read","Microsoft.KeyVault/vaults/keys/sign/action","Microsoft.KeyVault/vaults/certificates/read"],"Description":"Reads a key and its certificate, and signs with it.","IsCustom":true,"Name":"Key Signer","NotActions":[],"NotDataActions":[]}'
role_filter='roleName%20eq%20%27Key%20Signer%27'
role_actions='Microsoft.KeyVault/vaults/certificates/read,Microsoft.KeyVault/vaults/keys/read,Microsoft.KeyVault/vaults/keys/sign/action'
workspace_id=/subscriptions/5b0c1c6e-0000-4000-8000-000000000001/resourceGroups/harbor/providers/Microsoft.OperationalInsights/workspaces/harbor
log_name=keystay-audit
logs='[{"category":"AuditEvent","enabled":true}]'

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

# 7. each signature is in the vault's log, which goes to the workspace
say 'log: sent to the workspace'
az monitor diagnostic-settings create --resource "$vault_id" --name "$log_name" --workspace "$workspace_id" \
  --logs "$logs" --output none

printf 'client id of the app: %s\n' "$app_id"
