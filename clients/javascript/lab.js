// What a user has in a configuration file: who is who. And the levers of the lab that no SDK may know of.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

import { createDefaultHttpClient, createPipelineFromOptions, createPipelineRequest } from "@azure/core-rest-pipeline";
import { ClientSecretCredential } from "@azure/identity";

export const LAB = process.env.KEYSTAY_LAB;

// Asks the lab's control API.
export async function control(method, path, body) {
  const headers = body ? { "Content-Type": "application/json" } : {};
  const answer = await fetch(LAB + path, { method, headers, body: body && JSON.stringify(body) });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
  const text = await answer.text();
  return text ? JSON.parse(text) : undefined;
}

export const SEED = (await control("GET", "/lab/state-summary")).seed;
export const [HOME, JUNIPER, MARLOW] = [SEED.home.id, SEED.juniper.id, SEED.marlow.id];
export const VAULT = `https://${SEED.vault_host}`;
export const APP = SEED.ready_app;
export const OPERATOR = SEED.operator;
export const GRAPH = "https://graph.microsoft.com/.default";

// the vendor's operations: may do everything in the vault
export const operations = new ClientSecretCredential(HOME, OPERATOR.client_id, OPERATOR.client_secret);

// The lab's time, in seconds since 1970.
export const now = async () => Math.floor((Date.now() + (await control("GET", "/lab/clock")).offset_millis) / 1000);

// A name nobody used before.
export const fresh = (prefix) => `${prefix}-${randomUUID().slice(0, 13)}`;

// The requests since the journal was last cleared.
export const journal = async () => (await control("GET", "/lab/journal")).entries;

// Breaks the lab while `work` runs, and checks that requests met the fault.
export async function withFault(action, where, work) {
  await control("DELETE", "/lab/faults");
  await control("DELETE", "/lab/journal");
  await control("POST", "/lab/faults", { action, ...where });
  try {
    return await work();
  } finally {
    await control("DELETE", "/lab/faults");
    const wanted = action.status?.code ?? null;
    const met = (await journal()).filter((entry) => entry.status === wanted);
    assert.equal(met.length, where.times, "faults met");
  }
}

const pipeline = createPipelineFromOptions({ retryOptions: { maxRetries: 0 } });
const http = createDefaultHttpClient();

// A plain request through the SDK's own transport, which goes through the proxy of the environment.
export async function send(method, url, { token, body, headers = {}, ...more } = {}) {
  const request = createPipelineRequest({ method, url, body, ...more });
  if (token) request.headers.set("Authorization", `Bearer ${token}`);
  for (const [name, value] of Object.entries(headers)) request.headers.set(name, value);
  return pipeline.sendRequest(http, request);
}

export async function graph(method, path, token, body) {
  const headers = body ? { "Content-Type": "application/json" } : {};
  const answer = await send(method, `https://graph.microsoft.com/v1.0${path}`, {
    token,
    headers,
    body: body && JSON.stringify(body),
  });
  return { status: answer.status, body: answer.bodyAsText ? JSON.parse(answer.bodyAsText) : undefined };
}

// Everything an iterator of the SDK gives.
export async function all(iterator) {
  const things = [];
  for await (const thing of iterator) things.push(thing);
  return things;
}
