"""A bad day on the network: the SDK tries again by itself, as long and as often as the answer asks."""

import time

from azure.core.exceptions import HttpResponseError
from azure.identity import ClientSecretCredential
from azure.keyvault.keys import KeyClient
from azure.keyvault.keys.crypto import CryptographyClient, SignatureAlgorithm
from azure.keyvault.secrets import SecretClient

from lab import GRAPH, HOME, OPERATOR, VAULT, fault, fresh, operations
from report import case

VAULTS = ".vault.azure.net"


def status(code, **headers):
    body = '{"error":{"code":"Injected","message":"on purpose"}}'
    return {"status": {"code": code, "headers": headers, "body": body}}


def read(**options):
    return SecretClient(VAULT, operations, **options).get_secret("harbor-export")


@case("retries", "429 with Retry-After: waits as long as it says")
def throttled():
    start = time.monotonic()
    with fault(status(429, **{"Retry-After": "2"}), host=VAULTS, times=1):
        read()
    assert time.monotonic() - start >= 2


@case("retries", "429 without Retry-After")
def throttled_in_silence():
    with fault(status(429), host=VAULTS, times=2):
        read()


@case("retries", "503 twice")
def unavailable():
    with fault(status(503), host=VAULTS, times=2):
        read()


@case("retries", "connection closed without an answer")
def reset():
    with fault("reset", host=VAULTS, times=1):
        read()


@case("retries", "signing is tried again after 429 with Retry-After")
def sign():
    key = KeyClient(VAULT, operations).create_ec_key(fresh("retried"), curve="P-256")
    signer = CryptographyClient(key, operations)
    with fault(status(429, **{"Retry-After": "1"}), host=VAULTS, path_contains="/sign", times=1):
        signer.sign(SignatureAlgorithm.es256, bytes(32))


@case("retries", "429 that does not end arrives as an error of the SDK")
def gives_up():
    with fault(status(429, **{"Retry-After": "1"}), host=VAULTS, times=2):
        try:
            read(retry_total=1)
        except HttpResponseError as error:
            assert error.status_code == 429, error
        else:
            raise AssertionError("it was read")


@case("retries", "Entra answers 503 once")
def entra():
    credential = ClientSecretCredential(HOME, OPERATOR["client_id"], OPERATOR["client_secret"])
    with fault(status(503), host="login.microsoftonline.com", path_contains="/token", times=1):
        credential.get_token(GRAPH)
