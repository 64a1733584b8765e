"""The vault says in its 401 where tokens come from. No client here is told a tenant or an authority for the vault."""

from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.identity import CertificateCredential
from azure.keyvault.secrets import SecretClient

from files import downloaded_pfx
from lab import APP, HOME, JUNIPER, VAULT, control, journal, operations
from report import case


@case("challenge", "first request carries no token, the next one does")
def challenge():
    control("DELETE", "/lab/journal")
    with SecretClient(VAULT, operations) as client:
        client.get_secret("harbor-export")
        client.get_secret("harbor-export")
    statuses = [entry["status"] for entry in journal() if entry["host"].endswith(".vault.azure.net")]
    assert statuses == [401, 200, 200], statuses


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
