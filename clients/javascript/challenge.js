// The vault says in its 401 where tokens come from. No client here is told a tenant or an authority for the vault.

import assert from "node:assert/strict";

import { ClientCertificateCredential } from "@azure/identity";
import { SecretClient } from "@azure/keyvault-secrets";

import { downloadedPem } from "./files.js";
import { APP, HOME, JUNIPER, VAULT, control, journal, operations } from "./lab.js";
import { define } from "./report.js";

define("challenge", "first request carries no token, the next one does", async () => {
  await control("DELETE", "/lab/journal");
  const client = new SecretClient(VAULT, operations);
  await client.getSecret("harbor-export");
  await client.getSecret("harbor-export");
  const asked = (await journal()).filter((entry) => entry.host.endsWith(".vault.azure.net"));
  assert.deepEqual(asked.map((entry) => entry.status), [401, 200, 200]);
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
