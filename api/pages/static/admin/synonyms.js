// What customers call things that the articles call something else: one line for each of the articles' words.

import { call, get } from "../lib/api.js";
import { when } from "../lib/format.js";
import { h } from "../lib/nodes.js";
import { text } from "../lib/texts.js";
import { button, heading, labelled, table, tags, working } from "./parts.js";

/** The list as lines: "cagoule, anorak = jacket". */
function written(synonyms) {
  const byMeaning = new Map();
  for (const { said, means } of synonyms) byMeaning.set(means, [...(byMeaning.get(means) ?? []), said]);
  return [...byMeaning].map(([means, said]) => `${said.join(", ")} = ${means}`).join("\n");
}

/** The entries of such lines; a line that is none is named. */
function read(lines) {
  return lines.split("\n").flatMap((line, place) => {
    if (!line.trim()) return [];
    const [said, means, ...rest] = line.split("=").map((part) => part.trim());
    const words = said.split(",").map((word) => word.trim()).filter(Boolean);
    if (!words.length || !means || rest.length) throw new Error(text("admin.synonym_unreadable", { line: place + 1 }));
    return words.map((word) => ({ said: word, means }));
  });
}

export async function synonyms() {
  let stored = await get("/v1/synonyms");
  const lines = h("textarea", { className: "field mono", rows: 18, value: written(stored.synonyms), dir: "auto", placeholder: "cagoule, anorak = jacket" });
  const saved = h("p", { role: "status", className: "small" });
  const earlier = h("div", {});
  const draw = () => earlier.replaceChildren(table(text("admin.history"), [text("admin.article_version"), text("admin.synonym_count"), text("admin.made"), text("admin.person"), ""],
    stored.versions.map((one) => [tags([String(one.version)], [one.version === stored.version && text("admin.state_published"), "good"]), String(one.synonyms.length), when(one.created_at), h("bdi", {}, one.by ?? ""),
      button(text("admin.load_version"), () => { lines.value = written(one.synonyms); saved.textContent = text("admin.earlier_loaded", { version: one.version }); lines.focus(); }, "compact")])));
  const save = async () => {
    stored = await call("PUT", "/v1/synonyms", { synonyms: read(lines.value), version: stored.version });
    lines.value = written(stored.synonyms);
    saved.textContent = text("admin.saved");
    draw();
  };
  draw();
  return [
    h("a", { href: "#articles", className: "small" }, text("admin.back_to_articles")),
    heading(text("admin.synonyms"), text("admin.synonyms_intro")),
    h("form", { className: "form editor", onsubmit: (event) => { event.preventDefault(); working(event.submitter, save); } },
      labelled(text("admin.synonym_lines"), lines), h("div", { className: "acts" }, h("button", { className: "button solid" }, text("admin.save"))), saved),
    h("details", { className: "card fold" }, h("summary", {}, text("admin.history")), earlier)];
}
