// Certificates brought to the vault with their key.

import assert from "node:assert/strict";
import { X509Certificate, createHash } from "node:crypto";

import { CryptographyClient } from "@azure/keyvault-keys";

import { brought, broughtPfx } from "./authority.js";
import { assertVaultSigns, client, secretOf } from "./certificates.js";
import { fresh, operations } from "./lab.js";
import { Unsupported, define } from "./report.js";

const PEM = { contentType: "application/x-pem-file" };
const password = "correct horse";

define("certificate import", "PFX with a password", async () => {
  const { pfx, certificate } = broughtPfx(password);
  const imported = await client.importCertificate(fresh("pfx"), pfx, { password });
  assert.deepEqual(Buffer.from(imported.cer), new X509Certificate(certificate).raw);
  await assertVaultSigns(imported);
});

define("certificate import", "brought key stays in the vault if the policy says so", async () => {
  const { pfx } = broughtPfx(password);
  const policy = { exportable: false };
  const imported = await client.importCertificate(fresh("pfx"), pfx, { password, policy });
  if ((await client.getCertificatePolicy(imported.name)).exportable) {
    throw new Unsupported("the SDK leaves the policy of an import out of its request: the key is exportable");
  }
});

define("certificate import", "PFX as openssl's older profile writes it", async () => {
  const older = ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"];
  const { pfx } = broughtPfx(password, ...older);
  await assertVaultSigns(await client.importCertificate(fresh("pfx"), pfx, { password }));
});

define("certificate import", "PEM with key and certificate", async () => {
  const imported = await client.importCertificate(fresh("pem"), Buffer.from(brought()), { policy: PEM });
  await assertVaultSigns(imported);
  assert.match((await secretOf(imported)).value, /PRIVATE KEY/, "exportable unless the policy says otherwise");
});

define("certificate import", "PEM with an EC key", async () => {
  const pem = brought(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]);
  const imported = await client.importCertificate(fresh("pem"), Buffer.from(pem), { policy: PEM });
  const digest = createHash("sha256").update("the data").digest();
  const signer = new CryptographyClient(imported.keyId, operations);
  const { result } = await signer.sign("ES256", digest);
  assert.equal(result.length, 64, "r and s");
  assert.ok((await signer.verify("ES256", digest, result)).result);
});
