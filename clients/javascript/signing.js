// Signatures by the vault. The SDK asks the vault to verify; Node's own cryptography verifies as well.

import assert from "node:assert/strict";
import { constants, createHash, createPublicKey, verify } from "node:crypto";

import { CryptographyClient, KeyClient } from "@azure/keyvault-keys";

import { CURVES, RSA_SIZES } from "./keys.js";
import { VAULT, fresh, operations } from "./lab.js";
import { define } from "./report.js";

const RSA_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];
const EC_ALGORITHMS = { "P-256": "ES256", "P-384": "ES384", "P-521": "ES512", "P-256K": "ES256K" };

const client = new KeyClient(VAULT, operations);
const DATA = Buffer.from("the data");

// The public half as Node knows it.
export function publicKey({ kty, crv, n, e, x, y }) {
  const text = (part) => part && Buffer.from(part).toString("base64url");
  const curve = crv === "P-256K" ? "secp256k1" : crv;
  const key = kty.startsWith("EC") ? { kty: "EC", crv: curve, x: text(x), y: text(y) } : { kty: "RSA", n: text(n), e: text(e) };
  return createPublicKey({ key, format: "jwk" });
}

async function signAndVerify(key, algorithm) {
  const hash = `sha${algorithm.slice(2, 5)}`;
  const digest = createHash(hash).update(DATA).digest();
  const signer = new CryptographyClient(key, operations);
  const { keyID, result } = await signer.sign(algorithm, digest);
  assert.equal(keyID, key.id, "the version that signed");
  const how = {
    key: publicKey(key.key),
    dsaEncoding: "ieee-p1363",
    ...(algorithm.startsWith("PS") && { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }),
  };
  assert.ok(verify(hash, DATA, how, result), `${algorithm}: Node`);
  assert.ok((await signer.verify(algorithm, digest, result)).result, `${algorithm}: the vault`);
  const other = createHash(hash).update("other data").digest();
  assert.equal((await signer.verify(algorithm, other, result)).result, false);
}

define("signing", "RSA {}: RS256, RS384, RS512, PS256, PS384, PS512", RSA_SIZES, async (keySize) => {
  const key = await client.createRsaKey(fresh("sign"), { keySize });
  for (const algorithm of RSA_ALGORITHMS) await signAndVerify(key, algorithm);
});

for (const curve of CURVES) {
  define("signing", `EC ${curve}: ${EC_ALGORITHMS[curve]}`, async () => {
    await signAndVerify(await client.createEcKey(fresh("sign"), { curve }), EC_ALGORITHMS[curve]);
  });
}
