// Importing articles: a file is read, what would change is shown, and only then anything is written.

import { id, post, upload } from "../lib/api.js";
import { h } from "../lib/nodes.js";
import { text } from "../lib/texts.js";
import { button, heading, labelled, table, tags, working } from "./parts.js";
import { fromWebsite } from "./sources.js";

const KINDS = { new: "good", changed: "accent", same: "" };

/** What an import would change, to be ticked; `done` is told what was written. */
export function preview({ import_id: importId, kb, articles, refused }, done) {
  const ticks = new Map(articles.filter((one) => one.change !== "same").map((one) => [one.article_id, h("input", { type: "checkbox", checked: true, "aria-label": one.title })]));
  const write = (draft) => post(`/v1/article-imports/${id(importId)}/apply`, {
    kb, draft, article_ids: [...ticks].filter(([, tick]) => tick.checked).map(([name]) => name),
  }).then(({ changed }) => done(text(draft ? "admin.imported_drafts" : "admin.imported", { count: changed })));
  return [
    h("h2", {}, text("admin.import_changes", { count: ticks.size })),
    table(text("admin.import"), ["", text("admin.article_title"), text("admin.state"), text("admin.import_diff")], articles.map((one) => [
      ticks.get(one.article_id) ?? "", one.title, tags([text(`admin.change_${one.change}`), KINDS[one.change]]),
      one.diff ? h("details", {}, h("summary", {}, text("admin.show")), h("pre", { className: "joblog mono", dir: "auto", tabIndex: 0 }, one.diff)) : ""])),
    refused.length ? h("section", { className: "note warm" }, h("strong", {}, text("admin.import_refused")), h("ul", {}, ...refused.map((one) => h("li", { className: "wrap" }, `${one.name}: ${one.why}`)))) : "",
    ticks.size ? h("div", { className: "acts" }, button(text("admin.import_as_drafts"), () => write(true), "solid"), button(text("admin.import_published"), () => write(false))) : ""];
}

export function importing() {
  const file = h("input", { type: "file", className: "field", required: true, accept: ".md,.mdx,.markdown,.html,.htm,.txt,.csv,.pdf,.docx,.zip" });
  const shown = h("div", { className: "stack", role: "status" });
  const read = async () => {
    const [chosen] = file.files;
    const found = await upload(`/v1/article-imports?name=${encodeURIComponent(chosen.name.slice(-200))}`, chosen);
    shown.replaceChildren(...preview(found, (said) => shown.replaceChildren(h("p", { className: "note" }, said))));
  };
  return [
    h("a", { href: "#articles", className: "small" }, text("admin.back_to_articles")),
    heading(text("admin.import"), text("admin.import_intro")),
    h("div", { className: "two" },
      h("section", { className: "card fold stack" }, h("h2", {}, text("admin.import_a_file")),
        h("form", { className: "form", onsubmit: (event) => { event.preventDefault(); working(event.submitter, read); } },
          labelled(text("admin.import_file"), file), h("div", {}, h("button", { className: "button solid" }, text("admin.import_read"))))),
      h("section", { className: "card fold stack" }, h("h2", {}, text("admin.import_a_website")), fromWebsite(shown))),
    shown];
}
