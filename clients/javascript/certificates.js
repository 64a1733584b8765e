// Certificates: their key stays in the vault, or can be downloaded. The difference the whole project is about.

import assert from "node:assert/strict";
import { X509Certificate, constants, createHash, createPrivateKey, verify } from "node:crypto";
import { createSecureContext } from "node:tls";

import { CertificateClient } from "@azure/keyvault-certificates";
import { CryptographyClient } from "@azure/keyvault-keys";
import { SecretClient } from "@azure/keyvault-secrets";

import { signRequest } from "./authority.js";
import { openPfx } from "./files.js";
import { VAULT, all, fresh, operations } from "./lab.js";
import { define } from "./report.js";

export const client = new CertificateClient(VAULT, operations);
const secrets = new SecretClient(VAULT, operations);
const DATA = Buffer.from("the data");
const often = { intervalInMs: 100 };

async function create({ name = fresh("certificate"), ...policy } = {}) {
  const whole = { issuerName: "Self", subject: "CN=clients.harbor.example", ...policy };
  const poller = await client.beginCreateCertificate(name, whole, often);
  return poller.pollUntilDone();
}

// The secret of the certificate, which is the way a key can leave the vault.
export async function secretOf(certificate) {
  const secret = await secrets.getSecret(certificate.name);
  assert.equal(secret.properties.version, certificate.properties.version, "one version id for all three");
  return secret;
}

const x509 = (certificate) => new X509Certificate(certificate.cer);

// The vault signs, Node verifies with the certificate.
export async function assertVaultSigns(certificate) {
  const digest = createHash("sha256").update(DATA).digest();
  const { result } = await new CryptographyClient(certificate.keyId, operations).sign("PS256", digest);
  const key = { key: x509(certificate).publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  assert.ok(verify("sha256", DATA, key, result));
}

define("certificates", "not exportable: the PFX holds no key, and the vault signs with it", async () => {
  const certificate = await create({ exportable: false });
  const pfx = Buffer.from((await secretOf(certificate)).value, "base64");
  const text = await openPfx(pfx);
  assert.doesNotMatch(text, /PRIVATE KEY/);
  assert.deepEqual(new X509Certificate(text).raw, x509(certificate).raw);
  assert.throws(() => createSecureContext({ pfx, passphrase: "" }), /private key/, "Node finds no key in it");
  await assertVaultSigns(certificate);
});

define("certificates", "exportable: the PFX holds the very key the vault signs with", async () => {
  const certificate = await create({ exportable: true });
  const pfx = Buffer.from((await secretOf(certificate)).value, "base64");
  assert.ok(createSecureContext({ pfx, passphrase: "" }), "Node can serve TLS with it");
  assert.ok(x509(certificate).checkPrivateKey(createPrivateKey(await openPfx(pfx))));
  await assertVaultSigns(certificate);
});

define("certificates", "PEM: the key is there only if exportable", async () => {
  for (const exportable of [true, false]) {
    const secret = await secretOf(await create({ exportable, contentType: "application/x-pem-file" }));
    assert.equal(secret.properties.contentType, "application/x-pem-file");
    assert.match(secret.value, /BEGIN CERTIFICATE/);
    assert.equal(secret.value.includes("PRIVATE KEY"), exportable);
  }
});

define("certificates", "EC key on {}", ["P-256", "P-384", "P-521"], async (keyCurveName) => {
  const certificate = await create({ exportable: true, keyType: "EC", keyCurveName });
  const pem = await openPfx(Buffer.from((await secretOf(certificate)).value, "base64"));
  assert.ok(x509(certificate).checkPrivateKey(createPrivateKey(pem)));
  assert.equal(createPrivateKey(pem).export({ format: "jwk" }).crv, keyCurveName);
});

define("certificates", "policy decides subject, names, usages and validity", async () => {
  const certificate = await create({
    subject: "CN=policy.harbor.example",
    subjectAlternativeNames: { dnsNames: ["policy.harbor.example", "other.harbor.example"] },
    enhancedKeyUsage: ["1.3.6.1.5.5.7.3.2"],
    keyUsage: ["digitalSignature"],
    keyType: "RSA",
    keySize: 3072,
    validityInMonths: 6,
  });
  const made = x509(certificate);
  assert.equal(made.subjectAltName, "DNS:policy.harbor.example, DNS:other.harbor.example");
  assert.deepEqual(made.keyUsage, ["1.3.6.1.5.5.7.3.2"]);
  assert.equal(made.publicKey.asymmetricKeyDetails.modulusLength, 3072);
  const days = (new Date(made.validTo) - new Date(made.validFrom)) / 86_400_000;
  assert.ok(180 < days && days < 186, `${days} days`);
  const read = await client.getCertificatePolicy(certificate.name);
  assert.equal(read.subject, "CN=policy.harbor.example");
  assert.equal(read.validityInMonths, 6);
});

define("certificates", "renewal keeps the key only if the policy says so", async () => {
  for (const reuseKey of [true, false]) {
    const name = fresh("renewed");
    const keys = [];
    for (let round = 0; round < 2; round += 1) keys.push(x509(await create({ name, keyType: "RSA", reuseKey })).publicKey);
    assert.equal(keys[0].equals(keys[1]), reuseKey);
    const versions = await all(client.listPropertiesOfCertificateVersions(name));
    assert.equal(versions.length, 2);
  }
});

define("certificates", "request signed by another authority and merged", async () => {
  const name = fresh("merged");
  await client.beginCreateCertificate(name, { issuerName: "Unknown", subject: "CN=merged" }, often);
  const { certificateOperation } = (await client.getCertificateOperation(name, often)).getOperationState();
  assert.equal(certificateOperation.status, "inProgress");
  const issued = signRequest(certificateOperation.csr);
  const merged = await client.mergeCertificate(name, [issued]);
  assert.deepEqual(Buffer.from(merged.cer), issued);
  await assertVaultSigns(merged);
});

define("certificates", "update: tags, disabled, another policy", async () => {
  const { name, properties } = await create();
  const tags = { team: "harbor" };
  const changed = await client.updateCertificateProperties(name, properties.version, { enabled: false, tags });
  assert.equal(changed.properties.enabled, false);
  assert.deepEqual({ ...changed.properties.tags }, tags);
  const policy = await client.getCertificatePolicy(name);
  await client.updateCertificatePolicy(name, { ...policy, validityInMonths: 3 });
  assert.equal((await client.getCertificatePolicy(name)).validityInMonths, 3, "what the update returns is empty");
});

define("certificates", "pending operation: cancelled and deleted", async () => {
  const name = fresh("cancelled");
  const poller = await client.beginCreateCertificate(name, { issuerName: "Unknown", subject: "CN=cancelled" }, often);
  await poller.cancelOperation();
  await client.deleteCertificateOperation(name);
});
