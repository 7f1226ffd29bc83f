// What recurs, rising ones first; the same as a report for the product team.

import { get, id } from "../../lib/api.js";
import { h } from "../../lib/nodes.js";
import { text } from "../../lib/texts.js";
import { heading, table, tags } from "../parts.js";
import { day } from "./figures.js";

function card(one) {
  return h("article", { className: "card panel problem" },
    h("div", {}, h("h3", { className: "wrap", dir: "auto" }, one.title),
      tags([one.rising && one.words, "warm"], [text(`insight.kind_${one.kind}`)]),
      h("p", { className: "quiet small" }, text("insight.problem_line", { last: one.last, usual: one.usual.toFixed(1), handed: one.handed_over, unhappy: one.unhappy })),
      ...one.examples.map((example) => h("blockquote", { className: "quoted wrap", dir: "auto" }, example)),
      h("details", {}, h("summary", {}, text("insight.last_week_chats")), h("p", { className: "tags" }, ...one.conversation_ids.map((chat, number) => h("a", { href: `#conversations/${id(chat)}` }, text("insight.chat_number", { number: number + 1 })))))),
    h("img", { src: one.plot, alt: text("insight.weeks_alt", { title: one.title, counts: one.weeks.join(", ") }), width: 300, height: 104, loading: "lazy" }));
}

export async function problems() {
  const seen = await get("/v1/insight/problems");
  const last = `last=${seen.period.last}`;
  return [heading(text("insight.view_problems"), text("insight.problems_intro", { first: day(seen.weeks.at(-1).first), last: day(seen.period.last), weeks: seen.weeks.length - 1 }),
    h("a", { className: "button", href: `/v1/insight/problems/report.html?${last}`, target: "_blank", rel: "noopener" }, text("insight.report_now")), h("a", { className: "button", href: `/v1/insight/problems/report.csv?${last}`, download: "" }, "CSV")),
  h("div", { className: "stack" }, ...seen.problems.map(card), seen.problems.length ? null : h("p", { className: "empty" }, text("insight.no_problems"))),
  h("section", { className: "stack" }, h("h2", {}, text("insight.weekly_reports")), h("p", { className: "quiet small" }, text("insight.weekly_intro")),
    table(text("insight.weekly_reports"), [text("insight.week_to"), ""], seen.reports.map((one) => [day(one.last), h("div", { className: "acts" }, h("a", { href: one.html, target: "_blank", rel: "noopener" }, text("insight.read")), h("a", { href: one.csv, download: "" }, "CSV"))])))];
}
