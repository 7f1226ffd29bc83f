// What stands round the composer: tags, snippets, passing a chat on, and quiet hints on the draft.

import { call, get, id, post } from "../lib/api.js";
import { h } from "../lib/nodes.js";
import { text } from "../lib/texts.js";

const HINTS_AFTER_MS = 700;
const SEARCH_AFTER_MS = 150;

/** A dialog with a heading, closed by Escape. */
function dialog(title, ...content) {
  const node = h("dialog", { className: "card keys", "aria-label": title }, h("h2", {}, title), ...content);
  document.body.append(node);
  return node;
}

/** Find a text that is often needed and put it into the reply, its variables filled in. */
export class Snippets {
  constructor(chats, conversation) {
    this.chats = chats;
    this.conversation = conversation;
    this.query = h("input", { className: "field", type: "search", "aria-label": text("desk.snippet_search"), placeholder: text("desk.snippet_search") });
    this.list = h("ul", { className: "cards" });
    this.name = h("input", { className: "field", required: true, maxLength: 80, "aria-label": text("desk.snippet_name"), placeholder: text("desk.snippet_name") });
    this.node = dialog(text("desk.snippets"), this.query, this.list,
      h("form", { className: "row", onsubmit: (event) => { event.preventDefault(); this.keep(); } }, this.name, h("button", { className: "button compact" }, text("desk.snippet_keep"))));
    this.query.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.search(), SEARCH_AFTER_MS);
    });
    this.query.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.list.querySelector("button")?.click();
    });
  }

  open() {
    if (!this.conversation.mayWrite) return;
    this.query.value = "";
    this.name.value = "";
    this.node.showModal();
    this.query.focus();
    this.search();
  }

  async search() {
    const { current } = this.chats;
    try {
      const { snippets } = await get(`/v1/snippets?q=${id(this.query.value)}&conversation_id=${id(current.conversation_id)}`);
      this.list.replaceChildren(...(snippets.length ? snippets.map((one) => this.card(one)) : [h("li", { className: "empty" }, text("desk.snippet_none"))]));
    } catch (problem) {
      this.chats.trouble(problem);
    }
  }

  card(snippet) {
    return h("li", { className: "entry" }, h("button", { type: "button", className: "entry-open", onclick: () => this.use(snippet) },
      h("span", { className: "entry-name" }, snippet.name), h("span", { className: "entry-last", dir: "auto" }, snippet.text)));
  }

  use(snippet) {
    this.node.close();
    this.conversation.insert(snippet.text);
  }

  /** Keep what stands in the reply as a snippet of one's own. */
  async keep() {
    const words = this.conversation.input.value.trim();
    if (!words) return this.chats.trouble({ message: text("desk.snippet_empty") });
    await post("/v1/snippets", { name: this.name.value.trim(), text: words }).then(() => this.node.close(), (problem) => this.chats.trouble(problem));
    return undefined;
  }
}

/** Pass the chat to a colleague who is there, or to a department, with a note. */
export class Transfer {
  constructor(chats, conversation) {
    this.chats = chats;
    this.conversation = conversation;
    this.place = h("select", { className: "field", "aria-label": text("desk.transfer_to") });
    this.note = h("textarea", { className: "field", rows: 3, maxLength: 4000, "aria-label": text("desk.transfer_note"), placeholder: text("desk.transfer_note") });
    this.node = dialog(text("desk.transfer"), h("form", { onsubmit: (event) => { event.preventDefault(); this.pass(); } },
      this.place, this.note, h("div", { className: "row" }, h("button", { className: "button solid" }, text("desk.transfer_do")),
        h("button", { type: "button", className: "button", onclick: () => this.node.close() }, text("common.cancel")))));
  }

  /** `anybodys`: an administrator gives a chat away that is not theirs. */
  async open(anybodys = false) {
    const { current, me } = this.chats;
    if (anybodys ? me.role !== "admin" || current?.owner !== "agent" : !this.conversation.mayWrite) return;
    this.anybodys = anybodys;
    try {
      const { colleagues, departments } = await get("/v1/desk/places");
      const others = colleagues.filter((one) => one.agent_id !== (anybodys ? current.agent?.agent_id : me.agent_id));
      this.place.replaceChildren(
        ...others.map((one) => h("option", { value: `agent:${one.agent_id}` }, text("desk.transfer_agent", { name: one.name, chats: one.chats }))),
        ...(anybodys ? [] : Object.entries(departments).map(([name, title]) => h("option", { value: `department:${name}` }, title))),
        ...(anybodys ? [] : [h("option", { value: "everybody" }, text("desk.transfer_everybody"))]));
      this.note.value = "";
      this.node.showModal();
      this.place.focus();
    } catch (problem) {
      this.chats.trouble(problem);
    }
  }

  async pass() {
    const [kind, ...rest] = this.place.value.split(":");
    const to = kind === "agent" ? { agent_id: rest.join(":") } : { department: kind === "department" ? rest.join(":") : null };
    const note = this.note.value.trim();
    if (this.anybodys) {
      if (to.agent_id && await this.chats.assign(this.chats.current, to.agent_id, note)) this.node.close();
      return;
    }
    if (await this.chats.act("transfer", this.chats.current, { ...to, ...(note && { note }) })) {
      this.node.close();
      this.chats.leave();
    }
  }
}

/** Hints on the draft, some time after the last key; never in the way of sending. */
export class Hints {
  constructor(chats) {
    this.chats = chats;
    this.node = h("ul", { className: "hints small", "aria-live": "polite", "aria-label": text("desk.hints") });
  }

  look(draft) {
    clearTimeout(this.timer);
    if (!draft.trim()) return this.node.replaceChildren();
    this.timer = setTimeout(() => this.ask(draft), HINTS_AFTER_MS);
    return undefined;
  }

  async ask(draft) {
    const { current } = this.chats;
    if (!current) return;
    const { hints } = await post(`/v1/conversations/${id(current.conversation_id)}/hints`, { text: draft }).catch(() => ({ hints: [] }));
    if (current !== this.chats.current) return;
    this.node.replaceChildren(...hints.map((one) => h("li", {}, text(`desk.hint_${one.rule}`), " ", h("q", {}, one.quote),
      one.source && h("span", { className: "quiet" }, ` ${text(one.says ? "desk.hint_says" : "desk.hint_source", { source: one.source, says: one.says ?? "" })}`))));
  }
}

/** The tags of a chat, and a field for one more. */
export class Tags {
  constructor(chats) {
    this.chats = chats;
    this.field = h("input", { className: "field compact", maxLength: 40, "aria-label": text("desk.tag_add"), placeholder: text("desk.tag_add") });
    this.list = h("span", { className: "tags" });
    this.node = h("form", { className: "tagging", onsubmit: (event) => { event.preventDefault(); this.add(); } }, this.list, this.field);
  }

  draw(chat) {
    this.list.replaceChildren(...(chat.tags ?? []).map((tag) => h("span", { className: "tag" }, tag,
      h("button", { type: "button", className: "bare", "aria-label": text("desk.tag_remove", { tag }), onclick: () => this.put(chat.tags.filter((other) => other !== tag)) }, "×"))));
  }

  add() {
    const tag = this.field.value.trim();
    this.field.value = "";
    if (tag) this.put([...(this.chats.current.tags ?? []), tag]);
  }

  async put(tags) {
    const { current } = this.chats;
    try {
      current.tags = (await call("PUT", `/v1/conversations/${id(current.conversation_id)}/tags`, { tags })).tags;
    } catch (problem) {
      this.chats.trouble(problem);
    }
    this.chats.changed("conversation");
  }
}
