// From the broker's status document to what is read.
"use strict";

const CONSENT = { ok: ["good", "Ok"], "not-consented": ["bad", "Not consented"], refused: ["bad", "Refused"], failing: ["soon", "Cannot be asked"] };
const SOON_DAYS = 30;

/** A length of the exposure model, in a few words. */
function length({ state, seconds, at_least_seconds }) {
  if (state === "unbounded") return "until somebody ends it";
  return state === "known" ? span(seconds * 1000) : `at least ${span(at_least_seconds * 1000)}`;
}

/** The three levels of a theft, the one the broker is at marked, and what it means in minutes or days. */
function exposureNow(status, now) {
  const { level, words, after_eviction: evicted, after_cut: cut } = status.exposure;
  const steps = [
    [1, "The key can be copied", "bad"],
    [2, "A thief can have it sign", "bad"],
    [3, "A thief gets tokens only", "good"],
  ];
  const until = status.tokens_out_until && new Date(status.tokens_out_until);
  const tokens = until > now ? span(until - now) : undefined;
  const near = status.callers.filter((caller) => caller.notes.length).map((caller) => caller.name);
  const modelled = () => [length(evicted.worst.length), `After the thief is thrown out and nothing else is done; ${length(cut.worst.length)} after the breach cut.`];
  const figures = {
    1: modelled,
    2: modelled,
    3: () => tokens
      ? [tokens, `By ${until.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })} the last token that callers hold now is dead.`]
      : ["nothing to take", "No token that was given out since the broker's start still works."],
  };
  const [figure, note] = figures[level]?.() ?? ["not known", "The keys were not needed yet, or their vault does not tell."];
  return element("div", { class: "exposure" },
    element("ol", { class: "steps" }, steps.map(([step, what, kind]) =>
      element("li", { class: step === level && `here ${kind}`, "aria-current": step === level && "true" }, element("b", {}, `Level ${step}`), what))),
    element("div", { class: "stack" },
      element("p", { class: "figure" }, figure),
      element("p", { class: "words" }, note),
      element("p", { class: "words quiet small" }, `${level ? `Level ${level}: ` : ""}${words}.`),
      near.length > 0 && element("p", { class: "words small" }, pill("soon", "no barrier"), ` for whoever takes over ${near.join(", ")}: give the broker a user of its own, and callers another.`)));
}

function tiles(status) {
  const { ok, not_consented, refused, failing } = status.tenant_standings;
  const all = ok + not_consented + refused + failing;
  const parts = [["good", ok, "ok"], ["bad", not_consented, "not consented"], ["plain", refused, "refused"], ["soon", failing, "cannot be asked"]];
  const keyed = status.identities.filter((identity) => identity.key);
  const soonest = keyed.toSorted((one, other) => one.key.days_left - other.key.days_left)[0];
  const refusals = standing(status);
  const troubles = refusals.length + status.denials.length;
  return [
    tile("Tenants", all.toLocaleString("en"), "seen",
      bar("How the tenants stand", parts, all),
      element("p", { class: "key" }, parts.filter(([, count]) => count).map(([kind, count, words]) => element("span", { class: kind }, `${count} ${words}`)))),
    ...status.vaults.map(({ vault, signs, limit }) => {
      const share = signs / limit;
      return tile("Signs in 10 seconds", signs.toLocaleString("en"), `of ${limit.toLocaleString("en")}`,
        bar(`${signs} of ${limit}`, [[share < 0.5 ? "good" : share < 0.8 ? "soon" : "bad", signs]], limit),
        element("p", { class: "quiet small" }, vault));
    }),
    soonest && tile("Certificate", soonest.key.days_left.toLocaleString("en"), soonest.key.days_left === 1 ? "day left" : "days left",
      bar("Life of the certificate that is left", [[daysKind(soonest.key.days_left), soonest.key.days_left]], wholeDays(soonest.key)),
      element("p", { class: "quiet small" }, `${soonest.name}, until ${soonest.key.not_after.slice(0, 10)}`)),
    tile("Refusals", troubles.toLocaleString("en"), troubles === 1 ? "stands" : "stand",
      element("p", { class: "quiet small" }, troubles
        ? `${counted(refusals.length, "tenant")} by Entra or a key, ${counted(status.denials.length, "caller")} by the policy`
        : "Everybody got what they asked for.")),
  ].filter(Boolean);
}

