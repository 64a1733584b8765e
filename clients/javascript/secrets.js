// Secrets that people put into the vault themselves.

import assert from "node:assert/strict";

import { SecretClient } from "@azure/keyvault-secrets";

import { VAULT, fresh, operations } from "./lab.js";
import { define } from "./report.js";

const client = new SecretClient(VAULT, operations);

define("secrets", "set, read, new version", async () => {
  const name = fresh("secret");
  const tags = { team: "harbor" };
  const old = await client.setSecret(name, "one", { contentType: "text/plain", tags });
  await client.setSecret(name, "two ✓");
  assert.equal((await client.getSecret(name)).value, "two ✓");
  const read = await client.getSecret(name, { version: old.properties.version });
  assert.equal(read.value, "one");
  assert.equal(read.properties.contentType, "text/plain");
  assert.deepEqual({ ...read.properties.tags }, tags);
});

define("secrets", "disabled secret is not read", async () => {
  const name = fresh("disabled");
  const { version } = (await client.setSecret(name, "hidden")).properties;
  await client.updateSecretProperties(name, version, { enabled: false });
  await assert.rejects(client.getSecret(name), { name: "RestError", statusCode: 403, code: "Forbidden" });
  await client.updateSecretProperties(name, version, { enabled: true });
  assert.equal((await client.getSecret(name)).value, "hidden");
});

define("secrets", "dates are kept, and reading works outside of them", async () => {
  const notBefore = new Date(Math.ceil(Date.now() / 1000) * 1000 + 86_400_000);
  const name = fresh("dated");
  await client.setSecret(name, "early", { notBefore, expiresOn: new Date(notBefore.getTime() + 86_400_000) });
  const read = await client.getSecret(name);
  assert.equal(read.value, "early");
  assert.deepEqual(read.properties.notBefore, notBefore);
});

define("secrets", "secret of a certificate names its key and says it is managed", async () => {
  const { properties } = await client.getSecret("harbor-export");
  assert.ok(properties.certificateKeyId ?? properties.keyId);
  assert.equal(properties.managed, true);
  assert.equal(properties.contentType, "application/x-pkcs12");
});
