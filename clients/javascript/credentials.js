// Every way @azure/identity has to be somebody without a person at the keyboard.

import assert from "node:assert/strict";

import {
  ClientAssertionCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
  DefaultAzureCredential,
  EnvironmentCredential,
  ManagedIdentityCredential,
  WorkloadIdentityCredential,
} from "@azure/identity";
import { CertificateClient } from "@azure/keyvault-certificates";
import { CryptographyClient } from "@azure/keyvault-keys";

import { claims, signedByVault, signedHere } from "./assertion.js";
import { downloadedPem, withFile } from "./files.js";
import { APP, GRAPH, HOME, JUNIPER, LAB, OPERATOR, SEED, VAULT, control, fresh } from "./lab.js";
import { Unsupported, define } from "./report.js";

const VAULT_SCOPE = "https://vault.azure.net/.default";
const PEM_ONLY = "ClientCertificateCredential reads PEM only";

async function tokenOf(credential, scope = GRAPH) {
  const { token } = await credential.getToken(scope);
  assert.equal(token.split(".").length, 3, "a JWT");
  return token;
}

// Sets variables, or removes those that are undefined, for as long as `work` runs.
async function withEnvironment(variables, work) {
  const before = Object.fromEntries(Object.keys(variables).map((name) => [name, process.env[name]]));
  const put = (values) => {
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
  put(variables);
  try {
    return await work();
  } finally {
    put(before);
  }
}

const OPERATIONS = {
  AZURE_TENANT_ID: HOME,
  AZURE_CLIENT_ID: OPERATOR.client_id,
  AZURE_CLIENT_SECRET: OPERATOR.client_secret,
};

define("credentials", "client secret", () =>
  tokenOf(new ClientSecretCredential(HOME, OPERATOR.client_id, OPERATOR.client_secret), VAULT_SCOPE),
);

define("credentials", "certificate in a PEM file", async () => {
  const pem = await downloadedPem();
  await withFile(pem, ".pem", (path) => tokenOf(new ClientCertificateCredential(JUNIPER, APP, path)));
});

define("credentials", "certificate in a PFX", () => {
  throw new Unsupported(PEM_ONLY);
});

define("credentials", "certificate in a PFX with a password", () => {
  throw new Unsupported(PEM_ONLY);
});

define("credentials", "certificate sent along with the assertion (x5c)", async () => {
  const certificate = await downloadedPem();
  await tokenOf(new ClientCertificateCredential(JUNIPER, APP, { certificate }, { sendCertificateChain: true }));
});

define("credentials", "assertion signed by the program", async () => {
  const pem = await downloadedPem();
  await tokenOf(new ClientAssertionCredential(JUNIPER, APP, async () => signedHere(pem)));
});

define("credentials", "assertion signed by the vault, with a key that never leaves it", async () => {
  const host = new ManagedIdentityCredential();
  const certificate = await new CertificateClient(VAULT, host).getCertificate("harbor-signer");
  const signer = new CryptographyClient(certificate.keyId, host);
  await tokenOf(new ClientAssertionCredential(JUNIPER, APP, () => signedByVault(signer, certificate.cer)));
});

define("credentials", "managed identity, App Service", () => tokenOf(new ManagedIdentityCredential(), VAULT_SCOPE));

const ELSEWHERE = { IDENTITY_ENDPOINT: undefined, IDENTITY_HEADER: undefined };

define("credentials", "managed identity, virtual machine (IMDS)", () =>
  withEnvironment({ ...ELSEWHERE, AZURE_POD_IDENTITY_AUTHORITY_HOST: LAB }, () =>
    tokenOf(new ManagedIdentityCredential(), VAULT_SCOPE),
  ),
);

define("credentials", "managed identity, Cloud Shell", () =>
  withEnvironment({ ...ELSEWHERE, MSI_ENDPOINT: `${LAB}/msi/cloud-shell` }, () =>
    tokenOf(new ManagedIdentityCredential(), VAULT_SCOPE),
  ),
);

define("credentials", "managed identity, user-assigned, by its client id", async () => {
  const { client_id: clientId, object_id } = await control("POST", "/lab/managed-identities", { name: fresh("identity") });
  assert.equal(claims(await tokenOf(new ManagedIdentityCredential({ clientId }), VAULT_SCOPE)).oid, object_id);
});

define("credentials", "managed identity that is not assigned is refused", async () => {
  const unknown = new ManagedIdentityCredential({ clientId: "4a8b0000-0000-4000-8000-00000000ffff" });
  await assert.rejects(unknown.getToken(VAULT_SCOPE), /Error/);
});

// A token of a cluster or a build that the app trusts, and the file it is in.
async function withFederatedToken({ issuer, subject: whom }, work) {
  const subject = `${whom}:${fresh("run")}`;
  await control("POST", `/lab/apps/${APP}/federated-credentials`, { name: fresh("trust"), issuer, subject });
  const { token } = await control("POST", "/lab/oidc-tokens", { issuer, subject });
  return withFile(token, "", (path) => work(path, token));
}

const CLUSTER = { issuer: "https://oidc.cluster.test", subject: "system:serviceaccount:harbor:insights" };
const BUILD = { issuer: "https://token.actions.githubusercontent.com", subject: "repo:harbor/insights:ref:refs/heads/main" };

define("credentials", "workload identity, token in a file", () =>
  withFederatedToken(CLUSTER, (tokenFilePath) =>
    tokenOf(new WorkloadIdentityCredential({ tenantId: JUNIPER, clientId: APP, tokenFilePath })),
  ),
);

define("credentials", "token of GitHub Actions as the assertion", () =>
  withFederatedToken(BUILD, (_, token) => tokenOf(new ClientAssertionCredential(JUNIPER, APP, async () => token))),
);

define("credentials", "default credential finds the workload identity", () =>
  withFederatedToken(CLUSTER, (path) =>
    withEnvironment({ AZURE_TENANT_ID: JUNIPER, AZURE_CLIENT_ID: APP, AZURE_FEDERATED_TOKEN_FILE: path }, async () =>
      assert.equal(claims(await tokenOf(new DefaultAzureCredential())).appid, APP),
    ),
  ),
);

define("credentials", "environment with a secret", () =>
  withEnvironment(OPERATIONS, () => tokenOf(new EnvironmentCredential(), VAULT_SCOPE)),
);

define("credentials", "environment with a certificate file", async () => {
  const pem = await downloadedPem();
  await withFile(pem, ".pem", (path) =>
    withEnvironment({ AZURE_TENANT_ID: JUNIPER, AZURE_CLIENT_ID: APP, AZURE_CLIENT_CERTIFICATE_PATH: path }, () =>
      tokenOf(new EnvironmentCredential()),
    ),
  );
});

define("credentials", "default credential finds the environment", () =>
  withEnvironment(OPERATIONS, async () => {
    const token = await tokenOf(new DefaultAzureCredential(), VAULT_SCOPE);
    assert.equal(claims(token).appid, OPERATOR.client_id);
  }),
);

define("credentials", "default credential finds the managed identity", async () => {
  const token = await tokenOf(new DefaultAzureCredential(), VAULT_SCOPE);
  assert.equal(claims(token).appid, SEED.host_identity.client_id);
});
