// Pages of other sites, in a browser on the lab's computer: they read nothing and change nothing.

import assert from "node:assert/strict";
import { createServer } from "node:http";

import { browser } from "./browser.js";
import { LAB, control } from "./lab.js";
import { define } from "./report.js";

const AREA = "pages of other sites";
const PORT = new URL(LAB).port;

/** What a page can try from inside: reading, and changing without caring for the answer. */
async function attack(lab) {
  const outcomes = {};
  const attempt = async (name, work) => {
    outcomes[name] = await work().catch(() => "failed");
  };
  for (const path of ["/lab/state-summary", "/lab/journal", "/lab/state", "/"]) {
    await attempt(`read ${path}`, async () => {
      const answer = await fetch(lab + path);
      return answer.ok ? "READ" : `refused ${answer.status}`;
    });
  }
  const post = { method: "POST", mode: "no-cors", headers: { "content-type": "text/plain" } };
  await attempt("move the clock", async () => {
    await fetch(`${lab}/lab/clock`, { ...post, body: '{"advance_seconds":3600}' });
    return "sent";
  });
  await attempt("move the clock as JSON", async () => {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${lab}/lab/clock`, { method: "POST", headers, body: '{"advance_seconds":3600}' });
    return answer.ok ? "MOVED" : `refused ${answer.status}`;
  });
  await attempt("load as a script", () => new Promise((resolve) => {
    const script = document.createElement("script");
    script.onload = () => resolve("LOADED");
    script.onerror = () => resolve("failed");
    script.src = `${lab}/portal/elements.js`;
    document.body.append(script);
  }));
  await attempt("show in a frame", () => new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.onload = () => {
      try {
        resolve(frame.contentDocument?.body.innerText.includes("keystay lab") ? "SHOWN" : "refused");
      } catch {
        resolve("refused");
      }
    };
    frame.src = `${lab}/`;
    document.body.append(frame);
  }));
  return outcomes;
}

/** Opens a page at `url`, lets it attack, and checks that it came to nothing. */
async function harmless(context, url) {
  const before = (await control("GET", "/lab/clock")).offset_millis;
  const page = await context.newPage();
  await page.goto(url);
  const outcomes = await page.evaluate(attack, url.startsWith(`http://rebound.example:${PORT}`) ? "" : LAB);
  const successes = Object.entries(outcomes).filter(([, outcome]) => /^[A-Z]/.test(outcome));
  assert.deepEqual(successes, []);
  assert.equal((await control("GET", "/lab/clock")).offset_millis, before, "the clock has moved");
  assert.ok(Object.keys(outcomes).length >= 8);
  await context.close();
}

async function elsewhere(work) {
  const server = createServer((_, answer) => answer.setHeader("content-type", "text/html").end("<body>hello"));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await work(server.address().port);
  } finally {
    server.close();
  }
}

define(AREA, "another site reads and changes nothing", () =>
  elsewhere(async (port) => harmless(await browser({ local: ["evil.example"] }), `http://evil.example:${port}/`)));

define(AREA, "another port of this computer reads and changes nothing", () =>
  elsewhere(async (port) => harmless(await browser(), `http://127.0.0.1:${port}/`)));

define(AREA, "a name that was rebound to this computer reads and changes nothing", async () => {
  const context = await browser({ local: ["rebound.example"] });
  // the page came from the attacker's server; the same name leads to the lab now
  const url = `http://rebound.example:${PORT}/attack`;
  await context.route(url, (route) => route.fulfill({ contentType: "text/html", body: "<body>hello" }));
  await harmless(context, url);
});

define(AREA, "a link to the lab from another site is refused in words", () =>
  elsewhere(async (port) => {
    const context = await browser({ local: ["evil.example"] });
    const page = await context.newPage();
    await page.goto(`http://evil.example:${port}/`);
    const [answer] = await Promise.all([
      page.waitForNavigation(),
      page.evaluate((lab) => (location.href = lab), LAB),
    ]);
    assert.equal(answer.status(), 403);
    assert.match(await page.locator("body").innerText(), /open the lab's own address/);
    await context.close();
  }));
