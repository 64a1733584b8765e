// The page at `/`: it shows the lab as it is, live, and what is done on it happens to the lab.

import assert from "node:assert/strict";

import { browser } from "./browser.js";
import { LAB, control, curl, until } from "./lab.js";
import { define } from "./report.js";

const AREA = "portal page";
const USERS = "https://graph.microsoft.com/v1.0/users";

/** The page in a browser of its own; it must not break its own policy or reach beyond the lab. */
async function onPortal(options, work) {
  const context = await browser(options);
  const page = await context.newPage();
  const wrong = [];
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("request", (request) => request.url().startsWith("data:") || request.url().startsWith(`${LAB}/`) || wrong.push(request.url()));
  await page.goto(LAB);
  await page.locator("#vault-list .card").first().waitFor();
  await work(page);
  await context.close();
  assert.deepEqual(wrong, []);
}

define(AREA, "shows tenants, people, apps, vaults and roles", () =>
  onPortal({}, async (page) => {
    const { tenants, apps, vaults, seed } = await control("GET", "/lab/state-summary");
    const text = await page.locator("main").innerText();
    const words = [
      ...tenants.flatMap((tenant) => [tenant.display_name, tenant.id, ...tenant.people.map((person) => person.user_principal_name)]),
      ...apps.flatMap((app) => [app.display_name, app.app_id, ...app.certificates.map((one) => one.thumbprint)]),
      ...vaults.flatMap((vault) => [vault.host, ...vault.certificates.map((one) => one.name), ...vault.roles.map((role) => role.role)]),
    ];
    for (const word of words) assert.ok(text.includes(word), `${word} is not on the page`);
    assert.ok(tenants.length >= 3 && apps.length >= 1 && words.includes(seed.vault_host));
    assert.match(text, /\d+ days left/);
  }));

define(AREA, "its clock buttons move the lab's clock", () =>
  onPortal({}, async (page) => {
    const before = (await control("GET", "/lab/clock")).offset_millis;
    await page.getByRole("button", { name: "+1 hour" }).click();
    await until("the lab's clock", async () => {
      const moved = (await control("GET", "/lab/clock")).offset_millis - before;
      return moved === 3600000 || moved;
    });
    // days only: in years the vault would renew its certificates, with dates that stay when the clock goes back
    const day = new Date(Date.now() + 2 * 86400e3).toISOString().slice(0, 10);
    await page.getByLabel("UTC").fill(`${day}T12:00:00`);
    await page.getByRole("button", { name: "Set", exact: true }).click();
    await until("the page's clock", async () => {
      const shown = await page.locator("#now").innerText();
      return shown.startsWith(`${day} 12:00:`) || shown;
    });
    assert.ok((await control("GET", "/lab/clock")).now.startsWith(`${day}T12:00:`));
    await page.getByRole("button", { name: "As this computer" }).click();
    await until("the difference", async () => Math.abs((await control("GET", "/lab/clock")).offset_millis) < 5000);
  }));

define(AREA, "shows a request the moment it is made", () =>
  onPortal({}, async (page) => {
    await page.getByRole("button", { name: "Clear journal" }).click();
    await page.getByText("No requests yet").waitFor();
    const path = "/v1.0/users/seen-live";
    assert.equal(await curl(`https://graph.microsoft.com${path}`), 401);
    // the browser makes requests of its own, so the newest entry may be another
    const entry = page.locator("#entries li", { hasText: path });
    await entry.waitFor();
    assert.match(await entry.first().innerText(), /401\s+GET graph\.microsoft\.com/);
    await page.getByLabel("Host contains").fill("vault");
    await page.getByText("No request to such a host").waitFor();
  }));

define(AREA, "shows a change that somebody else makes", () =>
  onPortal({}, async (page) => {
    const tenant = await control("POST", "/lab/tenants", { name: "Lagoon" });
    await page.getByRole("heading", { name: "Lagoon" }).waitFor();
    await control("DELETE", `/lab/tenants/${tenant.id}`);
    await page.getByRole("heading", { name: "Lagoon" }).waitFor({ state: "detached" });
  }));

define(AREA, "withdraws a consent, after asking", () =>
  onPortal({}, async (page) => {
    const tenant = await control("POST", "/lab/tenants", { name: "Quay" });
    const app = await control("POST", "/lab/apps", { display_name: "<b>Reports</b>", multi_tenant: true });
    await control("PUT", `/lab/tenants/${tenant.id}/consents/${app.app_id}`);
    const consents = async () => (await control("GET", `/lab/tenants/${tenant.id}`)).consents.length;
    const button = page.getByRole("button", { name: "Withdraw the consent of Quay to <b>Reports</b>" });
    page.once("dialog", (dialog) => dialog.dismiss());
    await button.click();
    assert.equal(await consents(), 1, "the question was answered with no");
    page.once("dialog", (dialog) => dialog.accept());
    await button.click();
    await button.waitFor({ state: "detached" });
    assert.equal(await consents(), 0);
    await control("DELETE", `/lab/tenants/${tenant.id}`);
  }));

define(AREA, "breaks the lab and mends it", () =>
  onPortal({}, async (page) => {
    await page.getByLabel("Host ends in").fill("graph.microsoft.com");
    await page.getByLabel("Status or milliseconds").fill("418");
    await page.getByRole("button", { name: "Break it" }).click();
    await page.getByText("Answer 418").waitFor();
    assert.equal(await curl(USERS), 418);
    await page.getByText("1 hit").waitFor();
    await page.getByRole("button", { name: /Mend fault/ }).click();
    await page.getByText("Everything works").waitFor();
    assert.equal(await curl(USERS), 401);
  }));

define(AREA, "fits a screen of {}", ["360 pixels", "1400 pixels", "1400 pixels in the dark"], (screen) => {
  const viewport = { width: Number.parseInt(screen, 10), height: 900 };
  return onPortal({ viewport, colorScheme: screen.endsWith("dark") ? "dark" : "light" }, async (page) => {
    const tooWide = await page.evaluate(() => [...document.querySelectorAll("body :not(nav *)")]
      .filter((part) => part.getBoundingClientRect().right > innerWidth)
      .map((part) => part.outerHTML.slice(0, 100)));
    assert.deepEqual(tooWide, []);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
    const body = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const brightness = Number(body.match(/\d+/)[0]);
    assert.equal(brightness < 60, screen.endsWith("dark"), body);
  });
});

define(AREA, "is used without a mouse", () =>
  onPortal({}, async (page) => {
    await page.keyboard.press("Tab");
    const focused = () => page.evaluate(() => document.activeElement.textContent);
    assert.equal(await focused(), "Skip to the tenants");
    const before = (await control("GET", "/lab/clock")).offset_millis;
    await page.keyboard.press("Tab");
    assert.equal(await focused(), "+1 min");
    await page.keyboard.press("Enter");
    await until("the lab's clock", async () => (await control("GET", "/lab/clock")).offset_millis - before === 60000);
    await page.locator("#tenant-list summary").first().focus();
    await page.keyboard.press("Space");
    assert.equal(await page.locator("#tenant-list details").first().getAttribute("open"), null);
  }));
