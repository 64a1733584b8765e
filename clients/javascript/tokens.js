// Tokens of a multi-tenant app: whose, for whom, and what when a customer has not consented.

import assert from "node:assert/strict";

import { ClientCertificateCredential } from "@azure/identity";
import { CertificateClient } from "@azure/keyvault-certificates";
import { SecretClient } from "@azure/keyvault-secrets";

import { claims } from "./assertion.js";
import { downloadedPem } from "./files.js";
import { APP, GRAPH, JUNIPER, MARLOW, VAULT, control, fresh, graph, operations } from "./lab.js";
import { define } from "./report.js";

async function harborInsights({ tenant = JUNIPER, clientId = APP, ...options } = {}) {
  return new ClientCertificateCredential(tenant, clientId, { certificate: await downloadedPem() }, options);
}

define("tokens", "claims of an app-only Graph token", async () => {
  const told = claims((await (await harborInsights()).getToken(GRAPH)).token);
  const { tid, appid, aud, roles, iss, idtyp } = told;
  assert.deepEqual(
    { tid, appid, aud, roles, iss, idtyp },
    {
      tid: JUNIPER,
      appid: APP,
      aud: "https://graph.microsoft.com",
      roles: ["User.ReadBasic.All"],
      iss: `https://sts.windows.net/${JUNIPER}/`,
      idtyp: "app",
    },
  );
});

define("tokens", "one credential serves two customers", async () => {
  const credential = await harborInsights({ additionallyAllowedTenants: ["*"] });
  for (const tenantId of [JUNIPER, MARLOW]) {
    const { token } = await credential.getToken(GRAPH, { tenantId });
    assert.equal(claims(token).tid, tenantId);
    const people = await graph("GET", "/users?$select=userPrincipalName", token);
    assert.equal(people.body.value.length, 7, "the customer's own people");
  }
});

define("tokens", "SDK refuses a tenant that was not allowed", async () => {
  const credential = await harborInsights();
  await assert.rejects(credential.getToken(GRAPH, { tenantId: MARLOW }), /AdditionallyAllowedTenants/i);
});

define("tokens", "no consent: AADSTS700016, and a token after consent", async () => {
  const { cer } = await new CertificateClient(VAULT, operations).getCertificate("harbor-export");
  const key = Buffer.from(cer).toString("base64");
  const made = await graph("POST", "/applications", (await operations.getToken(GRAPH)).token, {
    displayName: fresh("not-consented"),
    signInAudience: "AzureADMultipleOrgs",
    keyCredentials: [{ type: "AsymmetricX509Cert", usage: "Verify", key }],
  });
  assert.equal(made.status, 201);
  const app = made.body.appId;
  const credential = await harborInsights({ clientId: app });
  await assert.rejects(credential.getToken(GRAPH), { name: "AuthenticationRequiredError", message: /AADSTS700016/ });
  await control("PUT", `/lab/tenants/${JUNIPER}/consents/${app}`);
  assert.equal(claims((await credential.getToken(GRAPH)).token).appid, app);
});

define("tokens", "certificate that is not registered: AADSTS700027", async () => {
  const name = fresh("stranger");
  const policy = { issuerName: "Self", subject: "CN=stranger", exportable: true, contentType: "application/x-pem-file" };
  const poller = await new CertificateClient(VAULT, operations).beginCreateCertificate(name, policy, { intervalInMs: 100 });
  await poller.pollUntilDone();
  const { value: certificate } = await new SecretClient(VAULT, operations).getSecret(name);
  const credential = new ClientCertificateCredential(JUNIPER, APP, { certificate });
  await assert.rejects(credential.getToken(GRAPH), { name: "AuthenticationRequiredError", message: /AADSTS700027/ });
});

define("tokens", "permission the customer did not give: 403 from Graph", async () => {
  const { token } = await (await harborInsights()).getToken(GRAPH);
  const answer = await graph("GET", "/applications", token);
  assert.equal(answer.status, 403);
  assert.equal(answer.body.error.code, "Authorization_RequestDenied");
});

define("tokens", "unknown tenant: AADSTS90002", async () => {
  const credential = await harborInsights({ tenant: "4a8b0000-0000-4000-8000-0000000000ff" });
  await assert.rejects(credential.getToken(GRAPH), { name: "AuthenticationRequiredError", message: /AADSTS90002/ });
});
