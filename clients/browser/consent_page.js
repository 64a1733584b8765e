// Admin consent in a browser, over TLS that the browser checks.

import assert from "node:assert/strict";
import { createServer } from "node:http";

import { browser } from "./browser.js";
import { control } from "./lab.js";
import { define } from "./report.js";

const AREA = "consent page";

/** An app, a customer who knows it not, and the app's own page that the administrator comes back to. */
async function onConsentPage(work) {
  const returned = [];
  const server = createServer((request, answer) => {
    if (request.url.startsWith("/consented")) returned.push(new URL(request.url, "http://localhost").searchParams);
    answer.setHeader("content-type", "text/html").end("<h1>Back at the app</h1>");
  });
  await new Promise((resolve) => server.listen(0, "localhost", resolve));
  const redirect = `http://localhost:${server.address().port}/consented`;
  const { demo_password: password } = await control("GET", "/lab/state-summary");
  const app = await control("POST", "/lab/apps", {
    display_name: "Harbor <i>Reports</i>", multi_tenant: true, graph_permissions: ["User.ReadBasic.All"], redirect_uris: [redirect],
  });
  const tenant = await control("POST", "/lab/tenants", { name: "Pier" });
  const context = await browser();
  const page = await context.newPage();
  const story = {
    page, returned, app, tenant, redirect,
    open: (to = redirect) => {
      const query = new URLSearchParams({
        client_id: app.app_id, scope: "https://graph.microsoft.com/.default", redirect_uri: to, state: "s&1",
      });
      return page.goto(`https://login.microsoftonline.com/organizations/v2.0/adminconsent?${query}`);
    },
    decide: async (user, button) => {
      await page.getByLabel("User name").fill(`${user}@${tenant.domains[0]}`);
      await page.getByLabel("Password").fill(password);
      await page.getByRole("button", { name: button }).click();
    },
    consented: async () => (await control("GET", `/lab/tenants/${tenant.id}`)).consents.length > 0,
  };
  try {
    await work(story);
  } finally {
    await context.close();
    server.close();
    await control("DELETE", `/lab/tenants/${tenant.id}`);
  }
}

define(AREA, "an administrator who accepts returns to the app, which is let in", () =>
  onConsentPage(async ({ page, returned, tenant, open, decide, consented }) => {
    await open();
    const text = await page.locator("main").innerText();
    for (const word of ["Harbor <i>Reports</i>", "Published by Harbor", "User.ReadBasic.All"]) assert.ok(text.includes(word), word);
    await decide("admin", "Accept");
    await page.getByRole("heading", { name: "Back at the app" }).waitFor();
    const query = Object.fromEntries(returned[0]);
    assert.equal(query.admin_consent, "True");
    assert.equal(query.tenant, tenant.id);
    assert.equal(query.state, "s&1");
    assert.ok(await consented());
  }));

define(AREA, "an administrator who declines returns with an error", () =>
  onConsentPage(async ({ page, returned, open, consented }) => {
    await open();
    await page.getByRole("button", { name: "Decline" }).click();
    await page.getByRole("heading", { name: "Back at the app" }).waitFor();
    assert.equal(returned[0].get("error"), "access_denied");
    assert.ok(!(await consented()));
  }));

define(AREA, "an ordinary user is told whom to ask, and stays", () =>
  onConsentPage(async ({ page, returned, open, decide, consented }) => {
    await open();
    await decide("mila.novak", "Accept");
    await page.getByRole("alert").filter({ hasText: "AADSTS90094" }).waitFor();
    assert.equal(returned.length, 0);
    assert.ok(!(await consented()));
    await decide("admin", "Accept");
    await page.getByRole("heading", { name: "Back at the app" }).waitFor();
    assert.ok(await consented(), "the page can be used again");
  }));

define(AREA, "a link that would lead elsewhere leads nowhere", () =>
  onConsentPage(async ({ page, returned, open, redirect }) => {
    const answer = await open(`${redirect}/elsewhere`);
    assert.equal(answer.status(), 400);
    await page.getByRole("heading", { name: "This consent link does not work" }).waitFor();
    assert.match(await page.getByRole("alert").innerText(), /AADSTS50011/);
    assert.equal(await page.getByRole("button").count(), 0);
    assert.equal(returned.length, 0);
  }));

define(AREA, "a browser that does not know the lab's authority does not come here", async () => {
  const context = await browser({ trusting: false });
  const page = await context.newPage();
  await assert.rejects(page.goto("https://login.microsoftonline.com/common/adminconsent"), /ERR_CERT_AUTHORITY_INVALID/);
  await context.close();
});
