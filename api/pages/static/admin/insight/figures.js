// Figures as people read them; each leads to what it counts.

import { id } from "../../lib/api.js";
import { h } from "../../lib/nodes.js";
import { text } from "../../lib/texts.js";

export const plain = (number) => number.toLocaleString("en-GB");

export function percentFine(share) {
  return typeof share === "number" ? `${Number((100 * share).toFixed(share < 0.1 ? 1 : 0))}\u00a0%` : "–";
}

/** 45 s, 12 min, 1.4 h, 3.2 d. */
export function duration(seconds) {
  if (typeof seconds !== "number") return "–";
  if (seconds < 90) return text("insight.s", { n: Math.round(seconds) });
  if (seconds < 5400) return text("insight.min", { n: Math.round(seconds / 60) });
  return seconds < 172_800 ? text("insight.h", { n: (seconds / 3600).toFixed(1) }) : text("insight.d", { n: (seconds / 86_400).toFixed(1) });
}

export function day(iso) {
  return new Date(`${iso}T12:00:00`).toLocaleDateString("en-GB", { day: "numeric", month: "short" });
}

/** The address of what a figure counts in a period. */
export function whereBehind(name, { first, last }) {
  return `#insight/behind/${id(name)}/${first}/${last}`;
}

/** A number one can follow; a zero leads nowhere. */
export function linked(words, name, count, period, props = {}) {
  return count ? h("a", { className: "number follow", href: whereBehind(name, period), ...props }, words) : h("span", { className: "number" }, words);
}

export function count(figure, period) {
  return linked(plain(figure.count), figure.name, figure.count, period);
}

/** How a share moved since the period before, in points; coloured where chance alone does not explain it. */
export function change({ share, share_before: before, low, high }, good = 1) {
  if (typeof share !== "number" || typeof before !== "number") return null;
  const points = Math.round(100 * (share - before));
  const kind = before >= low && before <= high ? "quiet" : Math.sign(points) === good ? "better" : "worse";
  return h("span", { className: `small ${kind}` }, text(points === 0 ? "insight.as_before" : points > 0 ? "insight.points_up" : "insight.points_down", { points: Math.abs(points) }));
}

export function interval(figure) {
  return typeof figure.low === "number" ? text("insight.interval", { low: percentFine(figure.low), high: percentFine(figure.high) }) : "";
}

/** One bar in parts, each a link with its words below. */
export function stacked(parts, period, label) {
  const shown = parts.filter(({ figure }) => figure.count);
  const bar = h("div", { className: "stacked", "aria-hidden": "true" }, ...shown.map(({ figure, kind }) => {
    const part = h("span", { className: kind });
    part.style.flexGrow = figure.count;
    return part;
  }));
  return h("figure", { className: "parted", "aria-label": label }, bar,
    h("ul", { className: "legend" }, ...parts.map(({ figure, kind, words }) => h("li", {}, h("span", { className: `swatch ${kind}`, "aria-hidden": "true" }),
      count(figure, period), h("span", {}, words), h("span", { className: "quiet small number" }, figure.share === null ? "" : percentFine(figure.share))))));
}

export function card(title, ...content) {
  return h("section", { className: "card panel" }, h("h2", {}, title), ...content);
}

/** A card across the page. */
export function wide(title, ...content) {
  const node = card(title, ...content);
  node.classList.add("wide");
  return node;
}

/** Facts in two columns: words and a number. */
export function facts(...rows) {
  return h("dl", { className: "facts" }, ...rows.filter(Boolean).map(([words, number, note]) => h("div", {}, h("dt", {}, words), h("dd", {}, number, note ? h("span", { className: "quiet small" }, note) : null))));
}
