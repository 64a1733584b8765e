// What the sections of the page show.
"use strict";

const SHOWN_TENANTS = 40;
const OPEN_TENANTS = 6;
const ROLE_NAMES = {
  global_administrator: "Global Administrator",
  privileged_role_administrator: "Privileged Role Administrator",
  application_administrator: "Application Administrator",
};

function tenantCards(summary, filter, withdraw) {
  const text = filter.trim().toLowerCase();
  const found = summary.tenants
    .filter(({ display_name, domains, id }) => `${display_name} ${domains.join(" ")} ${id}`.toLowerCase().includes(text))
    .sort((one, other) => other.home - one.home || one.display_name.localeCompare(other.display_name));
  const shown = found.slice(0, SHOWN_TENANTS);
  const cards = shown.map((tenant) => tenantCard(tenant, shown.length <= OPEN_TENANTS, withdraw));
  if (!found.length) cards.push(empty("No tenant is called that."));
  if (found.length > shown.length) cards.push(empty(`And ${found.length - shown.length} more; a word above finds them.`));
  return cards;
}

function tenantCard(tenant, open, withdraw) {
  const people = tenant.people.map((person) =>
    element("li", {},
      element("span", { class: "grow" }, element("strong", {}, person.display_name), ` ${person.job_title}`),
      quoted(person.user_principal_name),
      person.roles.map((role) => pill("", ROLE_NAMES[role] ?? role))));
  const consents = tenant.consents.map((consent) =>
    element("li", {},
      element("span", { class: "grow" }, element("strong", {}, consent.display_name), " ", consent.permissions.join(", ") || "no permissions"),
      !consent.enabled && pill("bad", "disabled"),
      !tenant.home && element("button", {
        type: "button", class: "danger", id: `withdraw-${tenant.id}-${consent.app_id}`,
        "aria-label": `Withdraw the consent of ${tenant.display_name} to ${consent.display_name}`,
        onclick: () => withdraw(tenant, consent),
      }, "Withdraw")));
  const groups = tenant.groups.map((group) =>
    element("li", {}, element("span", { class: "grow" }, group.display_name), counted(group.members.length, "member")));
  return element("details", { class: "card", id: `tenant-${tenant.id}`, open },
    element("summary", {},
      element("h3", {}, tenant.display_name),
      element("span", { class: "quiet" }, tenant.domains[0]), " ",
      tenant.home && pill("good", "home"),
      element("span", { class: "quiet" }, `${counted(tenant.people.length, "person", "people")}, ${counted(tenant.consents.length, "app")}`)),
    facts([
      ["Tenant id", id(tenant.id)],
      ["Tokens live", tenant.token_lifetime_seconds && `${tenant.token_lifetime_seconds} s`],
      ["Registering apps", tenant.allowed_to_create_apps ? "anybody may" : "administrators only"],
    ]),
    element("h4", {}, "Let in"),
    list(consents, "No app is let in. An administrator consents on the app's consent page."),
    element("h4", {}, "People"),
    list(people, "Nobody."),
    groups.length > 0 && [element("h4", {}, "Groups"), list(groups, "")]);
}

function appCards(summary, now) {
  if (!summary.apps.length) {
    return [empty("No app is registered. POST /lab/apps registers one, and so does Microsoft Graph.")];
  }
  const names = new Map(summary.tenants.map((tenant) => [tenant.id, tenant.display_name]));
  return summary.apps.map((app) => {
    const credentials = [
      ...app.certificates.map((one) =>
        credential("Certificate", one.display_name, one.thumbprint, remaining(one.end, now))),
      ...app.secrets.map((one) => credential("Secret", one.display_name, `${one.hint}…`, remaining(one.end, now))),
      ...app.federated_credentials.map((one) => credential("Federated", one.name, `${one.issuer} ${one.subject}`)),
    ];
    return element("article", { class: "card" },
      element("h3", {}, app.display_name),
      " ", pill("", app.multi_tenant ? "multi-tenant" : "single tenant"),
      app.disabled && [" ", pill("bad", "disabled")],
      facts([
        ["Client id", id(app.app_id)],
        ["Asks for", app.permissions.join(", ")],
        ["Let in by", app.tenants.map((tenant) => names.get(tenant)).join(", ") || "nobody"],
        ["Returns to", app.redirect_uris.join(", ")],
      ]),
      element("h4", {}, "Credentials"),
      list(credentials, "None: nobody can prove to be this app."));
  });
}

function credential(kind, name, mark, time) {
  return element("li", {},
    element("span", { class: "grow" }, element("strong", {}, name || kind), name && ` ${kind.toLowerCase()}`, " ", element("span", { class: "quiet id" }, mark)),
    time);
}

