// Which days are shown: so many up to today, or from one day to another.

import { h } from "../../lib/nodes.js";
import { text } from "../../lib/texts.js";
import { labelled, select } from "../parts.js";

const CHOICES = ["7", "28", "91", "364"];

/** What the address says: `28`, or two dates; four weeks when it says nothing. */
export function asked(rest) {
  const [first, last] = rest;
  if (last) return { query: new URLSearchParams({ first, last }), chosen: "", first, last };
  const days = CHOICES.includes(first) ? first : "28";
  return { query: new URLSearchParams({ days }), chosen: days };
}

/** The form that leads to another period of the same view. */
export function chooser(view, { chosen }, period) {
  const days = select([...CHOICES.map((one) => [one, text(`insight.days_${one}`)]), ["", text("insight.from_to")]], chosen);
  const first = h("input", { className: "field", type: "date", value: period.first, required: true });
  const last = h("input", { className: "field", type: "date", value: period.last, required: true });
  const dates = h("div", { className: "dates", hidden: chosen !== "" }, labelled(text("insight.first"), first), labelled(text("insight.last"), last), h("button", { className: "button" }, text("admin.show")));
  days.addEventListener("change", () => {
    dates.hidden = days.value !== "";
    if (days.value) location.hash = `#insight/${view}/${days.value}`;
    else first.focus();
  });
  return h("form", { className: "period", onsubmit: (event) => { event.preventDefault(); location.hash = `#insight/${view}/${first.value}/${last.value}`; } },
    labelled(text("insight.period"), days), dates);
}
