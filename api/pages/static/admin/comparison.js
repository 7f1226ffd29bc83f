// A candidate beside the serving model: what speaks against it, what changed, whose corrections it learnt.

import { post } from "../lib/api.js";
import { percent } from "../lib/format.js";
import { h } from "../lib/nodes.js";
import { named, text } from "../lib/texts.js";
import { button, table } from "./parts.js";

export function percentFine(share) {
  return typeof share === "number" ? `${(100 * share).toFixed(1)} %` : "–";
}

function fold(title, count, kind, content) {
  return count ? h("details", {}, h("summary", {}, title, " ", h("span", { className: `tag ${kind} number` }, String(count))), content) : null;
}

const said = (words) => h("span", { className: "wrap", dir: "auto" }, words);

function changes(title, list, kind) {
  return fold(title, list.length, kind, table(title, [text("admin.message"), text("admin.meant"), text("admin.before"), text("admin.now")],
    list.map((one) => [said(one.text), one.label, one.was, one.now])));
}

function figure(title, value, note) {
  return h("div", {}, h("span", { className: "quiet small" }, title), h("strong", { className: "figure number" }, value), note && h("span", { className: "quiet small" }, note));
}

/** What else was measured, one line each. */
function checks({ answers, golden, dialogues, cross_validation: crossed, frustration: feelings }) {
  const lines = [];
  if (answers) lines.push([text("admin.check_answers"), percentFine(answers.current?.accuracy), percentFine(answers.candidate?.accuracy), text("admin.cases", { count: answers.cases })]);
  if (golden?.cases) lines.push([text("admin.check_golden"), "", `${golden.cases - golden.wrong.length} / ${golden.cases}`, golden.wrong.map((one) => `“${one.text}” → ${one.now}`).join("; ")]);
  if (dialogues?.cases) lines.push([text("admin.check_dialogues"), "", dialogues.problem ? "–" : `${dialogues.cases - dialogues.lost.length - dialogues.wrong_before.length} / ${dialogues.cases}`, dialogues.problem]);
  const told = [["admin.check_crossed", crossed], ["admin.check_upset", feelings?.upset], ["admin.check_calm", feelings?.calm]];
  for (const [title, share] of told) {
    if (share?.candidate) lines.push([text(title), percentFine(share.current?.accuracy), percentFine(share.candidate.accuracy), text("admin.left_out", { count: share.candidate.examples })]);
  }
  return lines.length ? table(text("admin.checks"), [text("admin.check"), text("admin.current"), text("admin.candidate"), text("admin.note")], lines) : null;
}

function blamed(list) {
  return fold(text("admin.suspects"), list.length, "alarm", table(text("admin.suspects"), [text("admin.message"), text("admin.labelled_as"), text("admin.broke")],
    list.map((one) => [said(one.text), one.label, said(one.broke.join("; "))])));
}

/** What came of a line, or should have: one fact a line. */
export function cameOf(came) {
  const word = (name, value) => typeof value === "boolean" ? text(value ? "admin.yes" : "admin.no") : ["outcome", "asks"].includes(name) ? named("outcomes", value) : value;
  return h("div", {}, ...Object.entries(came).map(([name, value]) => h("div", { className: "small" }, h("span", { className: "quiet" }, named("came", name)), " ", word(name, value))));
}

/** Golden dialogues that go wrong, each with the line at which it does. */
function astray(title, list, kind) {
  return fold(title, list.length, kind, table(title, [text("admin.dialogue"), text("admin.message"), text("admin.expected"), text("admin.came")],
    list.map((one) => [said(one.dialogue), said(`${one.line}. ${one.text}`), cameOf(one.expected), cameOf(one.came)])));
}

function receipts({ corrections, right, wrong, broken, people, open }) {
  if (!corrections) return null;
  return h("section", {}, h("h3", {}, text("admin.receipts")),
    h("p", {}, text("admin.receipts_line", { corrections, right, wrong, broken })),
    table(text("admin.receipts"), [text("admin.person"), text("admin.corrections"), text("admin.became_right"), text("admin.became_wrong"), text("admin.became_broken")],
      people.map((one) => [h("bdi", {}, one.name), ...[one.corrections, one.right, one.wrong, one.broken].map(String)])),
    fold(text("admin.receipts_open"), open.length, "warm", table(text("admin.receipts_open"), [text("admin.meant"), text("admin.now"), text("admin.state"), text("admin.person")],
      open.map((one) => [one.meant, one.now, text(`admin.became_${one.became}`), h("bdi", {}, one.by)]))));
}

