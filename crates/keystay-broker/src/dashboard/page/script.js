// Keeps the page as the broker is: asks for its status every two seconds while somebody looks.
"use strict";

const EVERY_MILLIS = 2000;
const byId = (name) => document.getElementById(name);
const shown = {};
let status;
let newest = Infinity;

/** Draws a part of the page again if what it shows has changed. */
function draw(name, value, build) {
  const text = JSON.stringify(value);
  if (shown[name] === text) return;
  shown[name] = text;
  const holder = byId(name);
  const scrolled = holder.scrollTop;
  holder.replaceChildren(...[build()].flat(Infinity));
  holder.scrollTop = scrolled;
}

function drawAll() {
  if (!status) return;
  const now = new Date(status.now);
  const moment = status.now.slice(0, 19);
  const { exposure, tokens_out_until, identities, vaults, tenants, tenant_standings, decisions, callers, refusals, denials } = status;
  draw("exposure-now", [exposure, tokens_out_until, identities, moment], () => exposureNow(status, now));
  draw("glance", [tenant_standings, vaults, identities, refusals.length, denials.length], () => tiles(status));
  draw("attention-list", [refusals, denials, identities, status.audit, status.listeners, status.config, moment], () => attention(status, now));
  const filter = byId("tenant-filter").value;
  const all = Object.values(tenant_standings).reduce((sum, count) => sum + count, 0);
  draw("tenant-list", [tenants, filter, moment], () => tenantTable(tenants, all, filter, now));
  draw("decision-list", decisions, () => decisions.map((one) => decisionItem(one, new Date(one.last) > newest)));
  byId("no-decisions").hidden = decisions.length > 0;
  newest = decisions.length ? new Date(decisions[0].last) : 0;
  draw("identity-list", identities, () => identityCards(identities));
  draw("caller-list", callers, () => callers.map(callerItem));
  draw("service-facts", [status.config, status.listeners, status.audit, moment.slice(0, 16)], () => serviceFacts(status, now));
  byId("about").textContent = `${status.version}, up ${span(now - new Date(status.started))}`;
}

function say(live, words, trouble) {
  byId("live").className = `live ${live}`;
  byId("live").textContent = words;
  byId("trouble").hidden = !trouble;
  byId("trouble").textContent = trouble ?? "";
}

async function refresh() {
  const answer = await fetch("/status");
  if (answer.status === 401) return leave();
  if (!answer.ok) throw new Error(`it answered ${answer.status}`);
  status = await answer.json();
  drawAll();
  say("on", status.stopping ? "stopping" : `live, ${status.now.slice(11, 19)} UTC`);
  return true;
}

/** Shows nothing any more: whoever comes by later is not logged in. */
function leave() {
  status = undefined;
  document.querySelector("main").replaceChildren();
  byId("leave").hidden = true;
  byId("about").textContent = "";
  say("off", "logged out", "You are logged out. `keystay broker dashboard` makes a link that opens this page again.");
  return false;
}

async function keep() {
  let goesOn = true;
  try {
    if (!document.hidden) goesOn = await refresh();
  } catch (error) {
    say("off", "no answer", `The broker does not answer; it may have stopped. What is below is what it said last. (${error.message})`);
  }
  if (goesOn) setTimeout(keep, EVERY_MILLIS);
}

byId("tenant-filter").addEventListener("input", drawAll);
byId("leave").addEventListener("click", async () => {
  await fetch("/logout", { method: "POST" }).catch(() => undefined);
  location.reload();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && status) refresh().catch(() => undefined);
});
keep();
