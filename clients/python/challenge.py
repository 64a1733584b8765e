"""The vault says in its 401 where tokens come from. No client here is told a tenant or an authority for the vault."""

from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.identity import CertificateCredential, ClientSecretCredential
from azure.keyvault.secrets import SecretClient

from files import downloaded_pfx
from lab import APP, HOME, JUNIPER, OPERATOR, VAULT, control, journal, now, operations
from report import case


def vault_statuses():
    return [entry["status"] for entry in journal() if entry["host"].endswith(".vault.azure.net")]


@case("challenge", "first request carries no token, the next one does")
def challenge():
    control("DELETE", "/lab/journal")
    with SecretClient(VAULT, operations) as client:
        client.get_secret("harbor-export")
        client.get_secret("harbor-export")
    assert vault_statuses() == [401, 200, 200]


def stranger(**options):
    return SecretClient(VAULT, CertificateCredential(JUNIPER, APP, certificate_data=downloaded_pfx(), **options))


@case("challenge", "vault of another tenant: the credential follows only if it may")
def other_tenant():
    try:
        stranger().get_secret("harbor-export")
        raise AssertionError("the secret was read")
    except ClientAuthenticationError as error:
        assert "additionally_allowed_tenants" in error.message, error.message
    try:
        stranger(additionally_allowed_tenants=[HOME]).get_secret("harbor-export")
        raise AssertionError("the secret was read")
    except HttpResponseError as error:
        assert error.status_code == 403 and error.error.innererror["code"] == "ForbiddenByRbac", error


@case("challenge", "claims challenge (CAE): a newer token is fetched and used")
def claims_challenge():
    client = SecretClient(VAULT, ClientSecretCredential(HOME, OPERATOR["client_id"], OPERATOR["client_secret"]))
    client.get_secret("harbor-export")
    control("POST", "/lab/clock", {"advance_seconds": 60})
    newer = {"access_token": {"nbf": {"essential": True, "value": str(now())}}}
    control("POST", "/lab/claims-challenges", {"claims": newer})
    control("DELETE", "/lab/journal")
    try:
        client.get_secret("harbor-export")
    finally:
        control("DELETE", "/lab/claims-challenges")
    assert vault_statuses() == [401, 200]
