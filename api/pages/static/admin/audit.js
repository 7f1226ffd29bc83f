// Who did what: the audit log, and whether every line is as it was written.

import { get } from "../lib/api.js";
import { when } from "../lib/format.js";
import { h } from "../lib/nodes.js";
import { text } from "../lib/texts.js";
import { button, heading, table, tags } from "./parts.js";

const PAGE = 100;

function facts(details) {
  return Object.entries(details).filter(([, value]) => value !== null && value !== "").map(([name, value]) => `${name}: ${value}`).join(", ");
}

function row(line) {
  return [when(line.at), line.name ? h("bdi", {}, line.name) : h("span", { className: "mono wrap" }, line.actor), h("span", { className: "mono" }, line.action), h("span", { className: "mono wrap small" }, line.subject ?? ""),
    h("span", { className: "wrap small" }, facts(line.details)), tags(line.successful ? ["", ""] : [text("admin.deed_refused"), "alarm"])];
}

export async function audit() {
  const shown = h("div", { className: "stack" });
  const checked = h("p", { className: "note", role: "status", hidden: true });
  const heads = [text("admin.when"), text("admin.who"), text("admin.deed"), text("admin.subject"), text("admin.facts"), ""];
  const draw = async (before) => {
    const page = await get(`/v1/audit?limit=${PAGE}${before ? `&before=${before}` : ""}`);
    shown.querySelector(":scope > .acts")?.remove();
    shown.append(table(text("admin.section_audit"), heads, page.lines.map(row)));
    if (page.next_before) shown.append(h("div", { className: "acts" }, button(text("admin.older"), () => draw(page.next_before))));
  };
  const check = async () => {
    const chain = await get("/v1/audit/check");
    checked.hidden = false;
    checked.className = chain.damaged === null ? "note" : "note alarm";
    checked.textContent = chain.damaged === null ? text("admin.audit_whole", { lines: chain.lines, head: chain.head }) : text("admin.audit_damaged", { line: chain.damaged });
  };
  await draw();
  return [heading(text("admin.section_audit"), text("admin.audit_intro"), button(text("admin.audit_check"), check)), checked, shown];
}
