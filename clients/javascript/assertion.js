// Client assertions (RFC 7523): made here, signed here or by the vault.

import { X509Certificate, constants, createHash, randomUUID, sign } from "node:crypto";

import { APP, JUNIPER } from "./lab.js";

const encode = (object) => Buffer.from(JSON.stringify(object)).toString("base64url");

function unsigned(der) {
  const now = Math.floor(Date.now() / 1000);
  const thumbprint = createHash("sha256").update(der).digest("base64url");
  const header = { alg: "PS256", typ: "JWT", "x5t#S256": thumbprint };
  const body = {
    aud: `https://login.microsoftonline.com/${JUNIPER}/oauth2/v2.0/token`,
    iss: APP,
    sub: APP,
    jti: randomUUID(),
    nbf: now,
    exp: now + 300,
  };
  return `${encode(header)}.${encode(body)}`;
}

export function signedHere(pem) {
  const text = unsigned(new X509Certificate(pem).raw);
  const key = { key: pem, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  return `${text}.${sign("sha256", Buffer.from(text), key).toString("base64url")}`;
}

export async function signedByVault(signer, der) {
  const text = unsigned(der);
  const digest = createHash("sha256").update(text).digest();
  const { result } = await signer.sign("PS256", digest);
  return `${text}.${Buffer.from(result).toString("base64url")}`;
}

// What a token says of itself. Its signature is the resource's business.
export const claims = (token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url"));
