// The broker's dashboard: who gets in, what it shows, and that it can be read everywhere.

import assert from "node:assert/strict";
import { createServer } from "node:http";

import { ask, link, newTenant, withBroker } from "./broker.js";
import { browser } from "./browser.js";
import { until } from "./lab.js";
import { define } from "./report.js";

const AREA = "broker's dashboard";

/** The page of a broker, logged in; it must not break its own policy or reach beyond the broker. */
async function onDashboard(options, work) {
  await withBroker(async (broker) => {
    const url = await link(broker);
    const context = await browser(options);
    const page = await context.newPage();
    const wrong = [];
    page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
    page.on("pageerror", (error) => wrong.push(String(error)));
    page.on("request", (request) => request.url().startsWith(`${new URL(url).origin}/`) || wrong.push(request.url()));
    await page.goto(url);
    await page.locator("#glance .tile").first().waitFor();
    await work(page, broker, { origin: new URL(url).origin, wrong });
    await context.close();
    assert.deepEqual(wrong, []);
  });
}

const textOf = (page) => page.locator("body").innerText();

define(AREA, "a link logs in once", () =>
  onDashboard({}, async (page, broker, { origin }) => {
    assert.equal(page.url(), `${origin}/`, "the link is not in the address bar any more");
    const url = await link(broker);
    const [first, second] = [await browser(), await browser()];
    const pages = [await first.newPage(), await second.newPage()];
    assert.equal((await pages[0].goto(url)).status(), 200);
    assert.equal((await pages[1].goto(url)).status(), 403);
    assert.match(await textOf(pages[1]), /was used before/);
    assert.equal((await pages[1].goto(origin)).status(), 401);
    assert.match(await textOf(pages[1]), /keystay broker dashboard/);
    const [cookie] = await first.cookies();
    assert.deepEqual([cookie.httpOnly, cookie.sameSite], [true, "Strict"]);
    assert.equal(await pages[0].evaluate(() => document.cookie), "");
    await first.close();
    await second.close();
  }));

define(AREA, "shows a tenant without consent in words, while one looks", () =>
  onDashboard({}, async (page, broker) => {
    await page.getByText("No tenant was asked for yet.").waitFor();
    await page.getByText("Nothing. Everybody who may have a token gets one.").waitFor();
    const tenant = await newTenant(broker, "Lagoon");
    assert.equal((await ask(broker, tenant.id)).status, 403);
    const row = page.locator("#tenant-list tbody tr", { hasText: tenant.id });
    await row.waitFor();
    assert.match(await row.innerText(), /Not consented[\s\S]*by program/);
    const trouble = await page.locator("#attention-list").innerText();
    assert.ok(trouble.includes("Not consented") && trouble.includes(`${tenant.id}/adminconsent`), trouble);
    assert.match(await page.locator("#decision-list").innerText(), /failed\s+program\s+not-consented/);
  }));

define(AREA, "shows tokens, signatures, certificate and exposure, and no secret", () =>
  onDashboard({}, async (page, broker, { origin }) => {
    const { body } = await ask(broker, broker.tenants[0]);
    const row = page.locator("#tenant-list tbody tr", { hasText: broker.tenants[0] });
    await row.waitFor();
    assert.match(await row.innerText(), /Ok[\s\S]*\d+ min left/);
    const exposure = await page.locator("#exposure").innerText();
    // the caller runs as the broker's own user, so the page must not promise that tokens are all there is to take
    assert.equal(await page.locator("#exposure .here").innerText().then((text) => text.slice(0, 7)), "Level 2");
    assert.match(exposure, /until somebody ends it[\s\S]*95 minutes after the breach cut[\s\S]*no barrier/);
    assert.ok(!exposure.includes("3600"));
    const glance = await page.locator("#glance").innerText();
    assert.match(glance, /1 of 4,000[\s\S]*\d+ days left/);
    const everything = (await page.content()) + (await (await page.context().request.get(`${origin}/status`)).text());
    for (const secret of [body.access_token, broker.secret]) assert.ok(secret.length > 40 && !everything.includes(secret));
  }));

