// Small plots, drawn by the server; each with its numbers for those who want them, or cannot see it.

import { h } from "../../lib/nodes.js";
import { text } from "../../lib/texts.js";
import { day, duration, linked, percentFine, plain } from "./figures.js";

function value(unit, point) {
  if (point.value === null) return "–";
  return { count: plain(point.value), share: percentFine(point.value), seconds: duration(point.value), stars: point.value.toFixed(1) }[unit];
}

function trend(one) {
  const rows = one.points.map((point) => h("tr", {}, h("th", { scope: "row" }, point.first === point.last ? day(point.first) : text("insight.to", { first: day(point.first), last: day(point.last) })),
    h("td", { className: "number" }, linked(value(one.unit, point), one.figure, point.count, point))));
  return h("section", { className: "card panel trend" }, h("h3", {}, text(`insight.trend_${one.name}`)), h("img", { src: one.url, alt: one.says, width: 300, height: 104, loading: "lazy" }),
    h("details", {}, h("summary", {}, text("insight.numbers")), h("table", { className: "table" }, h("caption", { className: "unseen" }, text(`insight.trend_${one.name}`)), h("tbody", {}, ...rows))));
}

export function trends({ trends: all }) {
  return h("section", { className: "stack" }, h("h2", {}, text("insight.over_time")), h("p", { className: "quiet small" }, text("insight.over_time_intro")), h("div", { className: "trends" }, ...all.map(trend)));
}
