// `keystay onboard serve` for the lab's ready app, and customers for it.

import { execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { control } from "./lab.js";

// this program is run from `target/clients/browser`
const KEYSTAY = process.env.KEYSTAY ?? fileURLToPath(new URL("../../debug/keystay", import.meta.url));
export const ROLE = "User.ReadBasic.All";

/** Starts one, lets `work` use it, and stops it. */
export async function withOnboarding({ require = ROLE, settings = [] }, work) {
  const folder = mkdtempSync(join(tmpdir(), "keystay-onboard-"));
  const { seed } = await control("GET", "/lab/state-summary");
  const env = {
    ...process.env,
    KEYSTAY_CLIENT_ID: seed.ready_app,
    KEYSTAY_KEY_VAULT: `https://${seed.vault_host}`,
    KEYSTAY_KEY_CERTIFICATE: "harbor-signer",
    KEYSTAY_VAULT_CREDENTIAL: "managed-identity",
    KEYSTAY_TENANTS: join(folder, "tenants.db"),
  };
  const serve = ["onboard", "serve", "--listen", "127.0.0.1:0", "--json", "--require", require, "--app-name", "Harbor Reports"];
  const child = spawn(KEYSTAY, [...serve, ...settings], { env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const tenants = [];
  try {
    const said = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { public_url: url } = JSON.parse((await said.next()).value);
    const run = async (...command) => JSON.parse((await promisify(execFile)(KEYSTAY, [...command, "--json"], { env })).stdout);
    await work({
      url,
      app: seed.ready_app,
      /** A customer's tenant in the lab. */
      newTenant: async (name) => {
        const tenant = await control("POST", "/lab/tenants", { name });
        tenants.push(tenant.id);
        return tenant;
      },
      /** A link for a customer, for one tenant or for any. */
      link: async (customer, tenant) =>
        (await run("onboard", "link", "--customer", customer, "--public-url", url, ...(tenant ? ["--tenant", tenant] : []))).url,
      /** What is on record about a customer. */
      record: (customer) => run("tenants", "show", customer),
    });
  } finally {
    child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
    for (const tenant of tenants) await control("DELETE", `/lab/tenants/${tenant}`);
  }
}
