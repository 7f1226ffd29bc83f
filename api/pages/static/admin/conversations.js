// Every conversation, with filters; one of them with what the bot made of each message.

import { get, id, post } from "../lib/api.js";
import { percent, when } from "../lib/format.js";
import { h, prose } from "../lib/nodes.js";
import { named, text } from "../lib/texts.js";
import { button, heading, labelled, select, table, tags, working } from "./parts.js";

const OWNERS = ["", "bot", "queue", "agent", "closed"];

function who(customer) { return customer?.name || customer?.email || text("desk.guest"); }

function rowOf(row) {
  return [
    h("a", { href: `#conversations/${id(row.conversation_id)}` }, h("bdi", {}, who(row.customer))),
    h("span", { className: "clamp", dir: "auto" }, row.last_message ?? ""),
    tags([named("owners", row.owner)], [row.hand_off && text("admin.handed_off"), "warm"]),
    row.agent?.name ?? "", row.stars ? text("admin.stars", { stars: row.stars }) : "", h("span", { className: "number" }, when(row.last_at))];
}

async function list() {
  const words = h("input", { className: "field", type: "search", name: "q", maxLength: 200 });
  const owner = select(OWNERS.map((one) => [one, one ? named("owners", one) : text("admin.any")]), "");
  const handOff = select([["", text("admin.any")], ["true", text("admin.yes")], ["false", text("admin.no")]], "");
  const shown = h("div", {});
  const more = h("div", {});
  let rows = [];
  let asked = 0; // leaving a field and pressing "Show" ask twice; only the last answer is shown, whichever comes first
  const load = async (before) => {
    const query = new URLSearchParams({ limit: 50 });
    if (words.value.trim()) query.set("q", words.value.trim());
    if (owner.value) query.set("owner", owner.value);
    if (handOff.value) query.set("hand_off", handOff.value);
    if (before) query.set("before", before);
    const mine = ++asked;
    const page = await get(`/v1/conversations?${query}`);
    if (mine !== asked) return;
    rows = before ? [...rows, ...page.conversations] : page.conversations;
    shown.replaceChildren(table(text("admin.section_conversations"),
      [text("admin.customer"), text("admin.last_message"), text("admin.state"), text("admin.agent"), text("admin.rating"), text("admin.last_at")], rows.map(rowOf)));
    more.replaceChildren(...(page.next_before ? [button(text("admin.more"), () => load(page.next_before))] : []));
  };
  const filters = h("form", { className: "filters", role: "search", onsubmit: (event) => { event.preventDefault(); load(); } },
    labelled(text("admin.words"), words), labelled(text("admin.state"), owner), labelled(text("admin.handed_off"), handOff), h("button", { className: "button" }, text("admin.show")));
  filters.addEventListener("change", () => load());
  await load();
  return [heading(text("admin.section_conversations"), ""), filters, shown, more];
}

function turnLine(turn) {
  return tags([turn.intent && `${turn.intent} ${percent(turn.confidence)}`], [turn.search_confidence !== null && text("admin.search_chance", { percent: percent(turn.search_confidence) })],
    [turn.outcome && named("outcomes", turn.outcome), "accent"], [turn.frustration >= 0.5 && text("admin.frustration", { percent: percent(turn.frustration) }), "alarm"],
    [turn.decision && turn.decision !== "none" && named("decisions", turn.decision), "warm"], [turn.error, "alarm"], [turn.took_ms !== null && `${turn.took_ms} ms`]);
}

/** The whole transcript, page by page. */
async function transcript(path) {
  const rows = [];
  for (;;) {
    const { messages, more } = await get(`${path}/messages?after=${rows.at(-1)?.seq ?? 0}`);
    rows.push(...messages);
    if (!more || !messages.length) return rows;
  }
}

/** Hold every later model to this conversation. */
function golden(conversationId) {
  const name = h("input", { className: "field", required: true, maxLength: 120, dir: "auto", placeholder: text("admin.golden_name_hint") });
  const status = h("span", { role: "status", className: "small" });
  const keep = () => post("/v1/golden-dialogues", { conversation_id: conversationId, name: name.value.trim() })
    .then(({ lines }) => { name.value = ""; status.textContent = text("admin.golden_kept", { count: lines.length }); });
  return h("details", { className: "card fold" }, h("summary", {}, text("admin.golden_keep")), h("p", { className: "small quiet" }, text("admin.golden_intro")),
    h("form", { className: "exception", onsubmit: (event) => { event.preventDefault(); working(event.submitter, keep); } },
      labelled(text("admin.golden_name"), name), h("button", { className: "button" }, text("admin.golden_hold")), status));
}

async function one(conversationId) {
  const path = `/v1/conversations/${id(conversationId)}`;
  const [header, messages] = await Promise.all([get(path), transcript(path)]);
  const turns = new Map((header.turns ?? []).map((turn) => [turn.message_id, turn]));
  return [
    h("a", { href: "#conversations", className: "small" }, text("admin.back_to_conversations")),
    heading(h("bdi", {}, who(header.customer)), "", tags([named("owners", header.owner)], [header.customer?.verified && text("desk.verified"), "good"])),
    h("p", { className: "small quiet wrap" }, [when(header.created_at), header.page_url].filter(Boolean).join(" · ")),
    h("ol", { className: "transcript" }, ...messages.map((row) => h("li", { className: row.sender },
      h("div", { className: "small quiet" }, row.name || named("senders", row.sender), " ", h("time", { dateTime: row.created_at ?? "" }, when(row.created_at))),
      h("div", { className: "wrap", dir: "auto" }, ...(row.sender === "customer" ? [h("span", { className: "typed" }, row.text)] : [prose(row.text, location.href)])),
      turns.has(row.message_id) ? turnLine(turns.get(row.message_id)) : null,
      row.sender === "customer" ? h("a", { className: "small", href: `#insight/message/${id(row.message_id)}` }, text("insight.why")) : null))),
    golden(conversationId)];
}

export function conversations(conversationId) {
  return conversationId ? one(conversationId) : list();
}
