// Everything that is stored of conversations, to take along.

import { h } from "../../lib/nodes.js";
import { named, text } from "../../lib/texts.js";
import { heading, labelled, select } from "../parts.js";

const FORMS = ["conversations.csv", "messages.csv", "conversations.jsonl"];
const OWNERS = ["", "bot", "queue", "agent", "closed"];
const REASONS = ["", "customer_button", "request_person", "accepted_offer", "anger_again", "failed_turns", "complaint", "bot_unavailable", "safety_problem", "legal_threat"];

export async function exports() {
  const today = new Date().toISOString().slice(0, 10);
  const ago = new Date(Date.now() - 27 * 86_400_000).toISOString().slice(0, 10);
  const first = h("input", { className: "field", type: "date", value: ago, required: true });
  const last = h("input", { className: "field", type: "date", value: today, required: true });
  const form = select(FORMS.map((one) => [one, text(`insight.form_${one.replace(".", "_")}`)]), FORMS[0]);
  const owner = select(OWNERS.map((one) => [one, one ? named("owners", one) : text("admin.any")]), "");
  const reason = select(REASONS.map((one) => [one, one ? named("reasons", one) : text("admin.any")]), "");
  const whole = h("input", { type: "checkbox" });
  const fetchIt = (event) => {
    event.preventDefault();
    const query = new URLSearchParams({ first: first.value, last: last.value, masked: String(!whole.checked) });
    if (owner.value) query.set("owner", owner.value);
    if (reason.value) query.set("reason", reason.value);
    location.assign(`/v1/insight/exports/${form.value}?${query}`);
  };
  return [heading(text("insight.view_exports"), text("insight.exports_intro")),
    h("form", { className: "card panel form narrow", onsubmit: fetchIt }, labelled(text("insight.form"), form),
      h("div", { className: "two" }, labelled(text("insight.first"), first), labelled(text("insight.last"), last), labelled(text("admin.state"), owner), labelled(text("insight.reason"), reason)),
      h("label", { className: "tick" }, whole, h("span", {}, text("insight.whole"), h("span", { className: "quiet small" }, text("insight.whole_note")))),
      h("div", { className: "acts" }, h("button", { className: "button solid" }, text("insight.fetch"))))];
}
