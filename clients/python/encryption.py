"""What only the private key undoes: encrypted or wrapped by the vault or here, decrypted and unwrapped by the vault."""

from azure.keyvault.keys import KeyClient
from azure.keyvault.keys.crypto import CryptographyClient, EncryptionAlgorithm, KeyWrapAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from keys import RSA_SIZES
from lab import VAULT, fresh, operations
from report import case

client = KeyClient(VAULT, operations)
TEXT = b"a content key, 32 bytes in length"


@case("encryption", "RSA {}: encrypt and decrypt with RSA-OAEP-256, RSA-OAEP, RSA1_5", *RSA_SIZES)
def encrypt(size):
    cipher = CryptographyClient(client.create_rsa_key(fresh("encrypt"), size=size), operations)
    for algorithm in (EncryptionAlgorithm.rsa_oaep_256, EncryptionAlgorithm.rsa_oaep, EncryptionAlgorithm.rsa1_5):
        closed = cipher.encrypt(algorithm, TEXT)
        assert cipher.decrypt(algorithm, closed.ciphertext).plaintext == TEXT, algorithm


@case("encryption", "RSA {}: wrap and unwrap with RSA-OAEP-256, RSA-OAEP, RSA1_5", *RSA_SIZES)
def wrap(size):
    wrapper = CryptographyClient(client.create_rsa_key(fresh("wrap"), size=size), operations)
    for algorithm in (KeyWrapAlgorithm.rsa_oaep_256, KeyWrapAlgorithm.rsa_oaep, KeyWrapAlgorithm.rsa1_5):
        wrapped = wrapper.wrap_key(algorithm, TEXT)
        assert wrapper.unwrap_key(algorithm, wrapped.encrypted_key).key == TEXT, algorithm


@case("encryption", "encrypted by the program, decrypted by the vault")
def encrypted_here():
    key = client.create_rsa_key(fresh("encrypt"), size=2048)
    numbers = rsa.RSAPublicNumbers(int.from_bytes(key.key.e, "big"), int.from_bytes(key.key.n, "big"))
    scheme = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    closed = numbers.public_key().encrypt(TEXT, scheme)
    opened = CryptographyClient(key, operations).decrypt(EncryptionAlgorithm.rsa_oaep_256, closed)
    assert opened.plaintext == TEXT and opened.key_id == key.id
