// Chromium with a fresh profile. It trusts the lab as a user would have it trust one: by a certificate in its database.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chromium } from "playwright-core";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const open = [];

/** A browser whose HTTPS goes through the lab's proxy. The names of `local` lead to this computer, past the proxy. */
export async function browser({ trusting = true, local = [], ...options } = {}) {
  const home = mkdtempSync(join(tmpdir(), "keystay-browser-"));
  const database = join(home, ".pki", "nssdb");
  mkdirSync(database, { recursive: true });
  execFileSync("certutil", ["-N", "-d", `sql:${database}`, "--empty-password"]);
  if (trusting) {
    execFileSync("certutil", ["-A", "-d", `sql:${database}`, "-n", "lab", "-t", "C,,", "-i", process.env.SSL_CERT_FILE]);
  }
  const context = await chromium.launchPersistentContext(join(home, "profile"), {
    executablePath: CHROMIUM,
    env: { ...process.env, HOME: home },
    args: [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync",
      `--proxy-server=${process.env.HTTPS_PROXY}`,
      `--proxy-bypass-list=${local.join(";")}`,
      `--host-resolver-rules=${local.map((name) => `MAP ${name} 127.0.0.1`).join(",")}`,
    ],
    ...options,
  });
  open.push({ context, home });
  return context;
}

export async function closeBrowsers() {
  for (const { context, home } of open.splice(0)) {
    await context.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 3 });
  }
}
