"""Certificates as files: the usual sample code, and what openssl reads in them."""

import base64
import contextlib
import subprocess
import tempfile

from azure.keyvault.secrets import SecretClient
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from lab import VAULT, operations


def downloaded_pfx():
    """The usual sample code: the certificate with its key, out of the vault."""
    return base64.b64decode(SecretClient(VAULT, operations).get_secret("harbor-export").value)


def as_pem(pfx):
    key, certificate, _ = pkcs12.load_key_and_certificates(pfx, None)
    return pem(key, certificate)


def pem(key, certificate):
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)


def with_password(pfx, password):
    key, certificate, _ = pkcs12.load_key_and_certificates(pfx, None)
    return pkcs12.serialize_key_and_certificates(
        b"app", key, certificate, None, serialization.BestAvailableEncryption(password)
    )


@contextlib.contextmanager
def file_with(content, suffix=""):
    with tempfile.NamedTemporaryFile(suffix=suffix) as file:
        file.write(content)
        file.flush()
        yield file.name


def openssl_finds_a_key(pfx):
    with file_with(pfx, ".pfx") as path:
        command = ["openssl", "pkcs12", "-in", path, "-passin", "pass:", "-nodes"]
        read = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "BEGIN CERTIFICATE" in read.stdout
    return "PRIVATE KEY" in read.stdout