function got({ intent, outcome, gets, answer }) {
  return h("div", {}, h("strong", {}, outcome === "search" ? gets ?? text("admin.no_article") : intent), h("div", { className: "small quiet wrap", dir: "auto" }, outcome === "search" ? answer ?? "" : `${named("outcomes", outcome)} ${gets ?? ""}`));
}

/** Real questions of the last days, side by side. */
function replayed({ messages, changed, hand_offs: handOffs, shown }) {
  if (!messages) return null;
  return h("section", {}, h("h3", {}, text("admin.replay")),
    h("p", {}, text("admin.replay_line", { messages, changed }), " ", text("admin.replay_hand_offs", handOffs)),
    fold(text("admin.replay_changed"), shown.length, "accent", table(text("admin.replay_changed"), [text("admin.message"), text("admin.before"), text("admin.now")],
      shown.map((one) => [h("a", { href: `#conversations/${encodeURIComponent(one.conversation_id)}`, className: "wrap", dir: "auto" }, one.text), got(one.before), got(one.after)]))));
}

export function comparison(measured) {
  const { cases, current, candidate, fixed = [], broken = [], gate } = measured;
  return h("section", { className: "card compare" },
    h("h2", {}, text("admin.comparison", { cases })),
    h("div", { className: "pair" }, figure(text("admin.current"), current ? percentFine(current.accuracy) : "–"), figure(text("admin.candidate"), percentFine(candidate?.accuracy))),
    gate && h("div", { className: gate.passed ? "note" : "note alarm" }, text(gate.passed ? "admin.gate_passed" : "admin.gate_refused"),
      gate.reasons?.length ? h("ul", {}, ...gate.reasons.map((reason) => h("li", { className: "wrap", dir: "auto" }, reason))) : null),
    blamed(measured.suspects ?? []), checks(measured),
    astray(text("admin.dialogues_lost"), measured.dialogues?.lost ?? [], "alarm"), astray(text("admin.dialogues_wrong_before"), measured.dialogues?.wrong_before ?? [], "warm"),
    changes(text("admin.fixed"), fixed, "good"), changes(text("admin.broken"), broken, "alarm"),
    measured.receipts && receipts(measured.receipts), measured.replay && replayed(measured.replay));
}

/** The two ways out of a doubtful label; the next training follows. */
function correction({ text: example, label, predicted }) {
  const acts = h("div", { className: "acts" });
  const correct = (to) => post("/v1/training-examples/correct", { text: example, intent: label, to })
    .then(() => acts.replaceChildren(h("span", { className: "tag good" }, to ?? text("admin.taken_out"))));
  acts.append(button(text("admin.make_it", { intent: predicted }), () => correct(predicted), "compact"), button(text("admin.take_out"), () => correct(null), "compact"));
  return acts;
}

/** What a training tells of itself: how often it was right about what it had not seen, and labels it doubts. */
export function trainingReport({ cross_validation: crossed, suspects = [], confusions = [] }, address) {
  return h("section", { className: "card compare" }, h("h2", {}, text("admin.report")), h("p", {}, h("a", { href: address, target: "_blank", rel: "noopener" }, text("admin.whole_report"))),
    crossed && h("p", {}, text("admin.report_crossed", { percent: percentFine(crossed.accuracy), examples: crossed.examples, folds: crossed.folds })),
    suspects.length ? table(text("admin.doubtful"), [text("admin.message"), text("admin.labelled_as"), text("admin.taken_for"), text("admin.confidence"), ""],
      suspects.slice(0, 50).map((one) => [said(one.text), one.label, one.predicted, percent(one.confidence), correction(one)])) : h("p", { className: "empty" }, text("admin.no_doubts")),
    confusions.length ? table(text("admin.confusions"), [text("admin.meant"), text("admin.taken_for"), text("admin.times")],
      confusions.slice(0, 20).map((one) => [one.label, one.predicted, String(one.count ?? one.times ?? "")])) : null);
}
