// A broker with a lab of its own behind it, as `keystay serve --lab` makes one.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

// this program is run from `target/clients/browser`
const KEYSTAY = process.env.KEYSTAY ?? fileURLToPath(new URL("../../debug/keystay", import.meta.url));
// this program's own lab must not be taken for the host's Azure
const ENVIRONMENT = Object.fromEntries(["HOME", "PATH", "XDG_RUNTIME_DIR"].map((name) => [name, process.env[name]]).filter(([, value]) => value));

/** Starts one, lets `work` use it, and stops it. */
export async function withBroker(work) {
  const child = spawn(KEYSTAY, ["serve", "--lab", "--json"], { env: ENVIRONMENT, stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const broker = {
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
  try {
    const said = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    Object.assign(broker, JSON.parse((await said.next()).value));
    await work(broker);
  } finally {
    await broker.stop();
  }
}

/** A link to its dashboard. */
export async function link(broker) {
  const { stdout } = await promisify(execFile)(KEYSTAY, ["broker", "dashboard", "--socket", broker.admin, "--json"], { env: ENVIRONMENT });
  return JSON.parse(stdout).url;
}

/** Has it get a token. */
export async function ask(broker, tenant) {
  const query = new URLSearchParams({ identity: broker.identity, tenant });
  const answer = await fetch(`${broker.loopback}/v1/token?${query}`, { headers: { authorization: `Bearer ${broker.secret}` } });
  return { status: answer.status, body: await answer.json() };
}

/** A tenant of its lab that consented to nothing. */
export async function newTenant(broker, name) {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${broker.lab}/lab/tenants`, { method: "POST", headers, body: JSON.stringify({ name }) });
  assert.ok(answer.ok, `the lab answered ${answer.status}`);
  return answer.json();
}
