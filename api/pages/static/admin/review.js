// Real messages worth a look, together by what they mean. A label is a training example, one of an article's questions,
// the draft of an article, or a verdict.

import { call, get, id, post } from "../lib/api.js";
import { percent, when } from "../lib/format.js";
import { h } from "../lib/nodes.js";
import { named, text } from "../lib/texts.js";
import { button, heading, labelled, select, tags, working } from "./parts.js";

const VERDICTS = { r: "right", m: "missing", n: "not_for_us", x: "not_a_message", s: "skip" }; // by key

function labelText(label, titles) {
  if (label.intent) return text("admin.labelled_intent", { name: label.intent });
  if (label.article_id) return text("admin.labelled_article", { name: titles.get(label.article_id) ?? label.article_id });
  return text(`admin.verdict_${label.verdict}`);
}

/** Intents and articles to choose from, the same lists for every message. */
function choices(intents, articles) {
  const titles = new Map(articles.map((article) => [article.article_id, article.title]));
  return {
    titles,
    intents: [["", text("admin.choose_intent")], ...intents.map(({ name, description }) => [name, description ? `${name}: ${description}` : name])],
    list: h("datalist", { id: "articles" }, ...articles.map(({ article_id: value, title }) => h("option", { value: title, "data-id": value }))),
    articleOf: (title) => articles.find((article) => article.title === title || article.article_id === title)?.article_id,
  };
}

function facts(message) {
  return tags(...(message.reasons ?? [message.reason]).map((reason) => [named("review", reason), "warm"]),
    [message.intent && `${message.intent} ${percent(message.confidence)}`], [message.search_confidence !== null && text("admin.search_chance", { percent: percent(message.search_confidence) })],
    [message.frustration >= 0.5 && text("admin.frustration", { percent: percent(message.frustration) }), "alarm"]);
}

function answered(message) {
  if (message.answer_shown) return h("p", { className: "small wrap", dir: "auto" }, h("span", { className: "quiet" }, `${text("admin.answered")} `), message.answer_shown.slice(0, 300));
  return message.top_article && h("p", { className: "small" }, h("span", { className: "quiet" }, `${text("admin.nearest")} `), message.top_article.title);
}

function place(message) {
  return h("p", { className: "small quiet" }, when(message.created_at), " · ", h("a", { href: `#conversations/${encodeURIComponent(message.conversation_id)}` }, text("admin.see_conversation")));
}

/** One meaning and the messages that have it; a label goes to all that are ticked. */
class ClusterView {
  constructor(cluster, choice) {
    Object.assign(this, cluster, { choice });
    const [first] = cluster.messages;
    this.ticks = new Map(cluster.messages.map((message) => [message.message_id, h("input", { type: "checkbox", checked: true, "aria-label": message.text })]));
    this.done = h("div", { className: "tags", role: "status" });
    this.likelyNode = h("div", { className: "verdicts" });
    this.showLikely(cluster.likely);
    const many = cluster.messages.length > 1;
    this.node = h("article", { className: "card review", tabIndex: -1 },
      h("blockquote", { className: "said wrap", dir: "auto" }, cluster.says),
      many ? tags([text("admin.cluster_size", { count: cluster.messages.length, conversations: cluster.conversations }), "accent"], ...Object.entries(cluster.reasons).map(([reason, count]) => [`${named("review", reason)}: ${count}`, "warm"]),
        [cluster.frustration >= 0.5 && text("admin.frustration", { percent: percent(cluster.frustration) }), "alarm"]) : facts(first),
      many ? h("details", {}, h("summary", {}, text("admin.all_messages")), h("ul", { className: "cluster" }, ...cluster.messages.map((message) => h("li", {},
        h("label", { className: "wrap", dir: "auto" }, this.ticks.get(message.message_id), " ", message.text), facts(message), answered(message), place(message))))) : h("div", {}, answered(first), place(first)),
      this.likelyNode,
      this.labelling(), this.done);
    this.node.addEventListener("keydown", (event) => this.key(event));
  }

  /** Offer the labels the nearest known sentences speak for. */
  showLikely(likely) {
    this.likely = likely;
    this.likelyButtons = likely.map((one, number) => button(`${number + 1} · ${one.kind === "article" ? text("admin.labelled_article", { name: one.title }) : one.name}`, () => this.label(this.meaningOf(one)), "compact"));
    this.likelyNode.replaceChildren(...(likely.length ? [h("span", { className: "quiet small" }, text("admin.likely")), ...this.likelyButtons] : []));
  }

  meaningOf(one) {
    return one.kind === "article" ? { article_id: one.name } : { intent: one.name };
  }

  labelling() {
    const { intents, articleOf } = this.choice;
    this.intent = Object.assign(select(intents, ""), { ariaLabel: text("admin.intent") });
    this.article = h("input", { className: "field", "aria-label": text("admin.article"), placeholder: text("admin.choose_article"), autocomplete: "off" });
    this.article.setAttribute("list", "articles");
    const chosenArticle = () => {
      const found = articleOf(this.article.value.trim());
      if (!found) throw new Error(text("admin.no_such_article"));
      return this.label({ article_id: found });
    };
    return h("div", { className: "labelling" },
      h("form", { onsubmit: (event) => { event.preventDefault(); if (this.intent.value) working(event.submitter, () => this.label({ intent: this.intent.value })); } },
        this.intent, h("button", { className: "button" }, text("admin.label_intent"))),
      h("form", { onsubmit: (event) => { event.preventDefault(); working(event.submitter, async () => chosenArticle()); } },
        this.article, h("button", { className: "button" }, text("admin.label_article"))),
      h("div", { className: "verdicts" }, button(text("admin.new_intent_here"), () => this.choice.askIntent((fresh) => this.label({ new_intent: fresh })), "compact"),
        ...Object.entries(VERDICTS).map(([key, verdict]) => button(`${key} · ${text(`admin.verdict_${verdict}`)}`, () => this.label({ verdict }), "compact"))));
  }

