"""Who may come in: access policies, the older way; and networks."""

from azure.core.exceptions import HttpResponseError
from azure.keyvault.keys import KeyClient
from azure.keyvault.secrets import SecretClient

from lab import HOME, OPERATOR, control, fresh, operations
from report import case


def vault(**properties):
    """A vault set up like this, in which the operations have every role."""
    host = fresh("wharf") + ".vault.azure.net"
    control("POST", "/lab/vaults", {"host": host})
    control("POST", f"/lab/vaults/{host}/roles", {"principal": OPERATOR["object_id"], "role": "Administrator"})
    control("PATCH", f"/lab/vaults/{host}", {"properties": properties})
    return f"https://{host}"


def refused(inner, function, *arguments):
    try:
        function(*arguments)
    except HttpResponseError as error:
        assert error.status_code == 403 and error.error.innererror["code"] == inner, error
        return error.message
    raise AssertionError("it was allowed")


@case("access", "access policies: what they allow works, the rest is 403 AccessDenied")
def access_policies():
    allowed = {"keys": ["create", "get"], "secrets": ["set"]}
    policy = {"tenantId": HOME, "objectId": OPERATOR["object_id"], "permissions": allowed}
    url = vault(enableRbacAuthorization=False, accessPolicies=[policy])
    keys, secrets = KeyClient(url, operations), SecretClient(url, operations)
    key = keys.create_ec_key("made", curve="P-256")
    assert keys.get_key("made").id == key.id
    assert "keys delete permission" in refused("AccessDenied", keys.begin_delete_key, "made")
    secrets.set_secret("made", "value")
    refused("AccessDenied", secrets.get_secret, "made")


@case("access", "firewall: 403 ForbiddenByFirewall for an address no rule names")
def firewall():
    url = vault(networkAcls={"defaultAction": "Deny", "bypass": "None"})
    refused("ForbiddenByFirewall", SecretClient(url, operations).get_secret, "any")


@case("access", "public access disabled: 403 ForbiddenByConnection")
def private_only():
    url = vault(publicNetworkAccess="Disabled")
    refused("ForbiddenByConnection", SecretClient(url, operations).get_secret, "any")
