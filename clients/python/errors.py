"""Refusals arrive as the SDK's own exceptions, with the service's codes inside."""

from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.identity import ClientSecretCredential, ManagedIdentityCredential
from azure.keyvault.certificates import CertificateClient
from azure.keyvault.keys import KeyClient
from azure.keyvault.keys.crypto import CryptographyClient, SignatureAlgorithm
from azure.keyvault.secrets import SecretClient

from lab import GRAPH, HOME, OPERATOR, VAULT, control, fresh, operations
from report import case

keys = KeyClient(VAULT, operations)
secrets = SecretClient(VAULT, operations)


def refusal(kind, function, *arguments, **options):
    try:
        function(*arguments, **options)
    except kind as error:
        assert type(error) is kind, f"{type(error).__name__} instead of {kind.__name__}"
        return error
    raise AssertionError(f"{kind.__name__} was expected")


@case("errors", "404 for what is not there")
def not_found():
    certificates = CertificateClient(VAULT, operations)
    for code, get in (
        ("KeyNotFound", keys.get_key),
        ("SecretNotFound", secrets.get_secret),
        ("CertificateNotFound", certificates.get_certificate),
    ):
        error = refusal(ResourceNotFoundError, get, "no-such-thing")
        assert error.status_code == 404 and error.error.code == code, error


@case("errors", "403 with the reason, for a role that is missing")
def forbidden():
    host = ManagedIdentityCredential()
    error = refusal(HttpResponseError, KeyClient(VAULT, host).create_rsa_key, fresh("refused"))
    assert error.status_code == 403 and error.error.innererror["code"] == "ForbiddenByRbac", error
    assert "Microsoft.KeyVault/vaults/keys/create/action" in error.message, error.message


@case("errors", "403 for a disabled key")
def disabled():
    key = keys.create_ec_key(fresh("disabled"), curve="P-256", enabled=False)
    by_id = CryptographyClient(key.id, operations)
    error = refusal(HttpResponseError, by_id.sign, SignatureAlgorithm.es256, bytes(32))
    assert error.status_code == 403 and error.error.innererror["code"] == "KeyDisabled", error


@case("errors", "409 for a name that waits to be recovered")
def conflict():
    name = secrets.set_secret(fresh("deleted"), "value").name
    secrets.begin_delete_secret(name).result()
    error = refusal(ResourceExistsError, secrets.set_secret, name, "again")
    assert error.status_code == 409 and error.error.innererror["code"] == "ObjectIsDeletedButRecoverable", error


@case("errors", "400 for a digest of the wrong length")
def bad_digest():
    key = keys.create_rsa_key(fresh("digest"), size=2048)
    error = refusal(HttpResponseError, CryptographyClient(key, operations).sign, SignatureAlgorithm.ps256, bytes(20))
    assert error.status_code == 400 and error.error.code == "BadParameter", error


@case("errors", "429 for more new keys than a vault makes at once")
def throttled():
    client = KeyClient(VAULT, operations, retry_total=0)
    control("PUT", "/lab/throttling", {"enabled": True})
    try:
        error = refusal(
            HttpResponseError, lambda: [client.create_ec_key(fresh("many"), curve="P-256") for _ in range(25)]
        )
    finally:
        control("PUT", "/lab/throttling", {"enabled": False})
    assert error.status_code == 429 and error.error.code == "Throttled", error


@case("errors", "wrong client secret: AADSTS7000215")
def wrong_secret():
    wrong = ClientSecretCredential(HOME, OPERATOR["client_id"], "not-the-secret")
    error = refusal(ClientAuthenticationError, wrong.get_token, GRAPH)
    assert "AADSTS7000215" in error.message, error.message


@case("errors", "unknown resource: AADSTS500011")
def unknown_resource():
    error = refusal(ClientAuthenticationError, operations.get_token, "https://nowhere.harbor.example/.default")
    assert "AADSTS500011" in error.message, error.message
