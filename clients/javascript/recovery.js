// Soft delete: deleted, listed as such, brought back, and gone for good.

import assert from "node:assert/strict";

import { CertificateClient } from "@azure/keyvault-certificates";
import { KeyClient } from "@azure/keyvault-keys";
import { SecretClient } from "@azure/keyvault-secrets";

import { VAULT, all, fresh, operations } from "./lab.js";
import { define } from "./report.js";

const often = { intervalInMs: 100 };
const keys = new KeyClient(VAULT, operations);
const secrets = new SecretClient(VAULT, operations);
const certificates = new CertificateClient(VAULT, operations);
const done = async (begun) => (await begun).pollUntilDone();

async function lifeAfterDeletion(name, { get, remove, deleted, listDeleted, recover, purge, create }) {
  const gone = await done(remove());
  // keys and secrets keep these in `properties`, certificates do not
  const { recoveryId, scheduledPurgeDate, deletedOn } = gone.recoveryId ? gone : gone.properties;
  assert.ok(recoveryId && scheduledPurgeDate > deletedOn);
  await assert.rejects(get(), { statusCode: 404 });
  await assert.rejects(create(), { statusCode: 409 });
  assert.ok((await all(listDeleted())).some((one) => one.name === name));
  assert.equal((await deleted()).name, name);
  await done(recover());
  await get();
  await done(remove());
  await purge();
  await assert.rejects(deleted(), { statusCode: 404 });
}

define("recovery", "key: delete, recover, purge", async () => {
  const { name } = await keys.createEcKey(fresh("deleted"), { curve: "P-256" });
  await lifeAfterDeletion(name, {
    get: () => keys.getKey(name),
    remove: () => keys.beginDeleteKey(name, often),
    deleted: () => keys.getDeletedKey(name),
    listDeleted: () => keys.listDeletedKeys(),
    recover: () => keys.beginRecoverDeletedKey(name, often),
    purge: () => keys.purgeDeletedKey(name),
    create: () => keys.createEcKey(name, { curve: "P-256" }),
  });
});

define("recovery", "secret: delete, recover, purge", async () => {
  const { name } = await secrets.setSecret(fresh("deleted"), "value");
  await lifeAfterDeletion(name, {
    get: () => secrets.getSecret(name),
    remove: () => secrets.beginDeleteSecret(name, often),
    deleted: () => secrets.getDeletedSecret(name),
    listDeleted: () => secrets.listDeletedSecrets(),
    recover: () => secrets.beginRecoverDeletedSecret(name, often),
    purge: () => secrets.purgeDeletedSecret(name),
    create: () => secrets.setSecret(name, "other"),
  });
});

define("recovery", "certificate: delete, recover, purge, its key and secret with it", async () => {
  const name = fresh("deleted");
  const policy = { issuerName: "Self", subject: "CN=deleted" };
  await done(certificates.beginCreateCertificate(name, policy, often));
  await done(certificates.beginDeleteCertificate(name, often));
  await assert.rejects(keys.getKey(name), { statusCode: 404 });
  await assert.rejects(secrets.getSecret(name), { statusCode: 404 });
  await done(certificates.beginRecoverDeletedCertificate(name, often));
  await lifeAfterDeletion(name, {
    get: () => certificates.getCertificate(name),
    remove: () => certificates.beginDeleteCertificate(name, often),
    deleted: () => certificates.getDeletedCertificate(name),
    listDeleted: () => certificates.listDeletedCertificates(),
    recover: () => certificates.beginRecoverDeletedCertificate(name, often),
    purge: () => certificates.purgeDeletedCertificate(name),
    create: () => certificates.beginCreateCertificate(name, policy, often),
  });
});
