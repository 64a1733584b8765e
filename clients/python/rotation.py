"""New versions on demand and by policy, which the lab's clock carries out."""

from azure.core.exceptions import HttpResponseError
from azure.identity import ClientSecretCredential
from azure.keyvault.certificates import CertificateClient, CertificatePolicy, CertificatePolicyAction, LifetimeAction
from azure.keyvault.keys import (
    KeyClient,
    KeyRotationLifetimeAction,
    KeyRotationPolicy,
    KeyRotationPolicyAction,
)

from lab import HOME, OPERATOR, VAULT, control, fresh, operations
from report import case

keys = KeyClient(VAULT, operations)


@case("rotation", "key rotated on demand")
def rotate():
    key = keys.create_rsa_key(fresh("rotated"), size=2048)
    rotated = keys.rotate_key(key.name)
    assert rotated.id != key.id and rotated.key.n != key.key.n and keys.get_key(key.name).id == rotated.id


def every_30_days():
    action = KeyRotationLifetimeAction(KeyRotationPolicyAction.rotate, time_after_create="P30D")
    return KeyRotationPolicy(expires_in="P90D", lifetime_actions=[action])


@case("rotation", "rotation policy set and read")
def policy():
    name = keys.create_rsa_key(fresh("policy"), size=2048).name
    keys.update_key_rotation_policy(name, every_30_days())
    read = keys.get_key_rotation_policy(name)
    actions = {action.action: action.time_after_create for action in read.lifetime_actions}
    assert read.expires_in == "P90D" and actions[KeyRotationPolicyAction.rotate] == "P30D"


@case("rotation", "rotation policy that rotates after it expires: refused")
def bad_policy():
    name = keys.create_rsa_key(fresh("policy"), size=2048).name
    late = KeyRotationLifetimeAction(KeyRotationPolicyAction.rotate, time_after_create="P100D")
    try:
        keys.update_key_rotation_policy(name, KeyRotationPolicy(expires_in="P90D", lifetime_actions=[late]))
    except HttpResponseError as error:
        assert error.status_code == 400, error
    else:
        raise AssertionError("it was accepted")


@case("rotation", "time passes: key rotated, certificate renewed")
def by_themselves():
    certificates = CertificateClient(VAULT, operations)
    name = fresh("renewed")
    action = LifetimeAction(CertificatePolicyAction.auto_renew, lifetime_percentage=80)
    old = certificates.begin_create_certificate(
        name, CertificatePolicy("Self", subject="CN=renewed", validity_in_months=1, lifetime_actions=[action])
    ).result()
    key = keys.create_rsa_key(name + "-key", size=2048)
    keys.update_key_rotation_policy(key.name, every_30_days())
    control("POST", "/lab/clock", {"advance_seconds": 31 * 86_400})
    # another credential: the tokens of the first have ended, but not by the clock of this computer
    later = ClientSecretCredential(HOME, OPERATOR["client_id"], OPERATOR["client_secret"])
    assert KeyClient(VAULT, later).get_key(key.name).id != key.id
    new = CertificateClient(VAULT, later).get_certificate(name)
    assert new.id != old.id and new.properties.expires_on > old.properties.expires_on
