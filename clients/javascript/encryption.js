// What only the private key undoes: encrypted or wrapped by the vault or here, decrypted and unwrapped by the vault.

import assert from "node:assert/strict";
import { constants, publicEncrypt } from "node:crypto";

import { CryptographyClient, KeyClient } from "@azure/keyvault-keys";

import { RSA_SIZES } from "./keys.js";
import { VAULT, fresh, operations } from "./lab.js";
import { define } from "./report.js";
import { publicKey } from "./signing.js";

const client = new KeyClient(VAULT, operations);
const ALGORITHMS = ["RSA-OAEP-256", "RSA-OAEP", "RSA1_5"];
const TEXT = Buffer.from("a content key, 32 bytes in length");

define("encryption", "RSA {}: encrypt and decrypt with RSA-OAEP-256, RSA-OAEP, RSA1_5", RSA_SIZES, async (keySize) => {
  const cipher = new CryptographyClient(await client.createRsaKey(fresh("encrypt"), { keySize }), operations);
  for (const algorithm of ALGORITHMS) {
    const { result: ciphertext } = await cipher.encrypt({ algorithm, plaintext: TEXT });
    const { result } = await cipher.decrypt({ algorithm, ciphertext });
    assert.deepEqual(Buffer.from(result), TEXT, algorithm);
  }
});

define("encryption", "RSA {}: wrap and unwrap with RSA-OAEP-256, RSA-OAEP, RSA1_5", RSA_SIZES, async (keySize) => {
  const wrapper = new CryptographyClient(await client.createRsaKey(fresh("wrap"), { keySize }), operations);
  for (const algorithm of ALGORITHMS) {
    const { result: wrapped } = await wrapper.wrapKey(algorithm, TEXT);
    const { result } = await wrapper.unwrapKey(algorithm, wrapped);
    assert.deepEqual(Buffer.from(result), TEXT, algorithm);
  }
});

define("encryption", "encrypted by the program, decrypted by the vault", async () => {
  const key = await client.createRsaKey(fresh("encrypt"), { keySize: 2048 });
  const how = { key: publicKey(key.key), padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" };
  const ciphertext = publicEncrypt(how, TEXT);
  const { result } = await new CryptographyClient(key, operations).decrypt({ algorithm: "RSA-OAEP-256", ciphertext });
  assert.deepEqual(Buffer.from(result), TEXT);
});
