// A bad day on the network: the SDK tries again by itself, as long and as often as the answer asks.

import assert from "node:assert/strict";

import { ClientSecretCredential } from "@azure/identity";
import { CryptographyClient, KeyClient } from "@azure/keyvault-keys";
import { SecretClient } from "@azure/keyvault-secrets";

import { GRAPH, HOME, OPERATOR, VAULT, fresh, operations, withFault } from "./lab.js";
import { Unsupported, define } from "./report.js";

const host = ".vault.azure.net";
const body = '{"error":{"code":"Injected","message":"on purpose"}}';
const status = (code, headers = {}) => ({ status: { code, headers, body } });
const read = (options) => new SecretClient(VAULT, operations, options).getSecret("harbor-export");

define("retries", "429 with Retry-After: waits as long as it says", async () => {
  const start = performance.now();
  await withFault(status(429, { "Retry-After": "2" }), { host, times: 1 }, read);
  assert.ok(performance.now() - start >= 2000);
});

define("retries", "429 without Retry-After", async () => {
  await withFault(status(429), { host, times: 1 }, () => assert.rejects(read(), { statusCode: 429 }));
  throw new Unsupported("the SDK does not try again without Retry-After");
});

define("retries", "503 twice", () => withFault(status(503), { host, times: 2 }, read));

define("retries", "connection closed without an answer", () => withFault("reset", { host, times: 1 }, read));

define("retries", "signing is tried again after 429 with Retry-After", async () => {
  const key = await new KeyClient(VAULT, operations).createEcKey(fresh("retried"), { curve: "P-256" });
  const signer = new CryptographyClient(key, operations);
  const where = { host, path_contains: "/sign", times: 1 };
  await withFault(status(429, { "Retry-After": "1" }), where, () => signer.sign("ES256", new Uint8Array(32)));
});

define("retries", "429 that does not end arrives as an error of the SDK", () =>
  withFault(status(429, { "Retry-After": "1" }), { host, times: 2 }, () =>
    assert.rejects(read({ retryOptions: { maxRetries: 1 } }), { name: "RestError", statusCode: 429 }),
  ),
);

define("retries", "Entra answers 503 once", () => {
  const credential = new ClientSecretCredential(HOME, OPERATOR.client_id, OPERATOR.client_secret);
  const where = { host: "login.microsoftonline.com", path_contains: "/token", times: 1 };
  return withFault(status(503), where, () => credential.getToken(GRAPH));
});
