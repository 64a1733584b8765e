// A customer's administrator in a real browser: keystay's pages, Entra's sign-in and consent, and the ways this goes wrong.

import assert from "node:assert/strict";
import { createServer } from "node:http";

import { browser } from "./browser.js";
import { control } from "./lab.js";
import { ROLE, withOnboarding } from "./onboard.js";
import { define } from "./report.js";

const AREA = "onboarding pages";
const CUSTOMER = "Pier <b>& Sons</b>";

/** A customer with a link, and a browser whose pages break no policy of their own. */
function onboard({ options = {}, pinned = true, require = ROLE, settings = [] }, work) {
  return withOnboarding({ require, settings }, async (onboarding) => {
    const tenant = await onboarding.newTenant("Pier");
    const { demo_password: password } = await control("GET", "/lab/state-summary");
    const link = await onboarding.link(CUSTOMER, pinned && tenant.id);
    const context = await browser(options);
    const page = await context.newPage();
    const wrong = [];
    page.on("console", (message) => /Content Security Policy/.test(message.text()) && wrong.push(message.text()));
    const story = {
      ...onboarding, tenant, link, context, page, wrong,
      heading: async (words) => page.getByRole("heading", { level: 1, name: words }).waitFor(),
      /** Opens the link and presses its button: Entra's consent page. */
      begin: async (at = page) => {
        await at.goto(link);
        await at.getByRole("button", { name: "Continue to Microsoft" }).click();
        await at.getByRole("button", { name: "Accept" }).waitFor();
        return new URL(at.url()).searchParams.get("state");
      },
      decide: async (button, at = page) => {
        await at.getByLabel("User name").fill(`admin@${tenant.domains[0]}`);
        await at.getByLabel("Password").fill(password);
        await at.getByRole("button", { name: button }).click();
      },
      /** Where somebody comes back who says so. */
      back: (query) => `${onboarding.url}/consented?${new URLSearchParams(query)}`,
      state: async () => (await onboarding.record(CUSTOMER)).state,
    };
    try {
      await work(story);
    } finally {
      await context.close();
    }
    assert.deepEqual(wrong, []);
  });
}

define(AREA, "an administrator who accepts is connected, and going back changes nothing", () =>
  onboard({}, async ({ page, url, tenant, link, heading, begin, decide, record }) => {
    await page.goto(link);
    await heading(`Connect ${CUSTOMER} to Harbor Reports`);
    const text = await page.locator("main").innerText();
    for (const word of [ROLE, tenant.id, "login.microsoftonline.com"]) assert.ok(text.includes(word), word);
    await begin();
    assert.match(page.url(), new RegExp(`^https://login.microsoftonline.com/${tenant.id}/v2.0/adminconsent`));
    const way = [];
    page.on("response", (response) => way.push(response.url()));
    await decide("Accept");
    await heading(`${CUSTOMER} is connected to Harbor Reports`);
    assert.match(page.url(), /\/done\/[\w-]+$/, "nothing of what Entra sent is left in the address");
    const { state, tenant: known, roles, extra } = await record(CUSTOMER);
    assert.deepEqual([state, known, roles, extra], ["verified", tenant.id, [ROLE], []]);

    const back = way.find((one) => one.startsWith(`${url}/consented?`));
    const answer = await page.goto(back);
    assert.equal(answer.status(), 400);
    await heading("This answer was used before");
    assert.equal((await record(CUSTOMER)).state, "verified");
  }));

define(AREA, "the cookie is out of reach for scripts and other sites", () =>
  onboard({}, async ({ page, context, url, begin }) => {
    await begin();
    await page.goto(`${url}/healthz`);
    const [cookie] = await context.cookies(url);
    assert.deepEqual([cookie.httpOnly, cookie.sameSite, cookie.path], [true, "Lax", "/"]);
    assert.equal(await page.evaluate(() => document.cookie), "");
  }));

define(AREA, "an administrator who declines is told that nothing happened, and may come again", () =>
  onboard({}, async ({ page, heading, begin, decide, state }) => {
    await begin();
    await page.getByRole("button", { name: "Decline" }).click();
    await heading(`You did not connect ${CUSTOMER}`);
    assert.equal(await state(), "declined");
    await begin();
    await decide("Accept");
    await heading(`${CUSTOMER} is connected to Harbor Reports`);
    assert.equal(await state(), "verified");
  }));

