"""Lists longer than a page. The service gives 25 at most at a time, so the SDK follows the links."""

from azure.keyvault.certificates import CertificateClient, CertificatePolicy
from azure.keyvault.keys import KeyClient
from azure.keyvault.secrets import SecretClient

from lab import VAULT, fresh, operations
from report import case

MANY = 30


@case("lists", "30 secrets and 30 versions")
def secrets():
    client = SecretClient(VAULT, operations)
    made = {client.set_secret(fresh("listed"), "value").name for _ in range(MANY)}
    pages = list(client.list_properties_of_secrets().by_page())
    listed = [secret.name for secret in client.list_properties_of_secrets()]
    assert len(pages) > 1 and made <= set(listed) and len(listed) == len(set(listed))
    name = fresh("versions")
    versions = {client.set_secret(name, str(number)).properties.version for number in range(MANY)}
    assert {one.version for one in client.list_properties_of_secret_versions(name)} == versions


@case("lists", "30 keys, in pages of 10")
def keys():
    client = KeyClient(VAULT, operations)
    made = {client.create_ec_key(fresh("listed"), curve="P-256").name for _ in range(MANY)}
    pages = client.list_properties_of_keys(max_page_size=10).by_page()
    sizes = [len(list(page)) for page in pages]
    assert max(sizes) <= 10 and sum(sizes) >= MANY, sizes
    assert made <= {key.name for key in client.list_properties_of_keys()}


@case("lists", "30 certificates")
def certificates():
    client = CertificateClient(VAULT, operations)
    policy = CertificatePolicy("Self", subject="CN=listed", key_type="EC", key_curve_name="P-256")
    pollers = [client.begin_create_certificate(fresh("listed"), policy) for _ in range(MANY)]
    made = {poller.result().name for poller in pollers}
    assert made <= {one.name for one in client.list_properties_of_certificates()}


@case("lists", "keys and secrets of certificates say they are managed")
def managed():
    key = next(key for key in KeyClient(VAULT, operations).list_properties_of_keys() if key.name == "harbor-signer")
    assert key.managed is True
