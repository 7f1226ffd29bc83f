// The desk from behind: what everybody may reuse, the departments, and what suggestions are worth.

import { call, get, id, post } from "../lib/api.js";
import { percent, when } from "../lib/format.js";
import { macroEditor, stepText } from "../lib/macro-editor.js";
import { h } from "../lib/nodes.js";
import { text } from "../lib/texts.js";
import { button, heading, labelled, table, tags } from "./parts.js";

// Variables stand in the hint as they are written.
const VARIABLES = Object.fromEntries(["first_name", "customer_name", "order_number", "agent_name", "hours"].map((one) => [one, `{${one}}`]));

function section(title, ...content) {
  return h("section", { className: "block" }, h("h2", {}, title), ...content);
}

/** A list of shared things with a form under it to add or change one. */
function kept({ title, load, row, form, path, key }) {
  const list = h("div", {});
  const place = h("div", {});
  const edit = (one) => place.replaceChildren(form(one, async (body) => {
    await (one ? call("PUT", `${path}/${id(one[key])}`, body) : post(path, body));
    place.replaceChildren();
    await draw();
  }, () => place.replaceChildren()));
  const draw = async () => {
    const shared = (await load()).filter((one) => one.shared);
    list.replaceChildren(table(title, [text("common.name"), text("admin.desk_content"), ""], shared.map((one) => [h("strong", {}, one.name), row(one), h("div", { className: "tags" },
      button(text("desk.macro_change"), async () => edit(one), "compact"), button(text("desk.macro_drop"), () => call("DELETE", `${path}/${id(one[key])}`).then(draw), "compact"))])));
  };
  return draw().then(() => section(title, list, place, button(text("admin.add"), async () => edit(null), "compact")));
}

function snippetForm(snippet, save, cancel) {
  const name = h("input", { className: "field", required: true, maxLength: 80, value: snippet?.name ?? "" });
  const words = h("textarea", { className: "field", required: true, rows: 4, maxLength: 4000, value: snippet?.text ?? "" });
  const mistake = h("p", { className: "mistake small", role: "alert" });
  return h("form", { className: "form card fold", onsubmit: async (event) => {
    event.preventDefault();
    await save({ name: name.value.trim(), text: words.value, shared: true }).catch((problem) => (mistake.textContent = problem.message || text("common.unreachable")));
  } }, labelled(text("common.name"), name), labelled(text("admin.desk_content"), words), h("p", { className: "small quiet" }, text("admin.snippet_hint", VARIABLES)), mistake,
  h("div", { className: "tags" }, h("button", { className: "button solid" }, text("desk.macro_keep_it")), h("button", { type: "button", className: "button", onclick: cancel }, text("common.cancel"))));
}

const snippets = () => kept({
  title: text("desk.snippets"), path: "/v1/snippets", key: "snippet_id", load: async () => (await get("/v1/snippets")).snippets,
  row: (one) => h("span", { className: "wrap" }, one.text), form: snippetForm,
});
const macros = () => kept({
  title: text("desk.macros"), path: "/v1/macros", key: "macro_id", load: async () => (await get("/v1/macros")).macros,
  row: (one) => h("span", { className: "wrap" }, one.steps.map(stepText).join(" → ")),
  form: (macro, save, cancel) => h("div", { className: "card fold" }, macroEditor({ ...(macro && { macro }), shared: true, save, cancel })),
});

async function departments() {
  const { departments: found } = await get("/v1/desk/departments");
  return section(text("admin.departments"), h("p", { className: "quiet small" }, text("admin.departments_intro")),
    table(text("admin.departments"), [text("common.name"), text("admin.state"), text("admin.here"), text("admin.waiting"), text("admin.talking"), text("admin.business"), text("admin.next")],
      found.map((one) => [h("span", {}, h("strong", {}, one.title), " ", h("span", { className: "mono quiet" }, one.name)), tags(one.open ? [text("admin.open"), "good"] : [text("admin.closed")]),
        h("span", { className: "number" }, String(one.here)), h("span", { className: "number" }, String(one.waiting)), h("span", { className: "number" }, String(one.talking)),
        h("span", { className: "wrap small" }, [...one.rules, ...one.intents, ...one.topics].join(", ") || "–"), one.next ?? text("desk.transfer_everybody")])));
}

const span = (seconds) => (typeof seconds === "number" ? text("admin.seconds", { n: seconds.toFixed(1) }) : "–");

async function timeSaved() {
  const { share, reply, handling } = await get("/v1/reports/time-saved");
  const row = (label, one) => [label, span(one.with_s), h("span", { className: "number quiet" }, String(one.with_chats)), span(one.without_s), h("span", { className: "number quiet" }, String(one.without_chats)), h("strong", {}, span(one.saved_s)),
    one.low_s === null ? text("admin.too_few") : text("admin.interval", { low: one.low_s.toFixed(1), high: one.high_s.toFixed(1) })];
  return section(text("admin.time_saved"), h("p", { className: "quiet small" }, text("admin.time_saved_intro", { share: percent(share) })),
    table(text("admin.time_saved"), ["", text("admin.with_them"), text("admin.chats"), text("admin.without_them"), text("admin.chats"), text("admin.saved_time"), text("admin.interval_head")],
      [row(text("admin.per_reply"), reply), row(text("admin.per_chat"), handling)]));
}

