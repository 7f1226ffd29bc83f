// What the conversations show: a period at a glance, gaps, recurring problems, exports, and one message then and now.

import { h } from "../lib/nodes.js";
import { text } from "../lib/texts.js";
import { behind } from "./insight/behind.js";
import { exports } from "./insight/exports.js";
import { gaps } from "./insight/gaps.js";
import { overview } from "./insight/overview.js";
import { past } from "./insight/past.js";
import { problems } from "./insight/problems.js";

const views = { overview, gaps, problems, exports };

function tabs(chosen) {
  return h("nav", { className: "views", "aria-label": text("insight.views") }, ...Object.keys(views).map((name) =>
    h("a", { href: `#insight/${name}`, "aria-current": name === chosen ? "page" : "false" }, text(`insight.view_${name}`))));
}

/** `#insight/behind/solved/2026-04-01/2026-04-28` leads to what a figure counts, everything else to a view. */
export async function insight(name, signal, [, ...rest] = []) {
  if (name === "behind") return behind(...rest);
  if (name === "message") return past(...rest);
  const view = views[name] ? name : "overview";
  return [tabs(view), ...await views[view](...rest)];
}
