// One message: what was said to it and why, beside what would be said today.

import { get, id } from "../../lib/api.js";
import { percent, when } from "../../lib/format.js";
import { h } from "../../lib/nodes.js";
import { named, text } from "../../lib/texts.js";
import { heading } from "../parts.js";
import { facts } from "./figures.js";

const chance = (share) => h("span", { className: "number" }, percent(share));

function searched(found) {
  if (!found) return [h("p", { className: "empty" }, text("insight.nothing_known"))];
  const [first, ...others] = found.suggestions;
  return [facts([text("insight.decision"), named("searched", found.decision)], [text("insight.sure"), chance(found.confidence), found.answer_cut_off === null ? text("insight.cut_off_gone") : text("insight.answers_from", { cut: percent(found.answer_cut_off) })],
    [text("insight.kb_version"), h("span", { className: "mono wrap" }, found.kb_version)], [text("insight.rules"), h("span", { className: "mono wrap" }, found.model_version)]),
  first ? h("blockquote", { className: "quoted wrap", dir: "auto" }, h("strong", {}, first.title), " ", chance(first.confidence), h("p", {}, first.answer)) : null,
  others.length ? h("p", { className: "quiet small" }, text("insight.also"), " ", others.map((one) => `${one.title} ${percent(one.confidence)}`).join(" · ")) : null];
}

function understood(read) {
  if (!read) return null;
  return facts([text("admin.intent"), read.intent ?? "–", percent(read.confidence)], read.cut_off > 0 && [text("insight.intent_cut_off"), chance(read.cut_off)], [text("insight.came_to"), named("outcomes", read.outcome ?? "–")],
    read.frustration !== null && [text("insight.frustration"), chance(read.frustration)], [text("insight.model"), h("span", { className: "mono wrap" }, read.model_version ?? "–")]);
}

function decided(decision) {
  if (!decision) return null;
  return h("div", {}, facts([text("insight.person"), named("decided", decision.decision)], [text("insight.hand_off_rules"), decision.rules_version]),
    decision.evidence.length ? h("ul", {}, ...decision.evidence.map((one) => h("li", {}, named("reasons", one.reason), " ", h("span", { className: "quiet number" }, [one.value, one.threshold === null ? "" : text("insight.threshold", { threshold: one.threshold })].join(" "))))) : null,
    decision.counterfactual ? h("p", { className: "quiet small" }, decision.counterfactual) : null);
}

function side(title, content, note) {
  const parts = [["insight.searched", searched(content.search)], ["insight.read_as", [understood(content.understood)]], ["insight.a_person", [decided(content.hand_off)]]];
  return h("section", { className: "card panel" }, h("h2", {}, title), note, ...parts.filter(([, nodes]) => nodes.some(Boolean)).flatMap(([label, nodes]) => [h("h3", {}, text(label)), ...nodes.filter(Boolean)]));
}

/** By which wordings search came to find the articles since, or ceased to. */
function relearnt(changes) {
  if (!changes.length) return null;
  return h("section", { className: "card panel" }, h("h2", {}, text("insight.relearnt")), h("ul", { className: "plain" }, ...changes.map((one) => h("li", { className: "wrap" },
    h("span", { className: `tag ${one.taught ? "good" : "warm"}` }, text(one.taught ? "insight.relearnt_taught" : "insight.relearnt_forgot")), " ", h("q", { dir: "auto" }, one.text), " ", h("a", { href: `#articles/${id(one.article_id)}` }, one.article_id),
    " ", h("span", { className: "quiet small" }, [when(one.at), one.by].filter(Boolean).join(" · "))))));
}

export async function past(messageId) {
  const seen = await get(`/v1/insight/messages/${id(messageId)}`);
  const same = seen.same === null ? null : h("p", { className: `note ${seen.same ? "" : "warm"}` }, text(seen.same ? "insight.says_the_same" : "insight.says_otherwise"));
  return [h("a", { href: `#conversations/${id(seen.conversation_id)}`, className: "small" }, text("admin.see_conversation")),
    heading(text("insight.past"), ""), h("section", { className: "card panel" }, h("blockquote", { className: "said wrap", dir: "auto" }, seen.text), h("p", { className: "quiet small" }, when(seen.at)),
      ...seen.said.map((line) => h("div", { className: "answered" }, h("span", { className: "quiet small" }, text("insight.bot_said")), h("p", { className: "wrap", dir: "auto" }, line))),
      ...seen.not_said.map((line) => h("div", { className: "answered" }, h("span", { className: "quiet small" }, text("insight.bot_kept")), h("p", { className: "wrap", dir: "auto" }, line)))),
    seen.notes.length ? h("ul", { className: "note warm notes" }, ...seen.notes.map((note) => h("li", { className: "wrap" }, note))) : null,
    h("div", { className: "panels" }, side(text("insight.then", { when: when(seen.at) }), seen.then, same), side(text("insight.today"), seen.now)), relearnt(seen.relearnt)];
}