const tile = (name, figure, unit, ...rest) =>
  element("article", { class: "card tile" }, element("h2", {}, name), element("p", { class: "figure number" }, figure, " ", element("small", {}, unit)), rest);

const daysKind = (days) => (days <= 7 ? "bad" : days <= SOON_DAYS ? "soon" : "good");
const wholeDays = (key) => Math.round((new Date(key.not_after) - new Date(key.not_before)) / 86400000);

/** The refusals of tenants that have got no token since, with how those stand. */
function standing(status) {
  const same = (one, other) => one.tenant === other.tenant && one.identity === other.identity && one.scope === other.scope;
  const states = status.refusals.map((refusal) => [refusal, status.tenants.find((tenant) => same(tenant, refusal))?.state ?? "refused"]);
  return states.filter(([, state]) => state !== "ok");
}

/** Everything somebody has to do something about, the gravest first. */
function attention(status, now) {
  const items = { bad: [], soon: [] };
  const add = (kind, title, about, words, hint) =>
    items[kind].push(element("li", {},
      element("div", { class: "stack" }, element("div", { class: "line" }, pill(kind, title)), element("div", { class: "small" }, about)),
      element("div", { class: "stack" }, element("p", { class: "words" }, spoken(sentence(words))), hint && element("p", { class: "hint quiet" }, spoken(hint)))));
  if (status.audit.stuck || status.audit.lines_lost) {
    add("bad", "Audit log", "", `The disk takes no lines; ${counted(status.audit.lines_lost, "line")} lost`, "make room where the log is written");
  }
  for (const { kind, place } of status.listeners.filter((listener) => !listener.open)) add("bad", "Closed", mono(place), `Nobody listens on the ${kind} any more`, "restart the broker");
  const reload = status.config.last_reload;
  if (reload && !reload.taken) add("bad", "Configuration", ago(reload.at, now), `The last reload was refused: ${reload.mistakes.join("; ")}`, "mend the file; the broker goes on with what it had");
  for (const identity of status.identities) {
    if (identity.state === "failed") add("bad", "Identity", identity.name, identity.reason, "callers of this identity get no new tokens");
    if (identity.exposure.level === 1) add("bad", "Level 1", identity.name, identity.exposure.words, "use a certificate of a vault whose policy makes the key non-exportable");
    if (identity.key && identity.key.days_left <= SOON_DAYS) {
      add(daysKind(identity.key.days_left), "Certificate", identity.name, `It ends in ${counted(identity.key.days_left, "day")}`, "make and register the next one before");
    }
  }
  for (const [refusal, state] of standing(status)) {
    add(CONSENT[state][0], CONSENT[state][1], [shortened(refusal.tenant), " ", quiet(`${refusal.identity}, ${counted(refusal.count, "time")}, `, ago(refusal.last, now))], refusal.words, refusal.hint);
  }
  for (const denial of status.denials) {
    add("soon", "Denied by the policy", [element("b", {}, denial.caller), " ", quiet(`${counted(denial.count, "time")}, `, ago(denial.last, now))],
      `${denial.words}: ${denial.identity} in ${denial.tenant} for ${denial.scope}`, denial.hint);
  }
  const all = [...items.bad, ...items.soon];
  return all.length ? element("ul", { class: "attention" }, all) : element("p", { class: "quiet" }, "Nothing. Everybody who may have a token gets one.");
}

const sentence = (words) => words.charAt(0).toUpperCase() + words.slice(1);

function tenantTable(tenants, all, filter, now) {
  const wanted = filter.trim().toLowerCase();
  const matching = tenants.filter(({ tenant, identity, caller, state }) => `${tenant} ${identity} ${caller} ${state} ${CONSENT[state][1]}`.toLowerCase().includes(wanted));
  if (!matching.length) return element("p", { class: "quiet" }, tenants.length ? "No such tenant." : "No tenant was asked for yet.");
  const head = ["Tenant", "Consent", "Token", "Last seen", "Tokens given"];
  return [
    element("table", {},
      element("thead", {}, element("tr", {}, head.map((name) => element("th", { scope: "col" }, name)))),
      element("tbody", {}, matching.map((tenant) => tenantRow(tenant, now)))),
    all > tenants.length && element("p", { class: "quiet small" }, `${tenants.length} of ${all}: those in trouble, then those seen last.`),
  ].filter(Boolean);
}

