// The vault says in its 401 where tokens come from. No client here is told a tenant or an authority for the vault.

import assert from "node:assert/strict";

import { ClientCertificateCredential, ClientSecretCredential } from "@azure/identity";
import { SecretClient } from "@azure/keyvault-secrets";

import { downloadedPem } from "./files.js";
import { APP, HOME, JUNIPER, OPERATOR, VAULT, control, journal, now, operations } from "./lab.js";
import { define } from "./report.js";

const ofVault = (entry) => entry.host.endsWith(".vault.azure.net");
const vaultStatuses = async () => (await journal()).filter(ofVault).map((entry) => entry.status);

define("challenge", "first request carries no token, the next one does", async () => {
  await control("DELETE", "/lab/journal");
  const client = new SecretClient(VAULT, operations);
  await client.getSecret("harbor-export");
  await client.getSecret("harbor-export");
  assert.deepEqual(await vaultStatuses(), [401, 200, 200]);
});

define("challenge", "vault of another tenant: the credential follows only if it may", async () => {
  const certificate = await downloadedPem();
  const read = (options) =>
    new SecretClient(VAULT, new ClientCertificateCredential(JUNIPER, APP, { certificate }, options)).getSecret("harbor-export");
  await assert.rejects(read({}), /AdditionallyAllowedTenants/i);
  await assert.rejects(read({ additionallyAllowedTenants: [HOME] }), (error) => {
    assert.equal(error.statusCode, 403);
    assert.match(error.message, /ForbiddenByRbac|Caller is not authorized/);
    return true;
  });
});

define("challenge", "claims challenge (CAE): a newer token is fetched and used", async () => {
  const client = new SecretClient(VAULT, new ClientSecretCredential(HOME, OPERATOR.client_id, OPERATOR.client_secret));
  await client.getSecret("harbor-export");
  await control("POST", "/lab/clock", { advance_seconds: 60 });
  const newer = { access_token: { nbf: { essential: true, value: String(await now()) } } };
  await control("POST", "/lab/claims-challenges", { claims: newer });
  await control("DELETE", "/lab/journal");
  try {
    await client.getSecret("harbor-export");
  } finally {
    await control("DELETE", "/lab/claims-challenges");
  }
  assert.deepEqual(await vaultStatuses(), [401, 200]);
});
