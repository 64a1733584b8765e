"""Certificates brought to the vault with their key."""

import base64
import hashlib
from datetime import datetime, timedelta, timezone

from azure.keyvault.certificates import CertificateContentType, CertificatePolicy
from azure.keyvault.keys.crypto import CryptographyClient, SignatureAlgorithm
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from certificates import client, secret_of, sign_in_vault, verify_against
from files import openssl_finds_a_key, pem
from lab import fresh, operations
from report import case


def self_signed(key):
    name = x509.Name.from_rfc4514_string("CN=brought")
    now = datetime.now(timezone.utc)
    return x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - timedelta(minutes=5),
        not_valid_after=now + timedelta(days=90),
    ).sign(key, hashes.SHA256())


def pfx(protection):
    key = rsa.generate_private_key(65537, 2048)
    certificate = self_signed(key)
    return pkcs12.serialize_key_and_certificates(b"brought", key, certificate, None, protection), certificate


def modern():
    return serialization.BestAvailableEncryption(b"correct horse")


@case("certificate import", "PFX with a password")
def pfx_password():
    data, certificate = pfx(modern())
    brought = client.import_certificate(fresh("pfx"), data, password="correct horse")
    assert bytes(brought.cer) == certificate.public_bytes(serialization.Encoding.DER)
    verify_against(brought, sign_in_vault(brought))


@case("certificate import", "brought key stays in the vault if the policy says so")
def pfx_stays():
    policy = CertificatePolicy("Unknown", key_type="RSA", exportable=False)
    data, _ = pfx(modern())
    brought = client.import_certificate(fresh("pfx"), data, password="correct horse", policy=policy)
    assert client.get_certificate_policy(brought.name).exportable is False
    assert not openssl_finds_a_key(base64.b64decode(secret_of(brought).value))


@case("certificate import", "PFX as openssl's older profile writes it")
def pfx_legacy():
    protection = (
        serialization.PrivateFormat.PKCS12.encryption_builder()
        .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
        .hmac_hash(hashes.SHA1())
        .build(b"correct horse")
    )
    data, _ = pfx(protection)
    brought = client.import_certificate(fresh("pfx"), data, password="correct horse")
    verify_against(brought, sign_in_vault(brought))


@case("certificate import", "PEM with key and certificate")
def pem_rsa():
    key = rsa.generate_private_key(65537, 2048)
    policy = CertificatePolicy("Unknown", content_type=CertificateContentType.pem)
    brought = client.import_certificate(fresh("pem"), pem(key, self_signed(key)), policy=policy)
    verify_against(brought, sign_in_vault(brought))
    assert "PRIVATE KEY" in secret_of(brought).value, "exportable unless the policy says otherwise"


@case("certificate import", "PEM with an EC key")
def pem_ec():
    key = ec.generate_private_key(ec.SECP256R1())
    policy = CertificatePolicy(
        "Unknown", content_type=CertificateContentType.pem, key_type="EC", key_curve_name="P-256"
    )
    brought = client.import_certificate(fresh("pem"), pem(key, self_signed(key)), policy=policy)
    digest = hashlib.sha256(b"the data").digest()
    signer = CryptographyClient(brought.key_id, operations)
    signed = signer.sign(SignatureAlgorithm.es256, digest)
    assert len(signed.signature) == 64, "r and s"
    assert signer.verify(SignatureAlgorithm.es256, digest, signed.signature).is_valid
