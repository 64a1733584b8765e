"""Soft delete: deleted, listed as such, brought back, and gone for good."""

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.keyvault.certificates import CertificateClient, CertificatePolicy
from azure.keyvault.keys import KeyClient
from azure.keyvault.secrets import SecretClient

from lab import VAULT, fresh, operations
from report import case


def refused(kind, function, *arguments):
    try:
        function(*arguments)
    except kind:
        return
    raise AssertionError(f"{kind.__name__} was expected")


def life_after_deletion(name, get, begin_delete, get_deleted, list_deleted, begin_recover, purge, create):
    deleted = begin_delete(name).result()
    # one SDK, two names
    when = deleted.deleted_on if hasattr(deleted, "deleted_on") else deleted.deleted_date
    assert deleted.recovery_id and deleted.scheduled_purge_date > when
    refused(ResourceNotFoundError, get, name)
    refused(ResourceExistsError, create, name)
    assert name in {one.name for one in list_deleted()} and get_deleted(name).name == name
    begin_recover(name).result()
    get(name)
    begin_delete(name).result()
    purge(name)
    refused(ResourceNotFoundError, get_deleted, name)


@case("recovery", "key: delete, recover, purge")
def key():
    client = KeyClient(VAULT, operations)
    name = client.create_ec_key(fresh("deleted"), curve="P-256").name
    life_after_deletion(
        name,
        client.get_key,
        client.begin_delete_key,
        client.get_deleted_key,
        client.list_deleted_keys,
        client.begin_recover_deleted_key,
        client.purge_deleted_key,
        lambda name: client.create_ec_key(name, curve="P-256"),
    )


@case("recovery", "secret: delete, recover, purge")
def secret():
    client = SecretClient(VAULT, operations)
    name = client.set_secret(fresh("deleted"), "value").name
    life_after_deletion(
        name,
        client.get_secret,
        client.begin_delete_secret,
        client.get_deleted_secret,
        client.list_deleted_secrets,
        client.begin_recover_deleted_secret,
        client.purge_deleted_secret,
        lambda name: client.set_secret(name, "other"),
    )
    refused(ResourceNotFoundError, client.get_secret, name)


@case("recovery", "certificate: delete, recover, purge, its key and secret with it")
def certificate():
    client = CertificateClient(VAULT, operations)
    policy = CertificatePolicy("Self", subject="CN=deleted")
    name = fresh("deleted")
    client.begin_create_certificate(name, policy).result()
    client.begin_delete_certificate(name).result()
    refused(ResourceNotFoundError, KeyClient(VAULT, operations).get_key, name)
    refused(ResourceNotFoundError, SecretClient(VAULT, operations).get_secret, name)
    client.begin_recover_deleted_certificate(name).result()
    life_after_deletion(
        name,
        client.get_certificate,
        client.begin_delete_certificate,
        client.get_deleted_certificate,
        client.list_deleted_certificates,
        client.begin_recover_deleted_certificate,
        client.purge_deleted_certificate,
        lambda name: client.begin_create_certificate(name, policy),
    )
