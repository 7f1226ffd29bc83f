// Real messages worth a look. A label is a training example, one of an article's questions, or a verdict.

import { get, post } from "../lib/api.js";
import { percent, when } from "../lib/format.js";
import { h } from "../lib/nodes.js";
import { named, text } from "../lib/texts.js";
import { button, heading, labelled, select, tags, working } from "./parts.js";

const VERDICTS = ["right", "wrong", "not_for_us", "skip"];

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

function card(message, { titles, intents, articleOf }) {
  const done = h("div", { className: "tags", role: "status" });
  const showLabels = (labels) => done.replaceChildren(...labels.map((label) => h("span", { className: "tag good" }, labelText(label, titles))));
  showLabels(message.labels);
  const label = async (meaning) => {
    const stored = await post("/v1/labels", { message_id: message.message_id, ...meaning });
    message.labels = [...message.labels, { ...meaning, ...stored }];
    showLabels(message.labels);
    node.classList.add("done");
  };
  const intent = select(intents, "");
  const article = h("input", { className: "field", "aria-label": text("admin.article"), placeholder: text("admin.choose_article"), autocomplete: "off" });
  article.setAttribute("list", "articles");
  const chosenArticle = () => {
    const found = articleOf(article.value.trim());
    if (!found) throw new Error(text("admin.no_such_article"));
    return label({ article_id: found });
  };
  const node = h("article", { className: "card review" },
    h("blockquote", { className: "said wrap", dir: "auto" }, message.text),
    tags(...(message.reasons ?? [message.reason]).map((reason) => [named("review", reason), "warm"]),
      [message.intent && `${message.intent} ${percent(message.confidence)}`], [message.search_confidence !== null && text("admin.search_chance", { percent: percent(message.search_confidence) })],
      [message.frustration >= 0.5 && text("admin.frustration", { percent: percent(message.frustration) }), "alarm"]),
    message.answer_shown ? h("p", { className: "small wrap", dir: "auto" }, h("span", { className: "quiet" }, `${text("admin.answered")} `), message.answer_shown.slice(0, 300))
      : message.top_article && h("p", { className: "small" }, h("span", { className: "quiet" }, `${text("admin.nearest")} `), message.top_article.title),
    h("p", { className: "small quiet" }, when(message.created_at), " · ", h("a", { href: `#conversations/${encodeURIComponent(message.conversation_id)}` }, text("admin.see_conversation"))),
    h("div", { className: "labelling" },
      h("form", { onsubmit: (event) => { event.preventDefault(); if (intent.value) working(event.submitter, () => label({ intent: intent.value })); } },
        h("span", { className: "unseen" }, text("admin.intent")), Object.assign(intent, { ariaLabel: text("admin.intent") }), h("button", { className: "button" }, text("admin.label_intent"))),
      h("form", { onsubmit: (event) => { event.preventDefault(); working(event.submitter, async () => chosenArticle()); } },
        article, h("button", { className: "button" }, text("admin.label_article"))),
      h("div", { className: "verdicts" }, ...VERDICTS.map((verdict) => button(text(`admin.verdict_${verdict}`), () => label({ verdict }), "compact")))),
    done);
  if (message.labels.length) node.classList.add("done");
  return node;
}

function newIntent(refresh) {
  const name = h("input", { className: "field", name: "name", pattern: "[a-z][a-z0-9_]*", required: true, placeholder: "change_address", autocomplete: "off" });
  const outcome = select(["search", "article", "form", "response", "hand_off"].map((one) => [one, text(`admin.outcome_${one}`)]), "search", { name: "outcome" });
  const target = h("input", { className: "field", name: "target", autocomplete: "off" });
  const description = h("input", { className: "field", name: "description", maxLength: 200 });
  return h("details", { className: "card fold" }, h("summary", {}, text("admin.new_intent")),
    h("form", {
      className: "form", onsubmit: (event) => {
        event.preventDefault();
        working(event.submitter, async () => {
          await post("/v1/intents", { name: name.value.trim(), outcome: outcome.value, description: description.value.trim(), ...(target.value.trim() && { target: target.value.trim() }) });
          refresh();
        });
      },
    }, labelled(text("admin.intent_name"), name), labelled(text("admin.outcome"), outcome), labelled(text("admin.target"), target), labelled(text("admin.description"), description),
    h("div", {}, h("button", { className: "button solid" }, text("admin.add")))));
}

export async function review() {
  const [{ messages }, { intents }, { articles }] = await Promise.all([get("/v1/review"), get("/v1/intents"), get("/v1/articles")]);
  const shared = choices(intents, articles);
  return [
    heading(text("admin.section_review"), text("admin.review_intro"), h("a", { className: "button solid", href: "#training" }, text("admin.go_train"))),
    shared.list,
    messages.length ? h("div", { className: "stack" }, ...messages.map((message) => card(message, shared))) : h("p", { className: "empty" }, text("admin.review_empty")),
    newIntent(() => dispatchEvent(new HashChangeEvent("hashchange"))),
  ];
}
