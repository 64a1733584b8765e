// MSAL for Node by itself, as programs use it that speak to Graph without an Azure SDK.

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";

import { ConfidentialClientApplication, CryptoProvider, PublicClientApplication } from "@azure/msal-node";

import { claims, signedHere } from "./assertion.js";
import { downloadedPem } from "./files.js";
import { APP, GRAPH, HOME, JUNIPER, OPERATOR, SEED, send } from "./lab.js";
import { define } from "./report.js";

const AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
const scopes = [GRAPH];

// Node 20's fetch knows no proxy, so msal-node needs what every user behind one gives it there: another transport.
const request = async (method, url, { headers, body } = {}) => {
  const answer = await send(method, url, { headers, body });
  return { status: answer.status, headers: answer.headers.toJSON(), body: JSON.parse(answer.bodyAsText) };
};
const system = {
  networkClient: {
    sendGetRequestAsync: (url, options) => request("GET", url, options),
    sendPostRequestAsync: (url, options) => request("POST", url, options),
  },
};

function appWith(credential, clientId = APP, tenant = JUNIPER) {
  const authority = `https://login.microsoftonline.com/${tenant}`;
  return new ConfidentialClientApplication({ auth: { clientId, authority, ...credential }, system });
}

const operations = () => appWith({ clientSecret: OPERATOR.client_secret }, OPERATOR.client_id, HOME);

define("msal", "client secret", async () => {
  assert.ok((await operations().acquireTokenByClientCredential({ scopes })).accessToken);
});

define("msal", "certificate with its SHA-256 thumbprint (PS256)", async () => {
  const privateKey = await downloadedPem();
  const thumbprintSha256 = new X509Certificate(privateKey).fingerprint256.replaceAll(":", "");
  const app = appWith({ clientCertificate: { privateKey, thumbprintSha256 } });
  assert.ok((await app.acquireTokenByClientCredential({ scopes })).accessToken);
});

define("msal", "assertion from a callback", async () => {
  const pem = await downloadedPem();
  const app = appWith({ clientAssertion: async () => signedHere(pem) });
  assert.ok((await app.acquireTokenByClientCredential({ scopes })).accessToken);
});

define("msal", "second request comes from its cache", async () => {
  const app = operations();
  const first = await app.acquireTokenByClientCredential({ scopes });
  const second = await app.acquireTokenByClientCredential({ scopes });
  assert.ok(!first.fromCache && second.fromCache);
  assert.equal(second.accessToken, first.accessToken);
});

define("msal", "user name and password", async () => {
  const { user, password } = SEED.juniper;
  const authority = `https://login.microsoftonline.com/${JUNIPER}`;
  const app = new PublicClientApplication({ auth: { clientId: AZURE_CLI, authority }, system });
  const result = await app.acquireTokenByUsernamePassword({ scopes: ["User.Read"], username: user, password });
  assert.equal(claims(result.accessToken).upn, user);
  assert.equal(result.account.tenantId, JUNIPER);
});

define("msal", "sign-in with a code and PKCE, then another token without asking again", async () => {
  const { user, password } = SEED.juniper;
  const authority = "https://login.microsoftonline.com/organizations";
  const app = new PublicClientApplication({ auth: { clientId: AZURE_CLI, authority }, system });
  const { verifier, challenge } = await new CryptoProvider().generatePkceCodes();
  const asked = { scopes: ["User.Read"], redirectUri: "http://localhost:51234" };
  const pkce = { codeChallenge: challenge, codeChallengeMethod: "S256" };
  const url = await app.getAuthCodeUrl({ ...asked, ...pkce, responseMode: "form_post", nonce: "once" });
  const body = new URLSearchParams({ username: user, password, decision: "sign-in" }).toString();
  const headers = { "Content-Type": "application/x-www-form-urlencoded" };
  const page = (await send("POST", url, { headers, body })).bodyAsText;
  const [, code] = page.match(/name="code" value="([^"]+)"/);
  const redeemed = { ...asked, code, codeVerifier: verifier, nonce: "once" };
  const result = await app.acquireTokenByCode(redeemed);
  assert.equal(result.account.username, user);
  assert.deepEqual([result.tenantId, result.idTokenClaims.nonce], [JUNIPER, "once"]);
  const vault = { account: result.account, scopes: ["https://vault.azure.net/.default"] };
  assert.ok((await app.acquireTokenSilent(vault)).accessToken);
});

define("msal", "refusal carries the AADSTS code", async () => {
  const app = appWith({ clientSecret: "not-the-secret" }, OPERATOR.client_id, HOME);
  await assert.rejects(app.acquireTokenByClientCredential({ scopes }), (error) => {
    assert.equal(error.errorCode, "invalid_client");
    assert.match(error.errorMessage, /AADSTS7000215/);
    return true;
  });
});
