// New versions on demand and by policy, which the lab's clock carries out.

import assert from "node:assert/strict";

import { ClientSecretCredential } from "@azure/identity";
import { CertificateClient } from "@azure/keyvault-certificates";
import { KeyClient } from "@azure/keyvault-keys";

import { HOME, OPERATOR, VAULT, control, fresh, operations } from "./lab.js";
import { define } from "./report.js";

const keys = new KeyClient(VAULT, operations);
const every30Days = { expiresIn: "P90D", lifetimeActions: [{ action: "Rotate", timeAfterCreate: "P30D" }] };

define("rotation", "key rotated on demand", async () => {
  const key = await keys.createRsaKey(fresh("rotated"), { keySize: 2048 });
  const rotated = await keys.rotateKey(key.name);
  assert.notEqual(rotated.id, key.id);
  assert.notDeepEqual(rotated.key.n, key.key.n);
  assert.equal((await keys.getKey(key.name)).id, rotated.id);
});

define("rotation", "rotation policy set and read", async () => {
  const { name } = await keys.createRsaKey(fresh("policy"), { keySize: 2048 });
  await keys.updateKeyRotationPolicy(name, every30Days);
  const read = await keys.getKeyRotationPolicy(name);
  assert.equal(read.expiresIn, "P90D");
  const rotate = read.lifetimeActions.find(({ action }) => action === "Rotate");
  assert.equal(rotate.timeAfterCreate, "P30D");
});

define("rotation", "rotation policy that rotates after it expires: refused", async () => {
  const { name } = await keys.createRsaKey(fresh("policy"), { keySize: 2048 });
  const late = { expiresIn: "P90D", lifetimeActions: [{ action: "Rotate", timeAfterCreate: "P100D" }] };
  await assert.rejects(keys.updateKeyRotationPolicy(name, late), { statusCode: 400 });
});

define("rotation", "time passes: key rotated, certificate renewed", async () => {
  const certificates = new CertificateClient(VAULT, operations);
  const name = fresh("renewed");
  const poller = await certificates.beginCreateCertificate(
    name,
    {
      issuerName: "Self",
      subject: "CN=renewed",
      validityInMonths: 1,
      lifetimeActions: [{ action: "AutoRenew", lifetimePercentage: 80 }],
    },
    { intervalInMs: 100 },
  );
  const old = await poller.pollUntilDone();
  const key = await keys.createRsaKey(`${name}-key`, { keySize: 2048 });
  await keys.updateKeyRotationPolicy(key.name, every30Days);
  await control("POST", "/lab/clock", { advance_seconds: 31 * 86_400 });
  // another credential: the tokens of the first have ended, but not by the clock of this computer
  const later = new ClientSecretCredential(HOME, OPERATOR.client_id, OPERATOR.client_secret);
  assert.notEqual((await new KeyClient(VAULT, later).getKey(key.name)).id, key.id);
  const renewed = await new CertificateClient(VAULT, later).getCertificate(name);
  assert.notEqual(renewed.properties.version, old.properties.version);
  assert.ok(renewed.properties.expiresOn > old.properties.expiresOn);
});