function vaultCards(summary, now) {
  if (!summary.vaults.length) return [empty("No vault. POST /lab/vaults makes one.")];
  const names = principalNames(summary);
  return summary.vaults.map((vault) => {
    const objects = ["certificates", "keys", "secrets"].flatMap((kind) => vault[kind].map((object) => vaultObject(kind, object, now)));
    const roles = vault.roles.map((role) =>
      element("li", {},
        element("span", { class: "grow" }, element("strong", {}, names.get(role.principal) ?? id(role.principal)), ` ${role.role}`),
        element("span", { class: "quiet" }, placeWords(role.scope))));
    const policies = vault.properties.enableRbacAuthorization === false;
    return element("article", { class: "card" },
      element("h3", {}, vault.host),
      facts([
        ["Access by", policies ? "access policies" : "roles"],
        ["Deleted", vault.deleted.join(", ")],
        ["Issuing takes", vault.issuance_delay_seconds > 0 && `${vault.issuance_delay_seconds} s`],
      ].filter(([, value]) => value)),
      element("h4", {}, "Holds"),
      list(objects, "Nothing yet."),
      element("h4", {}, "Roles"),
      list(roles, "Nobody has a role: every request is refused."));
  });
}

function vaultObject(kind, object, now) {
  const words = `${kind.slice(0, -1)}, ${counted(object.versions, "version")}`;
  return element("li", {},
    element("span", { class: "grow" }, element("strong", {}, object.name), ` ${words}`),
    !object.enabled && pill("bad", object.versions ? "disabled" : "being issued"),
    object.exportable === true && pill("bad", "key can be exported"),
    object.exportable === false && pill("good", "key stays inside"),
    object.expires && remaining(object.expires * 1000, now));
}

/** Where a role holds, in words. */
function placeWords(scope) {
  if (scope === "vault") return "whole vault";
  const group = scope.match(/\/resourceGroups\/([^/]+)$/i);
  if (group) return `resource group ${group[1]}`;
  return /^\/subscriptions\/[^/]+$/i.test(scope) ? "whole subscription" : scope;
}

/** Names of people, service principals and groups, by object id. */
function principalNames(summary) {
  const names = new Map();
  for (const tenant of summary.tenants) {
    for (const person of tenant.people) names.set(person.id, person.display_name);
    for (const group of tenant.groups) names.set(group.id, group.display_name);
    for (const consent of tenant.consents) names.set(consent.object_id, consent.display_name);
  }
  return names;
}

function faultItems(faults, remove) {
  const items = faults.map((fault) =>
    element("li", {},
      element("span", { class: "grow" },
        element("strong", {}, actionWords(fault.action)), " ",
        [fault.method, fault.host && `at …${fault.host}`, fault.path_contains && `in ${fault.path_contains}`].filter(Boolean).join(" ") || "everywhere",
        fault.probability < 1 && `, ${Math.round(fault.probability * 100)} % of them`),
      element("span", { class: "quiet" }, `${counted(fault.hits, "hit")}, ${fault.times === null ? "for ever" : `${fault.times} left`}`),
      element("button", { type: "button", id: `mend-${fault.id}`, "aria-label": `Mend fault ${fault.id}`, onclick: () => remove(fault) }, "Mend")));
  return items.length ? element("div", { class: "card" }, list(items, "")) : empty("Everything works. Break something to see how a program takes it.");
}

function actionWords(action) {
  if (action.status) return `Answer ${action.status.code}`;
  if (action.aadsts) return `Answer AADSTS${action.aadsts.code}`;
  if (action.delay) return `Delay ${action.delay.millis} ms`;
  return action === "reset" ? "Close the connection" : "Cut the answer in half";
}

/** A status as a badge; without one the connection was cut. */
function statusPill(status) {
  const kind = !status || status >= 500 ? "bad" : status >= 400 ? "soon" : "good";
  return pill(kind, status ?? "cut");
}

function auditRecord(record) {
  const { clientInfo, httpStatusCode, id } = record.properties;
  return element("li", {},
    element("time", { datetime: record.time }, record.time.slice(11, 19)),
    statusPill(httpStatusCode),
    element("span", { class: "path" },
      element("b", {}, record.operationName), ` ${(id ?? "").replace("https://", "")}`,
      element("em", {}, [record.resultDescription, record.callerIpAddress, clientInfo].filter(Boolean).join(" · "))));
}

function journalEntry(entry, isNew) {
  return element("li", { class: isNew && "fresh" },
    element("time", { datetime: entry.at }, entry.at.slice(11, 19)),
    statusPill(entry.status),
    element("span", { class: "path" }, element("b", {}, entry.method), ` ${entry.host}`, element("span", { class: "quiet" }, entry.path)));
}
