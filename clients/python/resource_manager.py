"""Resource Manager by its own SDKs: how a vault is set up, and who has which role in it."""

import uuid

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.identity import ManagedIdentityCredential
from azure.keyvault.secrets import SecretClient
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.authorization.models import RoleAssignmentCreateParameters
from azure.mgmt.keyvault import KeyVaultManagementClient
from azure.mgmt.keyvault.models import (
    Sku,
    VaultCreateOrUpdateParameters,
    VaultPatchParameters,
    VaultPatchProperties,
    VaultProperties,
)

from lab import HOME, SEED, VAULT, fresh, operations
from report import case

SUBSCRIPTION = "5a17c0de-0000-4000-8000-00000000a001"
GROUP, NAME = "harbor", SEED["vault_host"].split(".")[0]
SECRETS_OFFICER = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7"

vaults = KeyVaultManagementClient(operations, SUBSCRIPTION).vaults
authorization = AuthorizationManagementClient(operations, SUBSCRIPTION)


def vault_with_roles():
    """A new vault that goes by roles. Its maker has none in it yet."""
    properties = VaultProperties(
        tenant_id=HOME,
        sku=Sku(family="A", name="standard"),
        enable_rbac_authorization=True,
        soft_delete_retention_in_days=7,
    )
    parameters = VaultCreateOrUpdateParameters(location="westeurope", properties=properties)
    return vaults.begin_create_or_update(GROUP, fresh("arm")[:20], parameters).result()


@case("resource manager", "vault: read, and found in the lists of group and subscription")
def read():
    vault = vaults.get(GROUP, NAME)
    assert vault.properties.vault_uri.rstrip("/") == VAULT and str(vault.properties.tenant_id) == HOME
    assert vault.properties.enable_rbac_authorization and vault.properties.enable_soft_delete
    assert NAME in {one.name for one in vaults.list_by_resource_group(GROUP)}
    assert NAME in {one.name for one in vaults.list_by_subscription()}


@case("resource manager", "vault: made, changed, deleted, purged")
def life():
    vault = vault_with_roles()
    change = VaultPatchParameters(properties=VaultPatchProperties(public_network_access="Disabled"))
    assert vaults.update(GROUP, vault.name, change).properties.public_network_access == "Disabled"
    vaults.delete(GROUP, vault.name)
    assert vaults.get_deleted(vault.name, "westeurope").name == vault.name
    vaults.begin_purge_deleted(vault.name, "westeurope").result()
    try:
        vaults.get(GROUP, vault.name)
    except ResourceNotFoundError:
        return
    raise AssertionError("it is still there")


@case("resource manager", "role: given, opens the vault, taken away")
def role():
    vault = vault_with_roles()
    host = ManagedIdentityCredential()
    secrets = SecretClient(vault.properties.vault_uri, host)

    def refused():
        try:
            secrets.set_secret("made", "value")
        except HttpResponseError as error:
            return error.status_code == 403
        return False

    assert refused(), "nobody has a role yet"
    name = str(uuid.uuid4())
    assignment = authorization.role_assignments.create(
        vault.id,
        name,
        RoleAssignmentCreateParameters(
            role_definition_id=f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization"
            f"/roleDefinitions/{SECRETS_OFFICER}",
            principal_id=SEED["host_identity"]["object_id"],
            principal_type="ServicePrincipal",
        ),
    )
    secrets.set_secret("made", "value")
    assert assignment.id in {one.id for one in authorization.role_assignments.list_for_scope(vault.id)}
    authorization.role_assignments.delete(vault.id, name)
    assert refused(), "the role is gone"


@case("resource manager", "role definitions: Key Vault's built-in roles with their data actions")
def definitions():
    found = authorization.role_definitions.list(
        vaults.get(GROUP, NAME).id, filter="roleName eq 'Key Vault Crypto User'"
    )
    (crypto_user,) = list(found)
    actions = {action for permission in crypto_user.permissions for action in permission.data_actions}
    assert "Microsoft.KeyVault/vaults/keys/sign/action" in actions, actions


@case("resource manager", "403 AuthorizationFailed for an identity without a role")
def forbidden():
    try:
        KeyVaultManagementClient(ManagedIdentityCredential(), SUBSCRIPTION).vaults.get(GROUP, NAME)
    except HttpResponseError as error:
        assert error.status_code == 403 and error.error.code == "AuthorizationFailed", error
    else:
        raise AssertionError("it was read")
