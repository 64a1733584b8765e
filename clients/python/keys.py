"""Keys, made in the vault and brought to it."""

from datetime import datetime, timedelta, timezone

from azure.keyvault.keys import JsonWebKey, KeyClient, KeyCurveName
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from lab import VAULT, fresh, operations
from report import case

client = KeyClient(VAULT, operations)

RSA_SIZES = (2048, 3072, 4096)
CURVES = {
    "P-256": (KeyCurveName.p_256, ec.SECP256R1()),
    "P-384": (KeyCurveName.p_384, ec.SECP384R1()),
    "P-521": (KeyCurveName.p_521, ec.SECP521R1()),
    "P-256K": (KeyCurveName.p_256_k, ec.SECP256K1()),
}


def big_endian(number, length=None):
    return number.to_bytes(length or (number.bit_length() + 7) // 8, "big")


def rsa_jwk(key):
    numbers = key.private_numbers()
    public = numbers.public_numbers
    parts = {
        "n": public.n,
        "e": public.e,
        "d": numbers.d,
        "p": numbers.p,
        "q": numbers.q,
        "dp": numbers.dmp1,
        "dq": numbers.dmq1,
        "qi": numbers.iqmp,
    }
    return JsonWebKey(kty="RSA", key_ops=["sign", "verify"], **{name: big_endian(part) for name, part in parts.items()})


def ec_jwk(key, name):
    numbers, size = key.private_numbers(), (key.key_size + 7) // 8
    public = numbers.public_numbers
    parts = {"x": public.x, "y": public.y, "d": numbers.private_value}
    parts = {name: big_endian(part, size) for name, part in parts.items()}
    return JsonWebKey(kty="EC", crv=name, key_ops=["sign", "verify"], **parts)


@case("keys", "RSA {}: create and read", *RSA_SIZES)
def create_rsa(size):
    made = client.create_rsa_key(fresh("rsa"), size=size)
    assert len(made.key.n) * 8 == size
    assert client.get_key(made.name).id == client.get_key(made.name, made.properties.version).id == made.id


@case("keys", "EC {}: create and read", *CURVES)
def create_ec(curve):
    made = client.create_ec_key(fresh("ec"), curve=CURVES[curve][0])
    assert made.key.crv == curve and client.get_key(made.name).key.x == made.key.x


@case("keys", "hardware-protected key: create")
def create_hsm():
    assert client.create_rsa_key(fresh("hsm"), size=2048, hardware_protected=True).key_type == "RSA-HSM"
    assert client.create_ec_key(fresh("hsm"), curve="P-256", hardware_protected=True).key_type == "EC-HSM"


@case("keys", "RSA {}: import", *RSA_SIZES)
def import_rsa(size):
    mine = rsa.generate_private_key(65537, size)
    brought = client.import_key(fresh("rsa-brought"), rsa_jwk(mine))
    assert int.from_bytes(brought.key.n, "big") == mine.public_key().public_numbers().n
    assert brought.key.d is None, "what is brought stays"


@case("keys", "EC {}: import", *CURVES)
def import_ec(curve):
    mine = ec.generate_private_key(CURVES[curve][1])
    brought = client.import_key(fresh("ec-brought"), ec_jwk(mine, curve))
    assert int.from_bytes(brought.key.x, "big") == mine.public_key().public_numbers().x


@case("keys", "update: disable, allow fewer operations, set dates and tags")
def update():
    name = client.create_rsa_key(fresh("updated"), size=2048).name
    end = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=30)
    changed = client.update_key_properties(
        name, enabled=False, expires_on=end, key_operations=["sign"], tags={"team": "harbor"}
    )
    assert changed.properties.enabled is False and changed.properties.expires_on == end
    read = client.get_key(name)
    assert read.key_operations == ["sign"] and read.properties.tags == {"team": "harbor"}


@case("keys", "new version under the same name")
def versions():
    name = fresh("versions")
    old, new = client.create_rsa_key(name, size=2048), client.create_rsa_key(name, size=2048)
    assert client.get_key(name).id == new.id != old.id
    assert client.get_key(name, old.properties.version).key.n == old.key.n
