// Refusals arrive as the SDK's own errors, with the service's codes inside.

import assert from "node:assert/strict";

import { ClientSecretCredential, ManagedIdentityCredential } from "@azure/identity";
import { CertificateClient } from "@azure/keyvault-certificates";
import { CryptographyClient, KeyClient } from "@azure/keyvault-keys";
import { SecretClient } from "@azure/keyvault-secrets";

import { GRAPH, HOME, OPERATOR, VAULT, control, fresh, operations } from "./lab.js";
import { define } from "./report.js";

const keys = new KeyClient(VAULT, operations);
const secrets = new SecretClient(VAULT, operations);

// A refusal of the vault, with its inner code where it has one.
const refusal = (statusCode, code, inner) => (error) => {
  assert.equal(error.name, "RestError");
  assert.equal(error.statusCode, statusCode);
  assert.equal(error.code, code);
  if (inner) assert.equal(error.details.error.innerError.code, inner);
  return true;
};

define("errors", "404 for what is not there", async () => {
  const certificates = new CertificateClient(VAULT, operations);
  await assert.rejects(keys.getKey("no-such-thing"), refusal(404, "KeyNotFound"));
  await assert.rejects(secrets.getSecret("no-such-thing"), refusal(404, "SecretNotFound"));
  await assert.rejects(certificates.getCertificate("no-such-thing"), refusal(404, "CertificateNotFound"));
});

define("errors", "403 with the reason, for a role that is missing", async () => {
  const host = new KeyClient(VAULT, new ManagedIdentityCredential());
  await assert.rejects(host.createRsaKey(fresh("refused")), (error) => {
    assert.match(error.message, /Microsoft\.KeyVault\/vaults\/keys\/create\/action/);
    return refusal(403, "Forbidden", "ForbiddenByRbac")(error);
  });
});

define("errors", "403 for a disabled key", async () => {
  const key = await keys.createEcKey(fresh("disabled"), { curve: "P-256", enabled: false });
  const byId = new CryptographyClient(key.id, operations);
  await assert.rejects(byId.sign("ES256", new Uint8Array(32)), refusal(403, "Forbidden", "KeyDisabled"));
});

define("errors", "409 for a name that waits to be recovered", async () => {
  const { name } = await secrets.setSecret(fresh("deleted"), "value");
  await (await secrets.beginDeleteSecret(name, { intervalInMs: 100 })).pollUntilDone();
  await assert.rejects(secrets.setSecret(name, "again"), refusal(409, "Conflict", "ObjectIsDeletedButRecoverable"));
});

define("errors", "400 for a digest of the wrong length", async () => {
  const key = await keys.createRsaKey(fresh("digest"), { keySize: 2048 });
  await assert.rejects(new CryptographyClient(key, operations).sign("PS256", new Uint8Array(20)), refusal(400, "BadParameter"));
});

define("errors", "429 for more new keys than a vault makes at once", async () => {
  const makeMany = async () => {
    for (let made = 0; made < 25; made += 1) await keys.createEcKey(fresh("many"), { curve: "P-256" });
  };
  await control("PUT", "/lab/throttling", { enabled: true });
  try {
    await assert.rejects(makeMany(), refusal(429, "Throttled"));
  } finally {
    await control("PUT", "/lab/throttling", { enabled: false });
  }
});

define("errors", "wrong client secret: AADSTS7000215", async () => {
  const wrong = new ClientSecretCredential(HOME, OPERATOR.client_id, "not-the-secret");
  await assert.rejects(wrong.getToken(GRAPH), { name: "AuthenticationRequiredError", message: /AADSTS7000215/ });
});

define("errors", "unknown resource: AADSTS500011", async () => {
  const nowhere = operations.getToken("https://nowhere.harbor.example/.default");
  await assert.rejects(nowhere, { name: "AuthenticationRequiredError", message: /AADSTS500011/ });
});