define(AREA, "a tenant nobody named waits for the operator's word", () =>
  onboard({ pinned: false }, async ({ page, tenant, heading, begin, decide, record }) => {
    await begin();
    assert.match(page.url(), /^https:\/\/login.microsoftonline.com\/organizations\//);
    await decide("Accept");
    await heading("Thank you: Harbor Reports has your consent");
    const { state, tenant: known, claimed } = await record(CUSTOMER);
    assert.deepEqual([state, known, claimed], ["consented", null, tenant.id]);
  }));

define(AREA, "another tenant in the query is told and connects nobody", () =>
  onboard({}, async ({ page, app, tenant, newTenant, heading, begin, back, record }) => {
    const other = await newTenant("Quay");
    await control("PUT", `/lab/tenants/${other.id}/consents/${app}`);
    const state = await begin();
    await page.goto(back({ admin_consent: "True", tenant: other.id, state }));
    await heading("That was another organisation");
    assert.ok((await page.locator("main").innerText()).includes(tenant.id));
    const after = await record(CUSTOMER);
    assert.deepEqual([after.state, after.tenant], ["invited", null]);
  }));

define(AREA, "an answer of another browser is refused, and stays good in the right one", () =>
  onboard({}, async ({ page, heading, begin, decide, back, tenant, app, state }) => {
    const value = await begin();
    await control("PUT", `/lab/tenants/${tenant.id}/consents/${app}`);
    const answer = back({ admin_consent: "True", tenant: tenant.id, state: value });
    const other = await browser();
    const elsewhere = await other.newPage();
    assert.equal((await elsewhere.goto(answer)).status(), 400);
    await elsewhere.getByRole("heading", { name: "This was begun in another browser" }).waitFor();
    assert.equal(await state(), "invited");
    await other.close();
    await decide("Accept");
    await heading(`${CUSTOMER} is connected to Harbor Reports`);
  }));

define(AREA, "an answer that took too long is refused", () =>
  onboard({ settings: ["--return-within", "1s"] }, async ({ page, tenant, app, heading, begin, back, state }) => {
    await control("PUT", `/lab/tenants/${tenant.id}/consents/${app}`);
    const answer = back({ admin_consent: "True", tenant: tenant.id, state: await begin() });
    await page.waitForTimeout(1500);
    assert.equal((await page.goto(answer)).status(), 400);
    await heading("That took too long");
    assert.equal(await state(), "invited");
  }));

define(AREA, "an error that also says admin_consent=True is an error", () =>
  onboard({}, async ({ page, app, tenant, heading, begin, back, record }) => {
    await control("PUT", `/lab/tenants/${tenant.id}/consents/${app}`);
    const consent = { admin_consent: "True", tenant: tenant.id };
    await page.goto(back({ ...consent, state: await begin(), error: "access_denied", error_subcode: "cancel" }));
    await heading(`You did not connect ${CUSTOMER}`);
    const description = "AADSTS90033: <img src=x onerror=alert(1)>";
    await page.goto(back({ ...consent, state: await begin(), error: "server_error", error_description: description }));
    await heading("Microsoft could not finish this");
    assert.match(await page.locator("main").innerText(), /AADSTS90033/);
    assert.equal(await page.locator("img").count(), 0);
    assert.equal((await record(CUSTOMER)).tenant, null);
  }));

define(AREA, "waits for permissions without a script, and tells when they are there", () =>
  onboard({ options: { javaScriptEnabled: false } }, async ({ page, heading, begin, decide, state }) => {
    await control("PUT", "/lab/propagation", { credential_seconds: 0, consent_seconds: 3600 });
    try {
      await begin();
      await decide("Accept");
      await heading("One moment");
      await page.getByText("once so far").or(page.getByText("times so far")).waitFor();
      assert.equal(await state(), "invited");
    } finally {
      await control("PUT", "/lab/propagation", { credential_seconds: 0, consent_seconds: 0 });
    }
    await heading(`${CUSTOMER} is connected to Harbor Reports`);
    assert.equal(await state(), "verified");
  }));

define(AREA, "pages of other sites can neither show these pages nor press their button", () =>
  onboard({ options: { local: ["evil.example"] } }, async ({ page, url, link, wrong, record }) => {
    const html = `<iframe src="${link}"></iframe><form method="post" action="${link}"><button>Win</button></form>`;
    const server = createServer((_, answer) => answer.setHeader("content-type", "text/html").end(html));
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      await page.goto(`http://evil.example:${server.address().port}/`);
      const frame = page.frames().find((one) => one !== page.mainFrame());
      assert.ok(!(await frame.content().catch(() => "")).includes("Continue to Microsoft"));
      assert.match(wrong.splice(0).join(), /frame-ancestors 'none'/);
      await page.getByRole("button", { name: "Win" }).click();
      await page.getByRole("heading", { name: "This was refused" }).waitFor();
      // a name of theirs that leads to this computer
      const rebound = await page.goto(`http://evil.example:${new URL(url).port}${new URL(link).pathname}`);
      assert.equal(rebound.status(), 421);
      assert.equal((await record(CUSTOMER)).history.length, 1, "nothing was begun");
    } finally {
      server.close();
    }
  }));

define(AREA, "fits a screen of {}", ["360 pixels", "1400 pixels", "1400 pixels in the dark"], (screen) => {
  const dark = screen.endsWith("dark");
  const viewport = { width: Number.parseInt(screen, 10), height: 800 };
  const options = { viewport, colorScheme: dark ? "dark" : "light" };
  // a permission nobody has: the page waits
  const require = `${ROLE},AppRoleAssignment.ReadWrite.All.And.A.Name.That.Goes.On`;
  return onboard({ options, require }, async ({ page, url, link, heading, begin, decide }) => {
    const fits = async () => {
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, page.url());
      const body = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      assert.equal(Number(body.match(/\d+/)[0]) < 60, dark, body);
    };
    await page.goto(link);
    await fits();
    await page.goto(`${url}/join/none`);
    await fits();
    await begin();
    await decide("Accept");
    await heading("One moment");
    await fits();
    await page.goto(`${url}/consented?state=x`);
    await fits();
  });
});

define(AREA, "is used without a mouse", () =>
  onboard({}, async ({ page, link }) => {
    await page.goto(link);
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Continue to Microsoft");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Accept" }).waitFor();
  }));
