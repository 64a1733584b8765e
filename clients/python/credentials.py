"""Every way azure-identity has to be somebody without a person at the keyboard."""

import contextlib
import os

from azure.core.exceptions import ClientAuthenticationError
from azure.identity import (
    CertificateCredential,
    ClientAssertionCredential,
    ClientSecretCredential,
    DefaultAzureCredential,
    EnvironmentCredential,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)
from azure.keyvault.certificates import CertificateClient
from azure.keyvault.keys.crypto import CryptographyClient
from cryptography.hazmat.primitives.serialization import pkcs12

import assertion
from files import as_pem, downloaded_pfx, file_with, with_password
from lab import APP, GRAPH, HOME, JUNIPER, LAB, OPERATOR, SEED, VAULT, control, fresh
from report import case

VAULT_SCOPE = "https://vault.azure.net/.default"


def token_of(credential, scope=GRAPH):
    token = credential.get_token(scope).token
    assert token.count(".") == 2, "a JWT"
    return token


@contextlib.contextmanager
def environment(**variables):
    """Sets variables, or removes those that are None, for as long as the block lasts."""
    before = {name: os.environ.get(name) for name in variables}

    def put(values):
        for name, value in values.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})

    put(variables)
    try:
        yield
    finally:
        put(before)


@case("credentials", "client secret")
def client_secret():
    token_of(ClientSecretCredential(HOME, OPERATOR["client_id"], OPERATOR["client_secret"]), VAULT_SCOPE)


@case("credentials", "certificate in a PEM file")
def certificate_pem():
    with file_with(as_pem(downloaded_pfx()), ".pem") as path:
        token_of(CertificateCredential(JUNIPER, APP, path))


@case("credentials", "certificate in a PFX")
def certificate_pfx():
    token_of(CertificateCredential(JUNIPER, APP, certificate_data=downloaded_pfx()))


@case("credentials", "certificate in a PFX with a password")
def certificate_pfx_password():
    pfx = with_password(downloaded_pfx(), b"correct horse")
    token_of(CertificateCredential(JUNIPER, APP, certificate_data=pfx, password="correct horse"))


@case("credentials", "certificate sent along with the assertion (x5c)")
def certificate_chain():
    token_of(
        CertificateCredential(JUNIPER, APP, certificate_data=as_pem(downloaded_pfx()), send_certificate_chain=True)
    )


@case("credentials", "assertion signed by the program")
def assertion_own_key():
    key, certificate, _ = pkcs12.load_key_and_certificates(downloaded_pfx(), None)
    token_of(ClientAssertionCredential(JUNIPER, APP, lambda: assertion.signed_here(key, certificate)))


@case("credentials", "assertion signed by the vault, with a key that never leaves it")
def assertion_vault_key():
    host = ManagedIdentityCredential()
    certificate = CertificateClient(VAULT, host).get_certificate("harbor-signer")
    signer = CryptographyClient(certificate.key_id, host)
    token_of(ClientAssertionCredential(JUNIPER, APP, lambda: assertion.signed_by_vault(signer, certificate)))


@case("credentials", "managed identity, App Service")
def managed_identity():
    token_of(ManagedIdentityCredential(), VAULT_SCOPE)


@case("credentials", "managed identity, virtual machine (IMDS)")
def managed_identity_imds():
    with environment(IDENTITY_ENDPOINT=None, IDENTITY_HEADER=None, AZURE_POD_IDENTITY_AUTHORITY_HOST=LAB):
        token_of(ManagedIdentityCredential(), VAULT_SCOPE)


@case("credentials", "managed identity, Cloud Shell")
def managed_identity_cloud_shell():
    with environment(IDENTITY_ENDPOINT=None, IDENTITY_HEADER=None, MSI_ENDPOINT=f"{LAB}/msi/cloud-shell"):
        token_of(ManagedIdentityCredential(), VAULT_SCOPE)


@case("credentials", "managed identity, user-assigned, by its client id")
def managed_identity_by_id():
    identity = control("POST", "/lab/managed-identities", {"name": fresh("identity")})
    token = token_of(ManagedIdentityCredential(client_id=identity["client_id"]), VAULT_SCOPE)
    assert assertion.claims(token)["oid"] == identity["object_id"]


@case("credentials", "managed identity that is not assigned is refused")
def managed_identity_unknown():
    try:
        ManagedIdentityCredential(client_id="4a8b0000-0000-4000-8000-00000000ffff").get_token(VAULT_SCOPE)
    except ClientAuthenticationError:
        return
    raise AssertionError("a token was issued")


@contextlib.contextmanager
def federated_token(issuer, subject):
    """A token of a cluster or a build, in a file, that the app trusts."""
    subject += f":{fresh('run')}"
    trust = {"name": fresh("trust"), "issuer": issuer, "subject": subject}
    control("POST", f"/lab/apps/{APP}/federated-credentials", trust)
    token = control("POST", "/lab/oidc-tokens", {"issuer": issuer, "subject": subject})["token"]
    with file_with(token.encode()) as path:
        yield path


CLUSTER = ("https://oidc.cluster.test", "system:serviceaccount:harbor:insights")
BUILD = ("https://token.actions.githubusercontent.com", "repo:harbor/insights:ref:refs/heads/main")


@case("credentials", "workload identity, token in a file")
def workload_identity():
    with federated_token(*CLUSTER) as path:
        token_of(WorkloadIdentityCredential(tenant_id=JUNIPER, client_id=APP, token_file_path=path))


@case("credentials", "token of GitHub Actions as the assertion")
def build_service():
    with federated_token(*BUILD) as path, open(path) as file:
        token = file.read()
        token_of(ClientAssertionCredential(JUNIPER, APP, lambda: token))


@case("credentials", "default credential finds the workload identity")
def default_workload():
    with (
        federated_token(*CLUSTER) as path,
        environment(AZURE_TENANT_ID=JUNIPER, AZURE_CLIENT_ID=APP, AZURE_FEDERATED_TOKEN_FILE=path),
    ):
        assert assertion.claims(token_of(DefaultAzureCredential()))["appid"] == APP


@case("credentials", "environment with a secret")
def environment_secret():
    with environment(
        AZURE_TENANT_ID=HOME,
        AZURE_CLIENT_ID=OPERATOR["client_id"],
        AZURE_CLIENT_SECRET=OPERATOR["client_secret"],
    ):
        token_of(EnvironmentCredential(), VAULT_SCOPE)


@case("credentials", "environment with a certificate file")
def environment_certificate():
    with (
        file_with(downloaded_pfx(), ".pfx") as path,
        environment(AZURE_TENANT_ID=JUNIPER, AZURE_CLIENT_ID=APP, AZURE_CLIENT_CERTIFICATE_PATH=path),
    ):
        token_of(EnvironmentCredential())


@case("credentials", "default credential finds the environment")
def default_environment():
    with environment(
        AZURE_TENANT_ID=HOME,
        AZURE_CLIENT_ID=OPERATOR["client_id"],
        AZURE_CLIENT_SECRET=OPERATOR["client_secret"],
    ):
        claims = assertion.claims(token_of(DefaultAzureCredential(), VAULT_SCOPE))
        assert claims["appid"] == OPERATOR["client_id"]


@case("credentials", "default credential finds the managed identity")
def default_managed_identity():
    claims = assertion.claims(token_of(DefaultAzureCredential(), VAULT_SCOPE))
    assert claims["appid"] == SEED["host_identity"]["client_id"]
