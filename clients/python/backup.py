"""Backups: in a form that only vaults read, and only into a name that is free."""

from azure.core.exceptions import HttpResponseError, ResourceExistsError
from azure.keyvault.certificates import CertificateClient, CertificatePolicy
from azure.keyvault.keys import KeyClient
from azure.keyvault.secrets import SecretClient

from certificates import sign_in_vault, verify_against
from lab import VAULT, fresh, operations
from report import case

keys = KeyClient(VAULT, operations)
secrets = SecretClient(VAULT, operations)


@case("backup", "key: backed up, purged, restored")
def key():
    made = keys.create_ec_key(fresh("backup"), curve="P-256")
    backup = keys.backup_key(made.name)
    keys.begin_delete_key(made.name).wait()
    keys.purge_deleted_key(made.name)
    assert keys.restore_key_backup(backup).key.x == made.key.x
    assert keys.get_key(made.name).id == made.id


@case("backup", "secret: backed up, purged, restored")
def secret():
    name = secrets.set_secret(fresh("backup"), "kept").name
    backup = secrets.backup_secret(name)
    secrets.begin_delete_secret(name).wait()
    secrets.purge_deleted_secret(name)
    secrets.restore_secret_backup(backup)
    assert secrets.get_secret(name).value == "kept"


@case("backup", "certificate: backed up, purged, restored")
def certificate():
    client = CertificateClient(VAULT, operations)
    policy = CertificatePolicy("Self", subject="CN=backup", key_type="RSA", exportable=False)
    made = client.begin_create_certificate(fresh("backup"), policy).result()
    backup = client.backup_certificate(made.name)
    client.begin_delete_certificate(made.name).wait()
    client.purge_deleted_certificate(made.name)
    restored = client.restore_certificate_backup(backup)
    assert bytes(restored.cer) == bytes(made.cer)
    verify_against(made, sign_in_vault(restored))


@case("backup", "restoring over an existing name: 409")
def restore_twice():
    name = secrets.set_secret(fresh("backup"), "kept").name
    try:
        secrets.restore_secret_backup(secrets.backup_secret(name))
    except ResourceExistsError:
        return
    raise AssertionError("it was restored twice")


@case("random", "vault without an HSM has no random bytes")
def random():
    try:
        keys.get_random_bytes(16)
    except HttpResponseError as error:
        assert error.status_code == 400, error
    else:
        raise AssertionError("only a managed HSM has random bytes")
