"""Whom the vault writes to, and the issuers it knows."""

from azure.core.exceptions import ResourceNotFoundError
from azure.keyvault.certificates import AdministratorContact, CertificateClient, CertificateContact

from lab import VAULT, fresh, operations
from report import case

client = CertificateClient(VAULT, operations)


@case("contacts and issuers", "contacts: set, read, delete")
def contacts():
    client.set_contacts([CertificateContact(email="ingrid@harbor.example", name="Ingrid", phone="1111")])
    (contact,) = client.get_contacts()
    assert (contact.email, contact.name, contact.phone) == ("ingrid@harbor.example", "Ingrid", "1111")
    client.delete_contacts()
    try:
        client.get_contacts()
    except ResourceNotFoundError:
        return
    raise AssertionError("they are still there")


@case("contacts and issuers", "issuer: made, listed, changed, deleted")
def issuer():
    name = fresh("issuer")
    admin = AdministratorContact(first_name="Ingrid", last_name="Solberg", email="ingrid@harbor.example", phone="1111")
    made = client.create_issuer(name, "Test", account_id="account", admin_contacts=[admin])
    assert made.provider == "Test" and made.admin_contacts[0].email == admin.email
    assert name in {one.name for one in client.list_properties_of_issuers()}
    assert client.update_issuer(name, enabled=False).enabled is False
    client.delete_issuer(name)
    assert name not in {one.name for one in client.list_properties_of_issuers()}
