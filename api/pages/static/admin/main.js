// The administration: one section at a time, named in the fragment.

import { h } from "../lib/nodes.js";
import { logOut, loggedIn } from "../lib/login.js";
import { text } from "../lib/texts.js";
import { articles } from "./articles.js";
import { audit } from "./audit.js";
import { conversations } from "./conversations.js";
import { data } from "./data.js";
import { desk } from "./desk.js";
import { health } from "./health.js";
import { insight } from "./insight.js";
import { people } from "./people.js";
import { privacy } from "./privacy.js";
import { review } from "./review.js";
import { training } from "./training.js";
import { webhooks } from "./webhooks.js";

const sections = { review, training, insight, conversations, articles, data, desk, people, webhooks, privacy, audit, health };
const page = document.getElementById("page");
const me = await loggedIn(page, "admin");
const main = h("main", { id: "main", tabIndex: -1 });
const links = Object.keys(sections).map((name) => h("a", { href: `#${name}` }, text(`admin.section_${name}`)));

page.replaceChildren(
  h("a", { className: "skip unseen", href: "#main" }, text("admin.skip")),
  h("header", { className: "side" },
    h("a", { className: "mark", href: "/admin" }, h("img", { src: "/static/art/mark.svg", alt: "" }), text("admin.name")),
    h("nav", { "aria-label": text("admin.sections") }, ...links),
    h("div", { className: "side-foot small" }, h("bdi", {}, me.name), h("a", { href: "/desk" }, text("admin.desk")),
      h("button", { type: "button", className: "button compact", onclick: logOut }, text("common.log_out")))),
  main);

let leave = () => {};

/** Show the section of the fragment; `#articles/returns` hands "returns" to it. */
async function route() {
  leave();
  const [name, ...rest] = location.hash.slice(1).split("/").map(decodeURIComponent);
  const section = sections[name] ? name : "review";
  links.forEach((link) => link.setAttribute("aria-current", link.hash === `#${section}` ? "page" : "false"));
  document.title = `${text(`admin.section_${section}`)} · ${text("admin.title")}`;
  const content = h("div", { className: "content" }, h("p", { className: "quiet", role: "status" }, text("admin.loading")));
  main.replaceChildren(content);
  const signal = new AbortController();
  leave = () => signal.abort();
  try {
    const parts = await sections[section](rest[0], signal.signal, rest);
    if (!signal.signal.aborted) content.replaceChildren(...parts.filter(Boolean));
  } catch (problem) {
    content.replaceChildren(h("p", { className: "note alarm", role: "alert" }, problem.message || text("common.unreachable")),
      h("button", { type: "button", className: "button", onclick: route }, text("admin.again")));
  }
}

addEventListener("hashchange", () => route().then(() => main.focus({ preventScroll: true })));
await route();