function tenantRow({ tenant, identity, scope, state, trouble, last_seen, caller, granted, refused, token }, now) {
  const [kind, words] = CONSENT[state];
  return element("tr", {},
    element("td", {}, element("div", {}, element("b", {}, shortened(tenant))), element("div", { class: "quiet small" }, `${identity} for ${resource(scope)}`)),
    element("td", { "data-label": "Consent" }, element("div", {}, pill(kind, words), trouble && state !== "not-consented" && element("div", { class: "small words" }, trouble.code))),
    element("td", { class: "life", "data-label": "Token" }, token ? tokenLife(token, now) : quiet("none")),
    element("td", { "data-label": "Last seen" }, element("div", {}, ago(last_seen, now), element("div", { class: "quiet small" }, `by ${caller}`))),
    element("td", { class: "number", "data-label": "Given" }, element("div", {}, granted.toLocaleString("en"), refused > 0 && element("div", { class: "quiet small" }, `${refused.toLocaleString("en")} refused`))));
}

function tokenLife({ since, expires }, now) {
  const [age, left] = [Math.max(0, now - new Date(since)), Math.max(0, new Date(expires) - now)];
  const kind = left > 600000 ? "good" : left > 300000 ? "soon" : "bad";
  return element("div", {},
    element("span", {}, `${shortSpan(left)} left`), " ", quiet(`${shortSpan(age)} old`),
    bar(`${span(left)} of its life left`, [[kind, left]], age + left));
}

const resource = (scope) => scope.replace(/\/\.default$/, "").replace(/^https:\/\//, "");

function identityCards(identities) {
  if (!identities.length) return element("p", { class: "quiet" }, "None is configured.");
  const states = { connected: ["good", "connected"], failed: ["bad", "not available"], "not-asked": ["", "not needed yet"] };
  return identities.map(({ name, client_id, state, key, cached, exposure }) =>
    element("article", { class: "identity" },
      element("div", { class: "line" }, element("h3", {}, name), pill(...states[state]), exposure.level ? pill(exposure.level === 3 ? "good" : "bad", `level ${exposure.level}`) : pill("", "level not known")),
      element("dl", { class: "facts" }, pairs([
        ["App", mono(client_id)],
        ["Key", key && [mono(key.id.replace("https://", "")), " ", quiet(key.kind)]],
        ["Leaves the vault", key && { "non-exportable": "never", exportable: "it can be exported" }[key.exportability]],
        ["Certificate", key && `${counted(key.days_left, "day")} left, until ${key.not_after.slice(0, 10)}`],
        ["Thumbprint", key && mono(key.thumbprint)],
        ["In memory", counted(cached, "answer")],
      ]))));
}

function decisionItem({ event, door, caller, identity, tenant, scope, code, count, last }, isNew) {
  const kinds = { granted: "good", denied: "soon", failed: "bad", "turned-away": "bad" };
  return element("li", { class: isNew && "fresh" },
    clock(last),
    element("div", {},
      element("div", { class: "line" }, pill(kinds[event], event === "turned-away" ? "turned away" : event), element("b", {}, caller), count > 1 && quiet(`× ${count.toLocaleString("en")}`), code && quiet(code)),
      element("div", { class: "quiet small" }, identity ? [`${identity} in `, mono(tenant), ` for ${resource(scope)}, ${door}`] : `at the door ${door}`)));
}

const callerItem = ({ name, recognised_by, notes }) =>
  element("li", {}, element("b", {}, name), " ", quiet(recognised_by.join("; ")), notes.map((note) => element("div", { class: "small words" }, pill("soon", "note"), " ", note)));

function serviceFacts(status, now) {
  const reload = status.config.last_reload;
  return pairs([
    ["Version", status.version],
    ["Since", [new Date(status.started).toISOString().slice(0, 16).replace("T", " "), " UTC, ", ago(status.started, now)]],
    ["Settings", [status.config.file && mono(status.config.file), " ", counted(status.config.rules, "rule")]],
    ["Last reload", reload && [ago(reload.at, now), reload.taken ? ", taken" : ", refused"]],
    ["Listens", status.listeners.map(({ kind, place, open }) => element("div", {}, mono(place), " ", quiet(open ? kind : `${kind}, closed`)))],
    ["Audit log", status.audit.file ? mono(status.audit.file) : "standard output"],
  ]);
}
