// Builds the page's elements. Text is always text: no name of an app can become markup.
"use strict";

/** An element with attributes (`on…` are listeners) and children; absent children are left out. */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== false && value !== undefined) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false));
  return made;
}

const pill = (kind, words) => element("span", { class: `pill ${kind}` }, words);
const empty = (words) => element("p", { class: "empty" }, words);
const list = (items, words) => (items.length ? element("ul", { class: "list" }, items) : empty(words));
const counted = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;
const quoted = (words) => element("code", {}, words);

/** An id that a click copies. */
function id(text) {
  const copy = () => navigator.clipboard.writeText(text).then(() => say(`Copied ${text}`));
  return element("button", { type: "button", class: "id", title: "Copy", onclick: copy }, text);
}

/** Pairs of words, as a description list. */
function facts(pairs) {
  const shown = pairs.filter(([, value]) => value !== undefined && value !== null && value !== "");
  return element("dl", { class: "facts" }, shown.map(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
}

/** How long something lasts yet, by the lab's clock. */
function remaining(end, now) {
  const days = Math.floor((new Date(end) - now) / 86400000);
  const date = new Date(end).toISOString().slice(0, 10);
  if (days < 0) return pill("bad", `expired ${date}`);
  return pill(days <= 30 ? "soon" : "good", `${counted(days, "day")} left, until ${date}`);
}

/** Replaces what an element holds, and leaves focus, scrolling and open parts as they are. */
function replace(holder, ...children) {
  const focused = holder.contains(document.activeElement) ? document.activeElement.id : "";
  const folded = new Map([...holder.querySelectorAll("details[id]")].map((part) => [part.id, part.open]));
  holder.replaceChildren(...children.flat());
  for (const part of holder.querySelectorAll("details[id]")) {
    if (folded.has(part.id)) part.open = folded.get(part.id);
  }
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

let saying;
/** Tells what happened, for some seconds. */
function say(words) {
  clearTimeout(saying);
  document.getElementById("said").textContent = words;
  saying = setTimeout(() => (document.getElementById("said").textContent = ""), 4000);
}