define(AREA, "another port and a rebound name see nothing, also where somebody is logged in", () =>
  onDashboard({ local: ["rebound.example", "evil.example"] }, async (page, broker, { origin }) => {
    const { port } = new URL(origin);
    const server = createServer((_, answer) => answer.setHeader("content-type", "text/html").end("<body>hello"));
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    for (const host of ["127.0.0.1", "evil.example"]) {
      const other = await page.context().newPage();
      await other.goto(`http://${host}:${server.address().port}/`);
      const outcomes = await other.evaluate(async (dashboard) => {
        const attempt = (path, options) => fetch(dashboard + path, options).then((answer) => `READ ${answer.status}`, () => "failed");
        const script = await new Promise((resolve) => {
          const made = Object.assign(document.createElement("script"), { src: `${dashboard}/script.js`, onload: () => resolve("LOADED"), onerror: () => resolve("failed") });
          document.body.append(made);
        });
        return [await attempt("/status", { credentials: "include" }), await attempt("/logout", { method: "POST", credentials: "include" }), script];
      }, origin);
      assert.deepEqual(outcomes, ["failed", "failed", "failed"], host);
      const [answer] = await Promise.all([other.waitForNavigation(), other.evaluate((to) => (location.href = to), `${origin}/`)]);
      assert.equal(answer.status(), 403, `a link on ${host}`);
      await other.close();
    }
    const rebound = await page.context().newPage();
    const answer = await rebound.goto(`http://rebound.example:${port}/`);
    assert.equal(answer.status(), 403);
    assert.match(await textOf(rebound), /wrong-host/);
    server.close();
    await page.reload();
    await page.locator("#glance .tile").first().waitFor();
  }));

define(AREA, "whoever logs out sees nothing any more", () =>
  onDashboard({}, async (page, broker, { origin, wrong }) => {
    const other = await page.context().newPage();
    await other.goto(origin);
    await other.locator("#glance .tile").first().waitFor();
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByText("Nobody is logged in here.").waitFor();
    await other.getByText("You are logged out.").waitFor();
    assert.equal(await other.locator("main").innerText(), "");
    // the browser's own word for the 401
    wrong.splice(0, wrong.length, ...wrong.filter((words) => !words.includes("401")));
  }));

define(AREA, "says when the broker has stopped", () =>
  onDashboard({}, async (page, broker, { wrong }) => {
    await broker.stop();
    await page.getByText("The broker does not answer").waitFor();
    assert.match(await page.locator("#live").innerText(), /no answer/);
    wrong.splice(0, wrong.length, ...wrong.filter((words) => !words.includes("ERR_CONNECTION_REFUSED")));
  }));

/** Texts whose contrast with what is behind them is below WCAG's AA, and what is wider than the screen. */
function unreadable() {
  const channels = (color) => color.match(/[\d.]+/g).map(Number);
  const luminance = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map((part) => (part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (part) => {
    for (let one = part; one; one = one.parentElement) {
      const color = channels(getComputedStyle(one).backgroundColor);
      if (color[3] !== 0) return color;
    }
    return [255, 255, 255];
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let texts = 0;
  while (walker.nextNode()) {
    const part = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !part.checkVisibility() || part.closest("noscript, .fresh")) continue;
    texts += 1;
    const [one, other] = [luminance(channels(getComputedStyle(part).color)), luminance(behind(part))].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (other + 0.05);
    if (ratio < 4.5) found.push(`${ratio.toFixed(1)}: ${walker.currentNode.data.trim().slice(0, 40)}`);
  }
  const wide = [...document.querySelectorAll("body *")].filter((part) => part.getBoundingClientRect().right > innerWidth + 0.5);
  return { texts, found, wide: wide.map((part) => part.outerHTML.slice(0, 100)), scrolls: document.documentElement.scrollWidth > innerWidth };
}

define(AREA, "is read on a screen of {}", ["360 pixels", "360 pixels in the dark", "1400 pixels", "1400 pixels in the dark"], (screen) => {
  const dark = screen.endsWith("dark");
  const viewport = { width: Number.parseInt(screen, 10), height: 900 };
  return onDashboard({ viewport, colorScheme: dark ? "dark" : "light" }, async (page, broker) => {
    const tenant = await newTenant(broker, "Quay");
    for (const one of [tenant.id, ...broker.tenants]) await ask(broker, one);
    await until("the tenants", async () => (await page.locator("#tenant-list tbody tr").count()) === 3);
    const { texts, found, wide, scrolls } = await page.evaluate(unreadable);
    assert.ok(texts > 60, `${texts} texts were looked at`);
    assert.deepEqual({ found, wide, scrolls }, { found: [], wide: [], scrolls: false });
    const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.equal(Number(background.match(/\d+/)[0]) < 60, dark, background);
  });
});
