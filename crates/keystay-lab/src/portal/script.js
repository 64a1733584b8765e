// Keeps the page as the lab is, and sends to the control API what people do on it.
"use strict";

const SHOWN_ENTRIES = 300;
const SHOWN_RECORDS = 50;
const STATE_MILLIS = 2000;
const JOURNAL_MILLIS = 700;

const byId = (name) => document.getElementById(name);
let offset = 0;
let summary;
let seen = 0;
let newest = Infinity;
let entries = [];
const shown = {};

async function ask(path, method = "GET", body = undefined) {
  const headers = body === undefined ? {} : { "content-type": "application/json" };
  const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body), cache: "no-store" });
  if (!answer.ok) {
    const { error, hint } = await answer.json().catch(() => ({}));
    throw new Error([error ?? `the lab answered ${answer.status}`, hint].filter(Boolean).join("; "));
  }
  if (answer.status === 204) return undefined;
  if (answer.headers.get("content-type") === "application/json") return answer.json();
  return (await answer.text()).split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

/** Does something at the lab and says how it went. */
async function act(words, ...request) {
  try {
    await ask(...request);
    say(words);
  } catch (error) {
    say(`It did not work: ${error.message}`);
  }
  await Promise.all([refreshState(), refreshJournal()]);
}

const labNow = () => new Date(Date.now() + offset);

function showClock() {
  const now = labNow();
  byId("now").textContent = `${now.toISOString().slice(0, 19).replace("T", " ")} UTC`;
  byId("now").dateTime = now.toISOString();
  const minutes = Math.round(offset / 60000);
  const span = Math.abs(minutes) < 120 ? counted(Math.abs(minutes), "minute") : Math.abs(minutes) < 2880 ? `${Math.round(Math.abs(minutes) / 60)} hours` : `${Math.round(Math.abs(minutes) / 1440)} days`;
  byId("offset").textContent = minutes === 0 ? "as this computer" : `${span} ${minutes > 0 ? "ahead of" : "behind"} this computer`;
}

/** Draws a part of the page again if what it shows has changed. */
function draw(name, value, build) {
  const text = JSON.stringify(value);
  if (shown[name] === text) return;
  shown[name] = text;
  replace(byId(name), build());
}

function drawSummary() {
  if (!summary) return;
  const now = labNow();
  const day = Math.floor(now / 86400000);
  byId("address").textContent = summary.address;
  byId("password").textContent = summary.demo_password;
  byId("find-tenant").hidden = summary.tenants.length <= OPEN_TENANTS;
  const filter = byId("tenant-filter").value;
  draw("tenant-list", [summary.tenants, filter], () => tenantCards(summary, filter, withdraw));
  draw("app-list", [summary.apps, summary.tenants, day], () => appCards(summary, now));
  draw("vault-list", [summary.vaults, summary.tenants, day], () => vaultCards(summary, now));
}

async function refreshState() {
  const [clock, world, faults, audit] = await Promise.all(
    ["/lab/clock", "/lab/state-summary", "/lab/faults", `/lab/audit?limit=${SHOWN_RECORDS}`].map((path) => ask(path)));
  offset = clock.offset_millis;
  summary = world;
  showClock();
  drawSummary();
  draw("fault-list", faults, () => faultItems(faults, (fault) => act("Mended", `/lab/faults/${fault.id}`, "DELETE")));
  byId("clear-faults").hidden = !faults.length;
  draw("records", audit, () => audit.reverse().map(auditRecord));
  byId("no-records").hidden = audit.length > 0;
}

async function refreshJournal() {
  const journal = await ask(`/lab/journal?since=${seen}&limit=${SHOWN_ENTRIES}`);
  seen = journal.last;
  const total = Object.values(journal.counts).reduce((sum, count) => sum + count, 0);
  // somebody cleared it, here or elsewhere
  if (total < entries.length) entries = [];
  const known = entries[0]?.number ?? 0;
  newest = known || Infinity;
  const fresh = journal.entries.filter((entry) => entry.number > known).reverse();
  entries = [...fresh, ...entries].slice(0, SHOWN_ENTRIES);
  draw("counts", journal.counts, () =>
    Object.entries(journal.counts).filter(([, count]) => count).map(([kind, count]) =>
      element("div", {}, element("dt", {}, kind.replaceAll("_", " ")), element("dd", {}, count))));
  drawEntries();
}

function drawEntries() {
  const filter = byId("host-filter").value.trim().toLowerCase();
  const matching = entries.filter((entry) => entry.host.includes(filter));
  draw("entries", [filter, matching.map((entry) => entry.number)], () => matching.map((entry) => journalEntry(entry, entry.number > newest)));
  byId("no-entries").hidden = matching.length > 0;
  byId("no-entries").textContent = entries.length ? "No request to such a host." : "No requests yet. They appear here the moment a program makes them.";
}

function withdraw(tenant, consent) {
  if (confirm(`Withdraw the consent of ${tenant.display_name} to ${consent.display_name}?`)) {
    act(`${tenant.display_name} has withdrawn its consent`, `/lab/tenants/${tenant.id}/consents/${consent.app_id}`, "DELETE");
  }
}

/** Asks again and again, while somebody looks. */
function keep(refresh, millis) {
  const round = async () => {
    try {
      if (!document.hidden) {
        await refresh();
        byId("trouble").hidden = true;
      }
    } catch (error) {
      byId("trouble").hidden = false;
      byId("trouble").textContent = `The lab does not answer; it may have ended. (${error.message})`;
    }
    setTimeout(round, millis);
  };
  round();
}

for (const button of document.querySelectorAll("[data-advance]")) {
  const seconds = Number(button.dataset.advance);
  button.addEventListener("click", () => act("The clock has moved", "/lab/clock", "POST", { advance_seconds: seconds }));
}
byId("set-clock").addEventListener("submit", (event) => {
  event.preventDefault();
  const moment = byId("moment").value;
  act("The clock is set", "/lab/clock", "POST", { set: `${moment.length === 16 ? `${moment}:00` : moment}Z` });
});
byId("real-time").addEventListener("click", () =>
  act("The clock shows this computer's time", "/lab/clock", "POST", { set: new Date().toISOString() }));
byId("clear-journal").addEventListener("click", () => act("The journal is empty", "/lab/journal", "DELETE"));
byId("clear-audit").addEventListener("click", () => act("The audit log is empty", "/lab/audit", "DELETE"));
byId("clear-faults").addEventListener("click", () => act("Everything is mended", "/lab/faults", "DELETE"));
byId("add-fault").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  const amount = Number(form.get("amount"));
  const actions = { status: { status: { code: amount } }, delay: { delay: { millis: amount } }, reset: "reset", truncate: "truncate" };
  act("It is broken", "/lab/faults", "POST", {
    host: form.get("host") || null,
    path_contains: form.get("path_contains") || null,
    times: form.get("times") ? Number(form.get("times")) : null,
    action: actions[form.get("action")],
  });
});
byId("tenant-filter").addEventListener("input", drawSummary);
byId("host-filter").addEventListener("input", drawEntries);

setInterval(showClock, 250);
keep(refreshState, STATE_MILLIS);
keep(refreshJournal, JOURNAL_MILLIS);
