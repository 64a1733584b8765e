// Keys, made in the vault and brought to it.

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";

import { KeyClient } from "@azure/keyvault-keys";

import { VAULT, fresh, operations } from "./lab.js";
import { define } from "./report.js";

export const RSA_SIZES = [2048, 3072, 4096];
export const CURVES = ["P-256", "P-384", "P-521", "P-256K"];

const client = new KeyClient(VAULT, operations);
const bytes = (text) => new Uint8Array(Buffer.from(text, "base64url"));

// A private key made by Node, as the vault takes it.
function jwk(type, options, curve) {
  const { kty, crv, ...numbers } = generateKeyPairSync(type, options).privateKey.export({ format: "jwk" });
  const parts = Object.fromEntries(Object.entries(numbers).map(([name, text]) => [name, bytes(text)]));
  return { kty, crv: curve, keyOps: ["sign", "verify"], ...parts };
}

define("keys", "RSA {}: create and read", RSA_SIZES, async (keySize) => {
  const made = await client.createRsaKey(fresh("rsa"), { keySize });
  assert.equal(made.key.n.length * 8, keySize);
  assert.equal((await client.getKey(made.name)).id, made.id);
  assert.equal((await client.getKey(made.name, { version: made.properties.version })).id, made.id);
});

define("keys", "EC {}: create and read", CURVES, async (curve) => {
  const made = await client.createEcKey(fresh("ec"), { curve });
  assert.equal(made.key.crv, curve);
  assert.deepEqual((await client.getKey(made.name)).key.x, made.key.x);
});

define("keys", "hardware-protected key: create", async () => {
  assert.equal((await client.createRsaKey(fresh("hsm"), { keySize: 2048, hsm: true })).keyType, "RSA-HSM");
  assert.equal((await client.createEcKey(fresh("hsm"), { curve: "P-256", hsm: true })).keyType, "EC-HSM");
});

define("keys", "RSA {}: import", RSA_SIZES, async (modulusLength) => {
  const mine = jwk("rsa", { modulusLength });
  const brought = await client.importKey(fresh("rsa-brought"), mine);
  assert.deepEqual(Buffer.from(brought.key.n), Buffer.from(mine.n));
  assert.equal(brought.key.d, undefined, "what is brought stays");
});

define("keys", "EC {}: import", CURVES, async (curve) => {
  const namedCurve = curve === "P-256K" ? "secp256k1" : curve;
  const mine = jwk("ec", { namedCurve }, curve);
  const brought = await client.importKey(fresh("ec-brought"), mine);
  assert.deepEqual(Buffer.from(brought.key.x), Buffer.from(mine.x));
});

define("keys", "update: disable, allow fewer operations, set dates and tags", async () => {
  const { name, properties } = await client.createRsaKey(fresh("updated"), { keySize: 2048 });
  const expiresOn = new Date(Math.ceil(Date.now() / 1000) * 1000 + 30 * 86_400_000);
  const tags = { team: "harbor" };
  const changed = await client.updateKeyProperties(name, properties.version, {
    enabled: false,
    expiresOn,
    keyOps: ["sign"],
    tags,
  });
  assert.equal(changed.properties.enabled, false);
  assert.deepEqual(changed.properties.expiresOn, expiresOn);
  const read = await client.getKey(name);
  assert.deepEqual(read.keyOperations, ["sign"]);
  assert.deepEqual({ ...read.properties.tags }, tags);
});

define("keys", "new version under the same name", async () => {
  const name = fresh("versions");
  const old = await client.createRsaKey(name, { keySize: 2048 });
  const latest = await client.createRsaKey(name, { keySize: 2048 });
  assert.notEqual(old.id, latest.id);
  assert.equal((await client.getKey(name)).id, latest.id);
  assert.deepEqual((await client.getKey(name, { version: old.properties.version })).key.n, old.key.n);
});
