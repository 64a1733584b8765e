"""Certificates: their key stays in the vault, or can be downloaded. The difference the whole project is about."""

import base64
import hashlib
from datetime import datetime, timedelta, timezone

from azure.keyvault.certificates import CertificateClient, CertificateContentType, CertificatePolicy
from azure.keyvault.keys.crypto import CryptographyClient, SignatureAlgorithm
from azure.keyvault.secrets import SecretClient
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from files import openssl_finds_a_key
from lab import VAULT, fresh, operations
from report import case

client = CertificateClient(VAULT, operations)
secrets = SecretClient(VAULT, operations)


def create(**policy):
    # without a key type, the SDK leaves `exportable=False` out of the request, and the service's default is True
    policy = CertificatePolicy("Self", **{"subject": "CN=clients.harbor.example", "key_type": "RSA", **policy})
    return client.begin_create_certificate(fresh("certificate"), policy).result()


def secret_of(certificate):
    """The secret of the certificate, which is the way a key can leave the vault."""
    secret = secrets.get_secret(certificate.name)
    assert secret.properties.version == certificate.properties.version, "one version id for all three"
    return secret


def sign_in_vault(certificate):
    digest = hashlib.sha256(b"the data").digest()
    return CryptographyClient(certificate.key_id, operations).sign(SignatureAlgorithm.ps256, digest).signature


def verify_against(certificate, signature):
    public = x509.load_der_x509_certificate(bytes(certificate.cer)).public_key()
    public.verify(signature, b"the data", padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())


@case("certificates", "not exportable: the PFX holds no key, and the vault signs with it")
def not_exportable():
    certificate = create(exportable=False)
    pfx = base64.b64decode(secret_of(certificate).value)
    key, _, (inside,) = pkcs12.load_key_and_certificates(pfx, None)
    assert key is None and inside.public_bytes(serialization.Encoding.DER) == bytes(certificate.cer)
    assert not openssl_finds_a_key(pfx)
    verify_against(certificate, sign_in_vault(certificate))


@case("certificates", "exportable: the PFX holds the very key the vault signs with")
def exportable():
    certificate = create(exportable=True)
    pfx = base64.b64decode(secret_of(certificate).value)
    key, inside, _ = pkcs12.load_key_and_certificates(pfx, None)
    assert key.public_key() == inside.public_key() and openssl_finds_a_key(pfx)
    verify_against(certificate, sign_in_vault(certificate))
    verify_against(certificate, key.sign(b"the data", padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256()))


@case("certificates", "PEM: the key is there only if exportable")
def pem():
    for may_leave in (True, False):
        secret = secret_of(create(exportable=may_leave, content_type=CertificateContentType.pem))
        assert secret.properties.content_type == "application/x-pem-file"
        assert "BEGIN CERTIFICATE" in secret.value
        assert ("PRIVATE KEY" in secret.value) is may_leave


@case("certificates", "EC key on {}", "P-256", "P-384", "P-521")
def elliptic(curve):
    certificate = create(exportable=True, key_type="EC", key_curve_name=curve)
    key, inside, _ = pkcs12.load_key_and_certificates(base64.b64decode(secret_of(certificate).value), None)
    assert key.public_key() == inside.public_key() and curve.removeprefix("P-") in key.curve.name


@case("certificates", "policy decides subject, names, usages and validity")
def policy():
    certificate = create(
        subject="CN=policy.harbor.example",
        san_dns_names=["policy.harbor.example", "other.harbor.example"],
        enhanced_key_usage=["1.3.6.1.5.5.7.3.2"],
        key_usage=["digitalSignature"],
        key_size=3072,
        validity_in_months=6,
    )
    made = x509.load_der_x509_certificate(bytes(certificate.cer))
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["policy.harbor.example", "other.harbor.example"]
    usages = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [usage.dotted_string for usage in usages] == ["1.3.6.1.5.5.7.3.2"]
    assert made.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature
    assert made.public_key().key_size == 3072
    life = made.not_valid_after_utc - made.not_valid_before_utc
    assert timedelta(days=180) < life < timedelta(days=186), life
    read = client.get_certificate_policy(certificate.name)
    assert read.subject == "CN=policy.harbor.example" and read.validity_in_months == 6


@case("certificates", "renewal keeps the key only if the policy says so")
def reuse_key():
    for reuse in (True, False):
        policy = CertificatePolicy("Self", subject="CN=renewed", reuse_key=reuse)
        name = fresh("renewed")
        keys = []
        for _ in range(2):
            made = client.begin_create_certificate(name, policy).result()
            keys.append(x509.load_der_x509_certificate(bytes(made.cer)).public_key())
        assert (keys[0] == keys[1]) is reuse
        assert len(list(client.list_properties_of_certificate_versions(name))) == 2


@case("certificates", "request signed by another authority and merged")
def merge():
    name = fresh("merged")
    client.begin_create_certificate(name, CertificatePolicy("Unknown", subject="CN=merged"))
    operation = client.get_certificate_operation(name)
    assert operation.status == "inProgress"
    request = x509.load_der_x509_csr(bytes(operation.csr))
    assert request.is_signature_valid
    authority = rsa.generate_private_key(65537, 2048)
    now = datetime.now(timezone.utc)
    issued = (
        x509.CertificateBuilder(
            issuer_name=x509.Name.from_rfc4514_string("CN=an authority"),
            subject_name=request.subject,
            public_key=request.public_key(),
            serial_number=x509.random_serial_number(),
            not_valid_before=now,
            not_valid_after=now + timedelta(days=90),
        )
        .sign(authority, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )
    merged = client.merge_certificate(name, [issued])
    assert bytes(merged.cer) == issued
    verify_against(merged, sign_in_vault(merged))


@case("certificates", "update: tags, disabled, another policy")
def update():
    certificate = create()
    changed = client.update_certificate_properties(certificate.name, enabled=False, tags={"team": "harbor"})
    assert changed.properties.enabled is False and changed.properties.tags == {"team": "harbor"}
    policy = client.get_certificate_policy(certificate.name)
    policy._validity_in_months = 3
    assert client.update_certificate_policy(certificate.name, policy).validity_in_months == 3


@case("certificates", "pending operation: cancelled and deleted")
def cancel():
    name = fresh("cancelled")
    client.begin_create_certificate(name, CertificatePolicy("Unknown", subject="CN=cancelled"))
    assert client.cancel_certificate_operation(name).cancellation_requested
    client.delete_certificate_operation(name)
