"""Client assertions (RFC 7523): made here, signed here or by the vault."""

import base64
import hashlib
import json
import time
import uuid

import jwt
from azure.keyvault.keys.crypto import SignatureAlgorithm
from cryptography.hazmat.primitives import serialization

from lab import APP, JUNIPER


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def body():
    now = int(time.time())
    return {
        "aud": f"https://login.microsoftonline.com/{JUNIPER}/oauth2/v2.0/token",
        "iss": APP,
        "sub": APP,
        "jti": str(uuid.uuid4()),
        "nbf": now,
        "exp": now + 300,
    }


def thumbprint(der):
    return base64url(hashlib.sha256(der).digest())


def signed_here(key, certificate):
    der = certificate.public_bytes(serialization.Encoding.DER)
    return jwt.encode(body(), key, algorithm="PS256", headers={"x5t#S256": thumbprint(der)})


def signed_by_vault(signer, certificate):
    header = {"alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint(certificate.cer)}
    unsigned = ".".join(base64url(json.dumps(part).encode()) for part in (header, body()))
    digest = hashlib.sha256(unsigned.encode()).digest()
    return f"{unsigned}.{base64url(signer.sign(SignatureAlgorithm.ps256, digest).signature)}"


def claims(token):
    """What a token says of itself. Its signature is the resource's business."""
    return jwt.decode(token, options={"verify_signature": False})
