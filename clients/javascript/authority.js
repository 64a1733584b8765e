// A certificate authority and self-signed certificates, by openssl: Node reads X.509 and writes none.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Runs openssl in a folder of its own and hands the folder's files to `read`.
function inFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), "clients-"));
  const openssl = (...words) => execFileSync("openssl", words, { cwd: folder, stdio: "pipe" });
  try {
    return work(openssl, (name) => readFileSync(join(folder, name)), (name, data) => writeFileSync(join(folder, name), data));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const selfSigned = (openssl, newKey) =>
  openssl("req", "-x509", ...newKey, "-nodes", "-subj", "/CN=brought", "-days", "90", "-keyout", "key.pem", "-out", "cert.pem");

// A certificate for a request (DER in, DER out).
export const signRequest = (request) =>
  inFolder((openssl, read, write) => {
    selfSigned(openssl, ["-newkey", "rsa:2048"]);
    write("request.der", request);
    const how = ["-CA", "cert.pem", "-CAkey", "key.pem", "-CAcreateserial", "-days", "90"];
    openssl("x509", "-req", "-inform", "DER", "-in", "request.der", ...how, "-outform", "DER", "-out", "issued.der");
    return read("issued.der");
  });

// Key and certificate as PEM text.
export const brought = (newKey = ["-newkey", "rsa:2048"]) =>
  inFolder((openssl, read) => {
    selfSigned(openssl, newKey);
    return `${read("key.pem")}${read("cert.pem")}`;
  });

// Key and certificate as a PFX; `more` are openssl's options.
export const broughtPfx = (password, ...more) =>
  inFolder((openssl, read) => {
    selfSigned(openssl, ["-newkey", "rsa:2048"]);
    const files = ["-inkey", "key.pem", "-in", "cert.pem", "-out", "brought.pfx"];
    openssl("pkcs12", "-export", ...more, ...files, "-passout", `pass:${password}`);
    return { pfx: read("brought.pfx"), certificate: read("cert.pem") };
  });
