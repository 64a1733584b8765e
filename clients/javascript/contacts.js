// Whom the vault writes to, and the issuers it knows.

import assert from "node:assert/strict";

import { client } from "./certificates.js";
import { all, fresh } from "./lab.js";
import { define } from "./report.js";

const listed = async () => (await all(client.listPropertiesOfIssuers())).map(({ id }) => id.split("/").at(-1));

define("contacts and issuers", "contacts: set, read, delete", async () => {
  const contact = { email: "ingrid@harbor.example", name: "Ingrid", phone: "1111" };
  await client.setContacts([contact]);
  assert.deepEqual(
    (await client.getContacts()).map(({ email, name, phone }) => ({ email, name, phone })),
    [contact],
  );
  await client.deleteContacts();
  await assert.rejects(client.getContacts(), { statusCode: 404 });
});

define("contacts and issuers", "issuer: made, listed, changed, deleted", async () => {
  const name = fresh("issuer");
  const admin = { firstName: "Ingrid", lastName: "Solberg", email: "ingrid@harbor.example", phone: "1111" };
  const made = await client.createIssuer(name, "Test", { accountId: "account", administratorContacts: [admin] });
  assert.equal(made.provider, "Test");
  assert.equal(made.administratorContacts[0].email, admin.email);
  assert.ok((await listed()).includes(name));
  // `enabled: false` would not be sent
  assert.equal((await client.updateIssuer(name, { provider: "Test2" })).provider, "Test2");
  await client.deleteIssuer(name);
  assert.ok(!(await listed()).includes(name));
});
