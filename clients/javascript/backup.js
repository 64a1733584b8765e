// Backups: in a form that only vaults read, and only into a name that is free.

import assert from "node:assert/strict";

import { KeyClient } from "@azure/keyvault-keys";
import { SecretClient } from "@azure/keyvault-secrets";

import { assertVaultSigns, client as certificates } from "./certificates.js";
import { VAULT, fresh, operations } from "./lab.js";
import { define } from "./report.js";

const keys = new KeyClient(VAULT, operations);
const secrets = new SecretClient(VAULT, operations);
const often = { intervalInMs: 100 };
const done = async (begun) => (await begun).pollUntilDone();

define("backup", "key: backed up, purged, restored", async () => {
  const made = await keys.createEcKey(fresh("backup"), { curve: "P-256" });
  const backup = await keys.backupKey(made.name);
  await done(keys.beginDeleteKey(made.name, often));
  await keys.purgeDeletedKey(made.name);
  assert.deepEqual((await keys.restoreKeyBackup(backup)).key.x, made.key.x);
  assert.equal((await keys.getKey(made.name)).id, made.id);
});

define("backup", "secret: backed up, purged, restored", async () => {
  const { name } = await secrets.setSecret(fresh("backup"), "kept");
  const backup = await secrets.backupSecret(name);
  await done(secrets.beginDeleteSecret(name, often));
  await secrets.purgeDeletedSecret(name);
  await secrets.restoreSecretBackup(backup);
  assert.equal((await secrets.getSecret(name)).value, "kept");
});

define("backup", "certificate: backed up, purged, restored", async () => {
  const policy = { issuerName: "Self", subject: "CN=backup", exportable: false };
  const made = await done(certificates.beginCreateCertificate(fresh("backup"), policy, often));
  const backup = await certificates.backupCertificate(made.name);
  await done(certificates.beginDeleteCertificate(made.name, often));
  await certificates.purgeDeletedCertificate(made.name);
  const restored = await certificates.restoreCertificateBackup(backup);
  assert.deepEqual(Buffer.from(restored.cer), Buffer.from(made.cer));
  await assertVaultSigns(restored);
});

define("backup", "restoring over an existing name: 409", async () => {
  const { name } = await secrets.setSecret(fresh("backup"), "kept");
  await assert.rejects(secrets.restoreSecretBackup(await secrets.backupSecret(name)), { statusCode: 409 });
});

define("random", "vault without an HSM has no random bytes", () =>
  assert.rejects(keys.getRandomBytes(16), { statusCode: 400 }),
);