async function records() {
  const { articles } = await get("/v1/reports/answers");
  const why = (dismissed) => Object.entries(dismissed).map(([reason, n]) => `${reason ? text(`desk.why_${reason}`) : text("admin.no_reason")} ${n}`).join(", ") || "–";
  const number = (n) => h("span", { className: "number" }, String(n));
  return section(text("admin.records"), h("p", { className: "quiet small" }, text("admin.records_intro")),
    table(text("admin.records"), [text("admin.article"), text("admin.shown"), text("admin.used"), text("admin.copied"), text("admin.sent"), text("admin.edited"), text("admin.dismissed")],
      articles.map((one) => [h("a", { href: `#articles/${id(one.article_id)}` }, one.title), number(one.displayed), number(one.clicked), number(one.copied), number(one.sent), percent(one.edited), why(one.dismissed)])));
}

/** What became of the confirmed ones: learnt, or waiting and why. */
function confirmedPairs(confirmed, learning, draw) {
  if (!confirmed.length) return [];
  const waiting = confirmed.filter((pair) => !pair.learnt);
  const counted = text("admin.pairs_wait", { n: waiting.length, learnt: confirmed.length - waiting.length });
  const fresh = waiting.some((pair) => !learning || pair.created_at > learning.at);
  const weighed = learning && text(learning.learnt ? "admin.pairs_helped" : "admin.pairs_held", {
    when: when(learning.at), ...learning.labelled, pairs: learning.pairs, unseen_with: learning.unseen.with, unseen_without: learning.unseen.without,
  });
  const state = (pair) => (pair.learnt ? [text("admin.pair_learnt"), "good"] : [pair.title === null ? text("admin.pair_gone") : text("admin.pair_waits"), "warm"]);
  return [h("details", { className: "card fold", open: waiting.length > 0 }, h("summary", {}, text("admin.pairs_confirmed"), h("span", { className: "quiet small" }, ` ${counted}`)),
    h("p", { className: "small", role: "status" }, [weighed, fresh && text("admin.pairs_unweighed")].filter(Boolean).join(" ")),
    h("ul", { className: "plain confirmed" }, ...confirmed.map((pair) => h("li", { className: "wrap" }, h("q", { dir: "auto" }, pair.question), h("a", { href: `#articles/${id(pair.article_id)}` }, pair.title ?? pair.article_id), tags(state(pair)),
      button(text("admin.undo"), () => call("DELETE", `/v1/labels/${id(pair.label_id)}`).then(draw), "compact"),
      pair.suspected.length ? h("span", { className: "mistake small" }, text("admin.pair_suspected", { questions: pair.suspected.map((one) => `“${one}”`).join(", ") })) : ""))))];
}

/** Questions that an article answered; each is confirmed or rejected with one press. */
async function pairs() {
  const list = h("ul", { className: "plain" });
  const became = h("div", {});
  const label = (pair, body) => post("/v1/labels", { message_id: pair.message_id, ...body }).then(draw);
  async function draw() {
    const { pairs: found, confirmed, learning } = await get("/v1/review/pairs");
    became.replaceChildren(...confirmedPairs(confirmed, learning, draw));
    list.replaceChildren(...(found.length ? found.map((pair) => h("li", { className: "card fold" },
      h("q", { dir: "auto", className: "wrap" }, pair.question), h("div", {}, h("a", { href: `#articles/${id(pair.article_id)}` }, pair.title), h("span", { className: "quiet small" }, ` ${pair.signs.map((sign) => text(`admin.sign_${sign}`)).join(", ")} · ${when(pair.created_at)}`)),
      h("blockquote", { className: "small wrap", dir: "auto" }, pair.answer),
      h("div", { className: "tags" }, button(text("admin.pair_yes"), () => label(pair, { article_id: pair.article_id }), "compact solid"), button(text("admin.pair_no"), () => label(pair, { verdict: "wrong" }), "compact"), button(text("admin.verdict_skip"), () => label(pair, { verdict: "skip" }), "compact")))) : [h("li", { className: "empty" }, text("admin.no_pairs"))]));
  }
  await draw();
  return section(text("admin.pairs"), h("p", { className: "quiet small" }, text("admin.pairs_intro")), list, became);
}

export async function desk() {
  const parts = await Promise.all([timeSaved(), pairs(), records(), departments(), snippets(), macros()]);
  return [heading(text("admin.section_desk"), text("admin.desk_intro")), ...parts];
}
