// The lab's own levers, and plain requests to what it plays.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

export const LAB = process.env.KEYSTAY_LAB;

/** Asks the control API; `status` is the answer's when it is no success. */
export async function control(method, path, body) {
  const headers = body ? { "content-type": "application/json" } : {};
  const answer = await fetch(LAB + path, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}

/** The status of a request that curl makes through the lab's proxy. */
export async function curl(url) {
  const { stdout } = await promisify(execFile)("curl", ["-s", "-o", "/dev/null", "-w", "%{http_code}", url]);
  return Number(stdout);
}

/** Waits until something is true, and says what it was when it never becomes so. */
export async function until(words, probe) {
  const deadline = Date.now() + 15000;
  for (;;) {
    const value = await probe();
    if (value === true) return;
    assert.ok(Date.now() < deadline, `${words}: still ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
