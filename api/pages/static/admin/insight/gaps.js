// What nothing answered, with agents' real answers; what a draft would answer by replay, and what it did.

import { get, id, post } from "../../lib/api.js";
import { when } from "../../lib/format.js";
import { h } from "../../lib/nodes.js";
import { text } from "../../lib/texts.js";
import { button, heading, table, tags } from "../parts.js";
import { day, percentFine } from "./figures.js";
import { asked, chooser } from "./period.js";

const chat = (conversationId, words) => h("a", { href: `#conversations/${id(conversationId)}` }, words);

/** A gap becomes a draft by the label the review gives it; a draft is tried on the period's questions. */
function acts(gap, days, draw) {
  if (gap.draft_id) {
    return [h("a", { className: "button", href: `#articles/${id(gap.draft_id)}` }, text("admin.see_draft")),
      button(text("insight.try_draft"), () => post("/v1/insight/payoffs", { article_id: gap.draft_id, days }).then(draw))];
  }
  return [gap.answers.length ? button(text("insight.make_draft"), () => post("/v1/labels/bulk", { message_ids: gap.message_ids, verdict: "missing" }).then(draw))
    : h("a", { className: "button", href: "#articles" }, text("insight.write_article"))];
}

function gapCard(gap, days, draw) {
  return h("article", { className: "card panel" }, h("blockquote", { className: "said wrap", dir: "auto" }, gap.says),
    tags([gap.message_ids.length > 1 && text("admin.cluster_size", { count: gap.message_ids.length, conversations: gap.conversations }), "accent"], [gap.frustration >= 0.6 && text("insight.unhappy_some"), "alarm"]),
    ...gap.answers.slice(0, 1).map((answer) => h("div", { className: "answered" }, h("span", { className: "quiet small" }, text("insight.agent_answered"), " ", chat(answer.conversation_id, text("admin.see_conversation"))), h("p", { className: "wrap", dir: "auto" }, answer.text))),
    h("details", {}, h("summary", {}, text("insight.all_questions")), h("ul", { className: "cluster" }, ...gap.messages.map((one) => h("li", {}, h("span", { className: "wrap", dir: "auto" }, one.text), h("span", { className: "small" }, chat(one.conversation_id, when(one.at))))))),
    h("div", { className: "acts" }, ...acts(gap, days, draw)));
}

function predicted({ state, progress, problem, predicted: found }) {
  if (found) return text("insight.predicted_line", { gained: found.gained, questions: found.questions, stolen: found.stolen, own: found.own, first: day(found.first), last: day(found.last) });
  return state === "failed" ? h("span", { className: "mistake" }, problem ?? "") : text("insight.predicting", { percent: percentFine(progress) });
}

function real({ real: found }) {
  if (!found) return text("insight.not_published");
  return text(found.settled ? "insight.real_line" : "insight.real_so_far", { answered: found.answered, predicted: found.predicted.toFixed(1), rejected: found.rejected, day: Math.floor(found.days) });
}

function tried(payoffs) {
  if (!payoffs.length) return null;
  return h("section", { className: "stack" }, h("h2", {}, text("insight.payoffs")), table(text("insight.payoffs"), [text("admin.article"), text("insight.predicted"), text("insight.real")],
    payoffs.map((one) => [h("a", { href: `#articles/${id(one.article_id)}` }, one.title), predicted(one), real(one)])));
}

export async function gaps(...rest) {
  const where = asked(rest);
  const shown = h("div", { className: "stack" });
  const draw = async () => {
    const [seen, { payoffs }] = await Promise.all([get(`/v1/insight/gaps?${where.query}`), get("/v1/insight/payoffs")]);
    shown.replaceChildren(...[tried(payoffs), h("h2", {}, text("insight.unanswered", { count: seen.gaps.length })), ...seen.gaps.map((gap) => gapCard(gap, seen.period.days, draw)),
      seen.gaps.length ? null : h("p", { className: "empty" }, text("insight.no_gaps"))].filter(Boolean));
    return seen.period;
  };
  const period = await draw();
  return [heading(text("insight.view_gaps"), text("insight.gaps_intro"), chooser("gaps", where, period)), shown];
}