  /** Label what is ticked; nothing that somebody else labelled meanwhile is written over. */
  async label(meaning) {
    const ids = this.messages.map((message) => message.message_id).filter((one) => this.ticks.get(one).checked);
    if (!ids.length) throw new Error(text("admin.nothing_ticked"));
    let undo;
    let told;
    if (this.messages.length === 1) {
      told = await post("/v1/labels", { message_id: ids[0], ...meaning, replaces: this.standing ?? null });
      this.standing = told.label_id;
      undo = `/v1/labels/${id(told.label_id)}`;
    } else {
      told = await post("/v1/labels/bulk", { message_ids: ids, ...meaning });
      undo = `/v1/labels/bulk/${id(told.batch)}`;
    }
    this.undo = () => call("DELETE", undo).then(({ standing }) => {
      this.standing = standing?.label_id ?? null;
      this.undo = null;
      this.done.replaceChildren(h("span", { className: "quiet small" }, text("admin.undone")));
      this.node.classList.remove("done");
    });
    const label = meaning.new_intent ? { intent: meaning.new_intent.name } : meaning;
    this.done.replaceChildren(h("span", { className: "tag good" }, labelText(label, this.choice.titles)),
      told.left_alone?.length ? h("span", { className: "tag warm" }, text("admin.left_alone", { count: told.left_alone.length })) : "",
      told.draft_id ? h("a", { className: "small", href: `#articles/${id(told.draft_id)}` }, text("admin.see_draft")) : "",
      button(text("admin.undo"), () => this.undo?.(), "compact"));
    this.node.classList.add("done");
  }

  /** One key labels, wherever in the card the focus is but in a field. */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=checkbox]), select, textarea")) return;
    const likely = this.likely[Number(event.key) - 1];
    const verdict = VERDICTS[event.key];
    if (event.key === "u" && this.undo) working(this.done.lastElementChild, this.undo);
    else if (likely) working(this.likelyButtons[Number(event.key) - 1], () => this.label(this.meaningOf(likely)));
    else if (verdict) working(this.done, () => this.label({ verdict }));
    else if (event.key === "i") this.intent.focus();
    else if (event.key === "a") this.article.focus();
    else if (event.key === "j" || event.key === "k") (event.key === "j" ? this.node.nextElementSibling : this.node.previousElementSibling)?.focus();
    else return;
    event.preventDefault();
  }
}

function intentForm(submit, sent) {
  const name = h("input", { className: "field", name: "name", pattern: "[a-z][a-z0-9_]*", required: true, placeholder: "change_address", autocomplete: "off" });
  const outcome = select(["search", "article", "form", "response", "hand_off"].map((one) => [one, text(`admin.outcome_${one}`)]), "search", { name: "outcome" });
  const target = h("input", { className: "field", name: "target", autocomplete: "off" });
  const description = h("input", { className: "field", name: "description", maxLength: 200 });
  return h("form", {
    className: "form", onsubmit: (event) => {
      event.preventDefault();
      working(event.submitter, async () => {
        await submit({ name: name.value.trim(), outcome: outcome.value, description: description.value.trim(), ...(target.value.trim() && { target: target.value.trim() }) });
        sent();
      });
    },
  }, labelled(text("admin.intent_name"), name), labelled(text("admin.outcome"), outcome), labelled(text("admin.target"), target), labelled(text("admin.description"), description),
  h("div", {}, h("button", { className: "button solid" }, text("admin.add"))));
}

/** Ask for a new intent and its outcome in a dialogue of its own. */
function askIntent(use) {
  const dialog = h("dialog", { className: "card", "aria-label": text("admin.new_intent") });
  dialog.append(h("h2", {}, text("admin.new_intent")), intentForm(use, () => dialog.close()), button(text("admin.cancel"), async () => dialog.close(), "compact"));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

export async function review() {
  const [{ clusters, messages, truncated }, { intents }, { articles }] = await Promise.all([get("/v1/review/clusters"), get("/v1/intents"), get("/v1/articles")]);
  const shared = { ...choices(intents, articles.filter((article) => article.state !== "draft")), askIntent };
  const views = new Map(clusters.map((cluster) => [cluster.messages[0].message_id, new ClusterView(cluster, shared)]));
  if (messages) {
    get("/v1/review/clusters?likely=true").then((again) => again.clusters.forEach((cluster) => views.get(cluster.messages[0].message_id)?.showLikely(cluster.likely))).catch(() => {}); // only a help
  }
  return [
    heading(text("admin.section_review"), text("admin.review_intro"), h("a", { className: "button solid", href: "#training" }, text("admin.go_train"))),
    shared.list,
    messages ? h("p", { className: "small quiet" }, text("admin.review_keys"), truncated ? ` ${text("admin.review_truncated", { count: messages })}` : "") : null,
    clusters.length ? h("div", { className: "stack" }, ...[...views.values()].map((view) => view.node)) : h("p", { className: "empty" }, text("admin.review_empty")),
    h("details", { className: "card fold" }, h("summary", {}, text("admin.new_intent")), intentForm((fresh) => post("/v1/intents", fresh), () => dispatchEvent(new HashChangeEvent("hashchange")))),
  ];
}
