// Pieces the sections share.

import { h } from "../lib/nodes.js";
import { text } from "../lib/texts.js";

export function heading(title, intro, ...acts) {
  return h("header", { className: "heading" }, h("div", {}, h("h1", {}, title), intro && h("p", { className: "quiet" }, intro)), h("div", { className: "acts" }, ...acts));
}

/** A button that waits for its work, and says what went wrong beside it. */
export function button(label, work, kind = "") {
  const node = h("button", { type: "button", className: `button ${kind}` }, label);
  node.addEventListener("click", () => working(node, work));
  return node;
}

export async function working(node, work) {
  const before = node.parentElement?.querySelector(":scope > .mistake");
  before?.remove();
  node.disabled = true;
  try {
    return await work();
  } catch (problem) {
    node.after(h("span", { className: "mistake small", role: "alert" }, problem.message || text("common.unreachable")));
    return undefined;
  } finally {
    node.disabled = false;
  }
}

export function labelled(label, field) {
  return h("label", { className: "labelled" }, label, field);
}

export function select(options, chosen, props = {}) {
  return h("select", { className: "field", ...props }, ...options.map(([value, label]) => h("option", { value, selected: value === chosen }, label)));
}

/** A table with a caption for screen readers; cells are nodes or text. */
export function table(caption, heads, rows) {
  if (!rows.length) return h("p", { className: "empty" }, text("admin.nothing"));
  return h("div", { className: "card scroll" }, h("table", { className: "table" }, h("caption", { className: "unseen" }, caption),
    h("thead", {}, h("tr", {}, ...heads.map((head) => h("th", { scope: "col" }, head)))),
    h("tbody", {}, ...rows.map((cells) => h("tr", {}, ...cells.map((cell) => h("td", {}, cell ?? "")))))));
}

/** A row of tags from [text, kind] pairs, leaving out the empty ones. */
export function tags(...pairs) {
  return h("div", { className: "tags" }, ...pairs.filter(([label]) => label).map(([label, kind = ""]) => h("span", { className: `tag ${kind}` }, label)));
}
