"""Signatures by the vault. The SDK verifies with the public key, here in the program."""

import hashlib

from azure.keyvault.keys import KeyClient
from azure.keyvault.keys.crypto import CryptographyClient, SignatureAlgorithm

from keys import CURVES, RSA_SIZES
from lab import VAULT, fresh, operations
from report import case

RSA_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
EC_ALGORITHMS = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512", "P-256K": "ES256K"}

client = KeyClient(VAULT, operations)


def sign_and_verify(key, algorithm):
    bits = "".join(filter(str.isdigit, algorithm))
    digest = hashlib.new(f"sha{bits}", b"the data").digest()
    other = hashlib.new(f"sha{bits}", b"other data").digest()
    signer = CryptographyClient(key, operations)
    algorithm = SignatureAlgorithm(algorithm)
    signed = signer.sign(algorithm, digest)
    assert signed.key_id == key.id, "the version that signed"
    assert signer.verify(algorithm, digest, signed.signature).is_valid
    assert not signer.verify(algorithm, other, signed.signature).is_valid


@case("signing", "RSA {}: RS256, RS384, RS512, PS256, PS384, PS512", *RSA_SIZES)
def rsa(size):
    key = client.create_rsa_key(fresh("sign"), size=size)
    for algorithm in RSA_ALGORITHMS:
        sign_and_verify(key, algorithm)


def ec(curve):
    sign_and_verify(client.create_ec_key(fresh("sign"), curve=CURVES[curve][0]), EC_ALGORITHMS[curve])


for curve, algorithm in EC_ALGORITHMS.items():
    case("signing", f"EC {curve}: {algorithm}")(lambda curve=curve: ec(curve))
