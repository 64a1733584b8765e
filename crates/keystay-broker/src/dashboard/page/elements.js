// Builds the page's elements. Text is always text: no name or answer can become markup.
"use strict";

/** An element with attributes and children; absent children are left out. */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== undefined && value !== null) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false && child !== ""));
  return made;
}

const pill = (kind, words) => element("span", { class: `pill ${kind}` }, words);
const quiet = (...words) => element("span", { class: "quiet" }, words);
const mono = (words) => element("code", {}, words);
const counted = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
const shortened = (id) => (/^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(id) ? element("code", { title: id }, id) : id);

/** Words of the broker; what stands between backticks is what to type. */
const spoken = (words) => words.split("`").map((part, place) => (place % 2 ? mono(part) : part));

/** Pairs of words, as the content of a description list. */
const pairs = (facts) =>
  facts.filter(([, value]) => value !== undefined && value !== null && value !== "").map(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]);

/** How long something takes, in one or two words. */
function span(millis) {
  const minutes = Math.floor(millis / 60000);
  if (minutes < 1) return counted(Math.max(0, Math.floor(millis / 1000)), "second");
  if (minutes < 120) return counted(minutes, "minute");
  if (minutes < 2880) return `${Math.floor(minutes / 60)} hours`;
  return `${Math.floor(minutes / 1440).toLocaleString("en")} days`;
}

/** The same, for narrow places. */
function shortSpan(millis) {
  const seconds = Math.max(0, Math.floor(millis / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

/** A moment in the past, as its distance from now. */
function ago(moment, now) {
  const millis = now - new Date(moment);
  return element("time", { datetime: moment, title: moment }, millis < 2000 ? "now" : `${shortSpan(millis)} ago`);
}

/** A moment by the clock of the browser's user. */
function clock(moment, options = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }) {
  return element("time", { datetime: moment, title: moment }, new Date(moment).toLocaleTimeString("en-GB", options));
}

/** Parts of a whole as one bar. A style attribute would break the page's policy; a property set by script does not. */
function bar(label, parts, whole) {
  const made = element("div", { class: "bar", role: "img", "aria-label": label });
  for (const [kind, part] of parts) {
    if (!part) continue;
    const piece = element("i", { class: kind });
    piece.style.width = `${Math.max(1, Math.min(100, (100 * part) / (whole || 1)))}%`;
    made.append(piece);
  }
  return made;
}
