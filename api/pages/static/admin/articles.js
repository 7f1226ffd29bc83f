// The knowledge base: list, edit, new. Every save is a version; the index follows by itself.

import { call, get, id } from "../lib/api.js";
import { when } from "../lib/format.js";
import { h } from "../lib/nodes.js";
import { text } from "../lib/texts.js";
import { heading, labelled, select, table, tags, working } from "./parts.js";

const NEW = "new";

async function list() {
  const { articles: all } = await get("/v1/articles");
  const filter = h("input", { className: "field", type: "search" });
  const shown = h("div", {});
  const draw = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const rows = all.filter((one) => words.every((word) => `${one.title} ${one.category} ${one.article_id}`.toLowerCase().includes(word)));
    shown.replaceChildren(table(text("admin.section_articles"), [text("admin.article_title"), text("admin.category"), text("admin.audience"), text("admin.updated"), text("admin.article_version")],
      rows.map((one) => [h("a", { href: `#articles/${id(one.article_id)}` }, one.title), one.category, tags([text(`admin.audience_${one.audience}`), one.audience === "internal" ? "warm" : ""]), one.updated ?? "", h("span", { className: "number" }, String(one.version ?? ""))])));
  };
  filter.addEventListener("input", draw);
  draw();
  return [heading(text("admin.section_articles"), text("admin.articles_intro", { count: all.length }), h("a", { className: "button solid", href: `#articles/${NEW}` }, text("admin.new_article"))),
    h("div", { className: "filters" }, labelled(text("admin.find_article"), filter)), shown];
}

async function edit(articleId) {
  const fresh = articleId === NEW;
  const article = fresh ? { title: "", body: "", questions: [], audience: "public", category: "" } : await get(`/v1/articles/${id(articleId)}`);
  const slug = h("input", { className: "field", required: true, pattern: "[a-z0-9][a-z0-9\\-]*", maxLength: 100, placeholder: "return-a-tent", autocomplete: "off" });
  const title = h("input", { className: "field", required: true, value: article.title, maxLength: 300, dir: "auto" });
  const category = h("input", { className: "field", value: article.category ?? "", maxLength: 100 });
  const audience = select(["public", "internal"].map((one) => [one, text(`admin.audience_${one}`)]), article.audience);
  const questions = h("textarea", { className: "field", rows: 6, value: article.questions.join("\n"), dir: "auto" });
  const body = h("textarea", { className: "field mono", rows: 24, value: article.body, dir: "auto", spellcheck: true });
  const saved = h("p", { role: "status", className: "small" });
  const save = async () => {
    const target = fresh ? slug.value.trim() : articleId;
    const stored = await call("PUT", `/v1/articles/${id(target)}`, {
      title: title.value.trim(), body: body.value, category: category.value.trim(), audience: audience.value,
      questions: questions.value.split("\n").map((line) => line.trim()).filter(Boolean), ...(!fresh && { version: article.version }),
    });
    if (fresh) location.hash = `#articles/${id(target)}`;
    else {
      article.version = stored.version ?? article.version;
      saved.textContent = text("admin.saved");
    }
  };
  return [
    h("a", { href: "#articles", className: "small" }, text("admin.back_to_articles")),
    heading(fresh ? text("admin.new_article") : article.title, "", !fresh && article.audience === "public" && h("a", { className: "button", href: article.url ?? `/help/${id(articleId)}`, target: "_blank", rel: "noopener" }, text("admin.see_page"))),
    h("form", { className: "form editor", onsubmit: (event) => { event.preventDefault(); working(event.submitter, save); } },
      fresh && labelled(text("admin.slug"), slug), labelled(text("admin.article_title"), title),
      h("div", { className: "two" }, labelled(text("admin.category"), category), labelled(text("admin.audience"), audience)),
      labelled(text("admin.questions"), questions), labelled(text("admin.body"), body),
      h("div", { className: "acts" }, h("button", { className: "button solid" }, text("admin.save"))), saved),
    article.versions?.length ? h("details", { className: "card fold" }, h("summary", {}, text("admin.history")),
      table(text("admin.history"), [text("admin.article_version"), text("admin.article_title"), text("admin.made")], article.versions.map((one) => [String(one.version), one.title, when(one.created_at)]))) : null];
}

export function articles(articleId) {
  return articleId ? edit(articleId) : list();
}
