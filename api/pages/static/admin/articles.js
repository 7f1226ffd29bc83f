// The knowledge base: list, edit, preview, publish. Every save is a version; the index follows by itself.

import { call, get, id, post } from "../lib/api.js";
import { when } from "../lib/format.js";
import { h } from "../lib/nodes.js";
import { text } from "../lib/texts.js";
import { importing } from "./imports.js";
import { indexState } from "./index-state.js";
import { reports } from "./reports.js";
import { waiting, websites } from "./sources.js";
import { synonyms } from "./synonyms.js";
import { button, heading, labelled, select, table, tags, working } from "./parts.js";

const NEW = "new";
const IMPORT = "import";
const WEBSITES = "websites";
const SYNONYMS = "synonyms";
const KINDS = { drafts: (one) => one.state !== "published", stale: (one) => one.stale, unused: (one) => one.unused };
const WAITING = "waiting-"; // and the import's id

/** The server's clean elements, built one by one: no markup is parsed here. */
function built(node) {
  return typeof node === "string" ? node : h(node.tag, node.attributes, ...node.children.map(built));
}

async function list() {
  const [{ articles: all }, measured] = await Promise.all([get("/v1/articles"), reports()]);
  const filter = h("input", { className: "field", type: "search" });
  const which = select([["", text("admin.any")], ...Object.keys(KINDS).map((kind) => [kind, `${text(`admin.kind_${kind}`)} (${all.filter(KINDS[kind]).length})`])], "");
  const shown = h("div", {});
  const draw = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const rows = all.filter(KINDS[which.value] ?? (() => true)).filter((one) => words.every((word) => `${one.title} ${one.category} ${one.article_id}`.toLowerCase().includes(word)));
    shown.replaceChildren(table(text("admin.section_articles"), [text("admin.article_title"), text("admin.category"), text("admin.audience"), text("admin.updated"), text("admin.article_version")],
      rows.map((one) => [h("a", { href: `#articles/${id(one.article_id)}` }, one.title), one.category, tags([text(`admin.audience_${one.audience}`), one.audience === "internal" ? "warm" : ""], [one.state !== "published" && text(`admin.state_${one.state}`), "accent"], [one.stale && text("admin.kind_stale"), "warm"], [one.unused && text("admin.kind_unused"), "warm"]), one.updated ?? "", h("span", { className: "number" }, String(one.version ?? ""))])));
  };
  filter.addEventListener("input", draw);
  which.addEventListener("change", draw);
  draw();
  return [heading(text("admin.section_articles"), text("admin.articles_intro", { count: all.length }), h("a", { className: "button", href: `#articles/${SYNONYMS}` }, text("admin.synonyms")), h("a", { className: "button", href: `#articles/${WEBSITES}` }, text("admin.sources")), h("a", { className: "button", href: `#articles/${IMPORT}` }, text("admin.import")), h("a", { className: "button solid", href: `#articles/${NEW}` }, text("admin.new_article"))),
    indexState(),
    h("div", { className: "filters" }, labelled(text("admin.find_article"), filter), labelled(text("admin.only"), which)), shown, measured];
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
  const page = h("section", { className: "preview", "aria-label": text("admin.preview"), hidden: true });
  const path = (target) => `/v1/articles/${id(target)}`;
  const save = async (draft) => {
    const target = fresh ? slug.value.trim() : articleId;
    const stored = await call("PUT", path(target), {
      title: title.value.trim(), body: body.value, category: category.value.trim(), audience: audience.value, draft,
      questions: questions.value.split("\n").map((line) => line.trim()).filter(Boolean), ...(!fresh && { version: article.version }),
    });
    if (fresh) location.hash = `#articles/${id(target)}`;
    else {
      Object.assign(article, stored);
      drawState();
      saved.textContent = text(draft ? "admin.saved_draft" : "admin.saved");
    }
  };
  const preview = async () => {
    const { nodes } = await post("/v1/articles/preview", { body: body.value });
    page.replaceChildren(...nodes.map(built));
    page.hidden = false;
  };
  const earlier = async (version) => {
    const wording = await get(`${path(articleId)}/versions/${version}`);
    Object.assign(title, { value: wording.title });
    Object.assign(body, { value: wording.body });
    questions.value = wording.questions.join("\n");
    saved.textContent = text("admin.earlier_loaded", { version });
    title.focus();
  };
  const again = () => dispatchEvent(new HashChangeEvent("hashchange"));
  const state = h("div", { className: "acts" });
  const drawState = () => state.replaceChildren(...(fresh || article.state === "published" ? [] : [
    h("span", { className: "tag accent" }, text(`admin.state_${article.state}`)),
    button(text("admin.publish"), () => post(`${path(articleId)}/publish`).then(again), "solid"),
    button(text("admin.discard_draft"), () => call("DELETE", `${path(articleId)}/draft`).then(() => { if (article.state === "draft") location.hash = "#articles"; else again(); }))]));
  drawState();
  return [
    h("a", { href: "#articles", className: "small" }, text("admin.back_to_articles")),
    heading(fresh ? text("admin.new_article") : article.title, "", state, !fresh && article.audience === "public" && article.state !== "draft" && h("a", { className: "button", href: article.url ?? `/help/${id(articleId)}`, target: "_blank", rel: "noopener" }, text("admin.see_page"))),
    h("form", { className: "form editor", onsubmit: (event) => { event.preventDefault(); working(event.submitter, () => save(event.submitter.value === "draft")); } },
      fresh && labelled(text("admin.slug"), slug), labelled(text("admin.article_title"), title),
      h("div", { className: "two" }, labelled(text("admin.category"), category), labelled(text("admin.audience"), audience)),
      labelled(text("admin.questions"), questions), labelled(text("admin.body"), body),
      h("div", { className: "acts" }, h("button", { className: "button solid" }, text("admin.save")), h("button", { className: "button", value: "draft" }, text("admin.save_draft")), button(text("admin.preview"), preview)), saved, page),
    article.versions?.length ? h("details", { className: "card fold" }, h("summary", {}, text("admin.history")),
      table(text("admin.history"), [text("admin.article_version"), text("admin.article_title"), text("admin.made"), text("admin.person"), ""],
        article.versions.map((one) => [tags([String(one.version)], [one.version === article.published && text("admin.state_published"), "good"]), one.title, when(one.created_at), h("bdi", {}, one.by ?? one.created_by ?? ""), button(text("admin.load_version"), () => earlier(one.version), "compact")]))) : null];
}

export function articles(articleId) {
  if (articleId === IMPORT) return importing();
  if (articleId === WEBSITES) return websites();
  if (articleId === SYNONYMS) return synonyms();
  if (articleId?.startsWith(WAITING)) return waiting(articleId.slice(WAITING.length));
  return articleId ? edit(articleId) : list();
}
