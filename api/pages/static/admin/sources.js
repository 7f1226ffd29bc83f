// Websites that articles come from: fetched, looked at, and from then on kept in step with.

import { call, get, id, post } from "../lib/api.js";
import { when } from "../lib/format.js";
import { h } from "../lib/nodes.js";
import { text } from "../lib/texts.js";
import { preview } from "./imports.js";
import { button, heading, labelled, select, tags, working } from "./parts.js";

const ASK_EVERY_MS = 1000;
const EVERY_H = [0, 24, 168];

const hours = () => EVERY_H.map((one) => [String(one), text(`admin.every_${one}`)]);
const choices = () => [["", text("admin.as_drafts")], ["true", text("admin.published_at_once")]];

/** Wait until the worker has fetched a website, showing how far it is. */
async function fetched(jobId, status) {
  for (;;) {
    const job = await get(`/v1/training-jobs/${id(jobId)}`);
    status.textContent = job.state === "queued" ? text("admin.fetch_queued") : job.stage;
    if (job.state === "failed") throw new Error((job.log.at(-1) ?? "").replace(/^Failed: /, ""));
    if (job.state === "done") return;
    await new Promise((resolve) => { setTimeout(resolve, ASK_EVERY_MS); });
    if (!status.isConnected) return;
  }
}

/** The form that fetches an address; what importing it would change is shown in `shown`. */
export function fromWebsite(shown) {
  const url = h("input", { className: "field", type: "url", required: true, placeholder: "https://www.example.com/help/sitemap.xml", maxLength: 2000 });
  const kind = select([["sitemap", text("admin.source_sitemap")], ["page", text("admin.source_page")]], "sitemap");
  const every = select(hours(), "0");
  const publish = select(choices(), "");
  const status = h("p", { role: "status", className: "small quiet" });
  const read = async () => {
    shown.replaceChildren(status);
    const { source_id: sourceId, job_id: jobId } = await post("/v1/article-sources", {
      url: url.value.trim(), kind: kind.value, every_h: Number(every.value), publish: Boolean(publish.value),
    });
    try {
      await fetched(jobId, status);
      const { last } = await get(`/v1/article-sources/${id(sourceId)}`);
      const found = await get(`/v1/article-imports/${id(last.import_id)}`);
      shown.replaceChildren(...preview(found, (said) => shown.replaceChildren(h("p", { className: "note" }, said))));
    } catch (problem) {
      await call("DELETE", `/v1/article-sources/${id(sourceId)}`).catch(() => {}); // nothing was taken from it
      throw problem;
    } finally {
      status.textContent = "";
    }
  };
  return h("form", { className: "form", onsubmit: (event) => { event.preventDefault(); working(event.submitter, read); } },
    labelled(text("admin.source_url"), url), labelled(text("admin.source_kind"), kind),
    h("div", { className: "two" }, labelled(text("admin.source_every"), every), labelled(text("admin.source_changes"), publish)),
    h("div", {}, h("button", { className: "button solid" }, text("admin.source_fetch"))));
}

function outcome(source) {
  const last = source.last ?? {};
  if (last.error) return h("p", { className: "mistake small wrap" }, last.error);
  if (!source.active) return h("div", {}, tags([text("admin.source_waits"), "warm"]));
  const counted = ["new", "changed", "edited"].map((name) => [last[name]?.length && text(`admin.source_${name}`, { count: last[name].length }), name === "edited" ? "warm" : "accent"]);
  return h("div", {}, tags(...counted, [Object.keys(last.refused ?? {}).length && text("admin.source_refused", { count: Object.keys(last.refused).length }), "warm"]),
    source.gone.length ? h("details", {}, h("summary", {}, text("admin.source_gone", { count: source.gone.length })),
      h("ul", {}, ...source.gone.map((page) => h("li", { className: "small wrap" }, h("a", { href: `#articles/${id(page.article_id)}` }, page.article_id), ` ${page.url}`)))) : "");
}

function card(source, again) {
  const path = `/v1/article-sources/${id(source.source_id)}`;
  const every = select(hours(), String(source.every_h));
  const publish = select(choices(), source.publish ? "true" : "");
  const status = h("span", { role: "status", className: "small quiet" });
  const change = () => working(status, () => call("PATCH", path, { every_h: Number(every.value), publish: Boolean(publish.value) }).then(() => { status.textContent = text("admin.saved_source"); }));
  every.addEventListener("change", change);
  publish.addEventListener("change", change);
  return h("article", { className: "card source" }, h("h2", { className: "wrap" }, source.url),
    h("p", { className: "small quiet" }, `${text("admin.source_last")}: ${when(source.last_at)}`), outcome(source),
    h("div", { className: "two" }, labelled(text("admin.source_every"), every), labelled(text("admin.source_changes"), publish)),
    h("div", { className: "acts" },
      source.active ? button(text("admin.source_now"), async () => { const { job_id: jobId } = await post(`${path}/sync`); await fetched(jobId, status); await again(); }, "compact")
        : source.last?.import_id && h("a", { className: "button compact", href: `#articles/waiting-${id(source.last.import_id)}` }, text("admin.source_look")),
      button(text("admin.source_remove"), () => call("DELETE", path).then(again), "compact"), status));
}

/** Every website that articles come from. */
export async function websites() {
  const shown = h("div", { className: "stack" });
  const draw = async () => {
    const { sources } = await get("/v1/article-sources");
    shown.replaceChildren(...(sources.length ? sources.map((source) => card(source, draw)) : [h("p", { className: "empty" }, text("admin.sources_none"))]));
  };
  await draw();
  return [h("a", { href: "#articles", className: "small" }, text("admin.back_to_articles")),
    heading(text("admin.sources"), text("admin.sources_intro"), h("a", { className: "button", href: "#articles/import" }, text("admin.import"))), shown];
}

/** A website's first import, which waits to be looked at. */
export async function waiting(importId) {
  const shown = h("div", { className: "stack" });
  shown.append(...preview(await get(`/v1/article-imports/${id(importId)}`), (said) => shown.replaceChildren(h("p", { className: "note" }, said))));
  return [h("a", { href: "#articles/websites", className: "small" }, text("admin.sources")), heading(text("admin.import"), ""), shown];
}
