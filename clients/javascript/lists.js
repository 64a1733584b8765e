// Lists longer than a page. The service gives 25 at most at a time, so the SDK follows the links.

import assert from "node:assert/strict";

import { CertificateClient } from "@azure/keyvault-certificates";
import { KeyClient } from "@azure/keyvault-keys";
import { SecretClient } from "@azure/keyvault-secrets";

import { VAULT, all, fresh, operations } from "./lab.js";
import { define } from "./report.js";

const many = Array.from({ length: 30 }, (_, number) => number);
const named = (things) => new Set(things.map((thing) => thing.name));

// A client loses the body of its first request if others run beside it: the challenge is not answered yet. So one goes first.
async function ready(client) {
  const list = client.listPropertiesOfKeys ?? client.listPropertiesOfSecrets ?? client.listPropertiesOfCertificates;
  await all(list.call(client));
  return client;
}

function assertHolds(listed, made) {
  const names = named(listed);
  assert.equal(names.size, listed.length, "nothing twice");
  for (const name of made) assert.ok(names.has(name), name);
}

define("lists", "30 secrets and 30 versions", async () => {
  const client = await ready(new SecretClient(VAULT, operations));
  const made = named(await Promise.all(many.map(() => client.setSecret(fresh("listed"), "value"))));
  assert.ok((await all(client.listPropertiesOfSecrets().byPage())).length > 1);
  assertHolds(await all(client.listPropertiesOfSecrets()), made);
  const name = fresh("versions");
  for (const number of many) await client.setSecret(name, String(number));
  assert.equal((await all(client.listPropertiesOfSecretVersions(name))).length, many.length);
});

define("lists", "30 keys, in pages of 10", async () => {
  const client = await ready(new KeyClient(VAULT, operations));
  const made = named(await Promise.all(many.map(() => client.createEcKey(fresh("listed"), { curve: "P-256" }))));
  const pages = await all(client.listPropertiesOfKeys().byPage({ maxPageSize: 10 }));
  assert.ok(pages.every((page) => page.length <= 10));
  assertHolds(pages.flat(), made);
});

define("lists", "30 certificates", async () => {
  const client = await ready(new CertificateClient(VAULT, operations));
  const policy = { issuerName: "Self", subject: "CN=listed", keyType: "EC", keyCurveName: "P-256" };
  const made = await Promise.all(
    many.map(async () => {
      const poller = await client.beginCreateCertificate(fresh("listed"), policy, { intervalInMs: 100 });
      return poller.pollUntilDone();
    }),
  );
  assertHolds(await all(client.listPropertiesOfCertificates()), named(made));
});

define("lists", "keys and secrets of certificates say they are managed", async () => {
  for (const list of [
    new KeyClient(VAULT, operations).listPropertiesOfKeys(),
    new SecretClient(VAULT, operations).listPropertiesOfSecrets(),
  ]) {
    const signer = (await all(list)).find((thing) => thing.name === "harbor-signer");
    assert.equal(signer.managed, true);
  }
});
