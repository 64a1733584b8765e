"""Secrets that people put into the vault themselves."""

from datetime import datetime, timedelta, timezone

from azure.core.exceptions import HttpResponseError
from azure.keyvault.secrets import SecretClient

from lab import VAULT, fresh, operations
from report import case

client = SecretClient(VAULT, operations)


@case("secrets", "set, read, new version")
def set_and_read():
    name = fresh("secret")
    old = client.set_secret(name, "one", content_type="text/plain", tags={"team": "harbor"})
    client.set_secret(name, "two ✓")
    assert client.get_secret(name).value == "two ✓"
    read = client.get_secret(name, old.properties.version)
    assert read.value == "one" and read.properties.content_type == "text/plain"
    assert read.properties.tags == {"team": "harbor"}


@case("secrets", "disabled secret is not read")
def disabled():
    name = fresh("disabled")
    version = client.set_secret(name, "hidden").properties.version
    client.update_secret_properties(name, version, enabled=False)
    try:
        client.get_secret(name)
    except HttpResponseError as error:
        assert error.status_code == 403 and error.error.innererror["code"] == "SecretDisabled", error
    else:
        raise AssertionError("it was read")
    client.update_secret_properties(name, version, enabled=True)
    assert client.get_secret(name).value == "hidden"


@case("secrets", "dates are kept, and reading works outside of them")
def dates():
    start = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=1)
    name = fresh("dated")
    client.set_secret(name, "early", not_before=start, expires_on=start + timedelta(days=1))
    read = client.get_secret(name)
    assert read.value == "early" and read.properties.not_before == start


@case("secrets", "secret of a certificate names its key and says it is managed")
def managed():
    secret = client.get_secret("harbor-export")
    assert secret.properties.key_id and secret.properties._managed is True
    assert secret.properties.content_type == "application/x-pkcs12"
