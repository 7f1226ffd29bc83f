// What a figure counts: every conversation of it, with the message that counted.

import { get, id } from "../../lib/api.js";
import { when } from "../../lib/format.js";
import { h } from "../../lib/nodes.js";
import { named, text } from "../../lib/texts.js";
import { button, heading, table, tags } from "../parts.js";
import { day, duration, plain } from "./figures.js";

const SECONDS = ["first_reply", "waits", "left", "person_reply", "handled"];

function measured(name, value) {
  if (value === null) return "";
  if (SECONDS.includes(name)) return duration(value);
  return name.startsWith("rated") ? text("admin.stars", { stars: value }) : value.toFixed(2);
}

function rowOf(name, { conversation, message_id: messageId, text: said, at, value }) {
  return [h("a", { href: `#conversations/${id(conversation.conversation_id)}` }, h("bdi", {}, conversation.customer?.name || conversation.customer?.email || text("desk.guest"))),
    h("span", { className: "clamp", dir: "auto" }, said ?? conversation.last_message ?? ""),
    tags([named("owners", conversation.owner)], [conversation.hand_off && text("admin.handed_off"), "warm"], [conversation.stars && text("admin.stars", { stars: conversation.stars })]),
    h("span", { className: "number" }, measured(name, value)), h("span", { className: "number" }, when(at ?? conversation.created_at))];
}

export async function behind(name, first, last) {
  const shown = h("div", {});
  const more = h("div", {});
  const rows = [];
  const load = async (after) => {
    const page = await get(`/v1/insight/conversations?${new URLSearchParams({ figure: name, first, last, after })}`);
    rows.push(...page.rows);
    shown.replaceChildren(table(page.words, [text("admin.customer"), text("admin.message"), text("admin.state"), text("insight.measured"), text("insight.at")], rows.map((row) => rowOf(name, row))));
    more.replaceChildren(...(page.next_after ? [button(text("admin.more"), () => load(page.next_after))] : []));
    return page;
  };
  const page = await load(0);
  return [h("a", { href: `#insight/overview/${first}/${last}`, className: "small" }, text("insight.back")),
    heading(page.words, text("insight.counted", { count: plain(page.count), first: day(first), last: day(last) })), shown, more];
}
