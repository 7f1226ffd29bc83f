// Whether every part works, each asked a real question.

import { get } from "../lib/api.js";
import { h } from "../lib/nodes.js";
import { named, text } from "../lib/texts.js";
import { button, heading, table } from "./parts.js";

async function ready() {
  const response = await fetch("/readyz");
  return response.json().catch(() => ({ ready: false, parts: {} }));
}

/** Whatever else the server tells, as rows: lists of objects become tables, single values one table of facts. */
function rest(health) {
  const facts = [];
  const tables = [];
  for (const [name, value] of Object.entries(health)) {
    if (["parts", "ready", "promise"].includes(name)) continue;
    if (Array.isArray(value) && value.length && typeof value[0] === "object") {
      const heads = Object.keys(value[0]);
      tables.push(h("h2", {}, named("health", name)), table(named("health", name), heads.map((head) => named("health", head)), value.map((row) => heads.map((head) => h("span", { className: "wrap mono" }, String(row[head] ?? ""))))));
    } else facts.push([named("health", name), h("span", { className: "wrap mono" }, typeof value === "object" ? JSON.stringify(value) : String(value))]);
  }
  return [...tables, ...(facts.length ? [h("h2", {}, text("admin.facts")), table(text("admin.facts"), [text("admin.fact"), text("admin.value")], facts)] : [])];
}

/** The error budget against what customers and agents said of the bot's own answers. */
function promise(said) {
  if (!said) return [];
  const figures = { wrong: said.wrong, judged: said.judged, days: said.days, budget: `${(100 * said.budget).toFixed(1)} %` };
  return [h("p", { className: said.kept ? "note" : "note alarm", role: "status" }, text(said.kept ? "admin.promise_kept" : "admin.promise_broken", figures))];
}

export async function health() {
  const shown = h("div", { className: "stack" });
  const draw = async () => {
    const [state, more] = await Promise.all([ready(), get("/v1/health").catch(() => ({}))]);
    const parts = Object.entries({ ...more.parts, ...state.parts });
    shown.replaceChildren(
      h("p", { className: state.ready ? "note" : "note alarm", role: "status" }, text(state.ready ? "admin.ready" : "admin.not_ready")),
      h("ul", { className: "parts" }, ...parts.map(([name, said]) => h("li", { className: "card" }, h("span", { className: said === "ok" ? "dot on" : "dot off", "aria-hidden": "true" }), h("strong", {}, named("health", name)), h("span", { className: "quiet small wrap" }, typeof said === "object" ? JSON.stringify(said) : String(said))))),
      ...promise(more.promise),
      ...rest(more));
  };
  await draw();
  return [heading(text("admin.section_health"), text("admin.health_intro"), button(text("admin.refresh"), draw)), shown];
}
