// Who may come in: access policies, the older way; and networks.

import assert from "node:assert/strict";

import { KeyClient } from "@azure/keyvault-keys";
import { SecretClient } from "@azure/keyvault-secrets";

import { HOME, OPERATOR, control, fresh, operations } from "./lab.js";
import { define } from "./report.js";

// A vault set up like this, in which the operations have every role.
async function vault(properties) {
  const host = `${fresh("wharf")}.vault.azure.net`;
  await control("POST", "/lab/vaults", { host });
  await control("POST", `/lab/vaults/${host}/roles`, { principal: OPERATOR.object_id, role: "Administrator" });
  await control("PATCH", `/lab/vaults/${host}`, { properties });
  return `https://${host}`;
}

const refused = (inner) => (error) => {
  assert.equal(error.statusCode, 403);
  assert.equal(error.details.error.innerError.code, inner);
  return true;
};

define("access", "access policies: what they allow works, the rest is 403 AccessDenied", async () => {
  const permissions = { keys: ["create", "get"], secrets: ["set"] };
  const policy = { tenantId: HOME, objectId: OPERATOR.object_id, permissions };
  const url = await vault({ enableRbacAuthorization: false, accessPolicies: [policy] });
  const [keys, secrets] = [new KeyClient(url, operations), new SecretClient(url, operations)];
  const key = await keys.createEcKey("made", { curve: "P-256" });
  assert.equal((await keys.getKey("made")).id, key.id);
  await assert.rejects(keys.beginDeleteKey("made"), (error) => {
    assert.match(error.message, /keys delete permission/);
    return refused("AccessDenied")(error);
  });
  await secrets.setSecret("made", "value");
  await assert.rejects(secrets.getSecret("made"), refused("AccessDenied"));
});

define("access", "firewall: 403 ForbiddenByFirewall for an address no rule names", async () => {
  const url = await vault({ networkAcls: { defaultAction: "Deny", bypass: "None" } });
  await assert.rejects(new SecretClient(url, operations).getSecret("any"), refused("ForbiddenByFirewall"));
});

define("access", "public access disabled: 403 ForbiddenByConnection", async () => {
  const url = await vault({ publicNetworkAccess: "Disabled" });
  await assert.rejects(new SecretClient(url, operations).getSecret("any"), refused("ForbiddenByConnection"));
});
