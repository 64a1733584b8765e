// Files that live as long as a case, and what openssl reads in them.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { SecretClient } from "@azure/keyvault-secrets";

import { VAULT, operations } from "./lab.js";

// Writes a file, and removes it when `work` is done.
export async function withFile(content, suffix, work) {
  const folder = mkdtempSync(join(tmpdir(), "clients-"));
  const path = join(folder, `file${suffix}`);
  writeFileSync(path, content, { mode: 0o600 });
  try {
    return await work(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// What openssl finds in a PFX with a blank password, as PEM.
export const openPfx = (pfx) =>
  withFile(pfx, ".pfx", (path) =>
    execFileSync("openssl", ["pkcs12", "-in", path, "-passin", "pass:", "-nodes"], { encoding: "utf8", stdio: "pipe" }),
  );

// The usual sample code: the certificate with its key, out of the vault.
export async function downloadedPem() {
  const { value } = await new SecretClient(VAULT, operations).getSecret("harbor-export");
  return openPfx(Buffer.from(value, "base64"));
}
