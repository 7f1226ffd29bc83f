// Macros: several steps at once, found by typing and run by Enter.

import { call, get, id, post } from "../lib/api.js";
import { macroEditor, stepText } from "../lib/macro-editor.js";
import { h, newId } from "../lib/nodes.js";
import { text } from "../lib/texts.js";

export class Macros {
  constructor(chats, conversation) {
    this.chats = chats;
    this.conversation = conversation;
    this.query = h("input", { className: "field", type: "search", "aria-label": text("desk.macro_search"), placeholder: text("desk.macro_search"), oninput: () => this.draw() });
    this.query.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.list.querySelector("button")?.click();
    });
    this.list = h("ul", { className: "cards" });
    this.editor = h("div", {});
    this.found = h("div", { className: "form" }, this.query, this.list, h("button", { type: "button", className: "button compact", onclick: () => this.edit() }, text("desk.macro_new")),
      h("button", { type: "button", className: "button bare compact", onclick: () => this.node.close() }, text("common.cancel")));
    this.node = h("dialog", { className: "card keys", "aria-label": text("desk.macros") }, h("h2", {}, text("desk.macros")), this.found, this.editor);
    document.body.append(this.node);
  }

  async open() {
    if (!this.conversation.mayWrite || this.node.open) return;
    this.query.value = "";
    this.edit(null);
    this.node.showModal();
    this.query.focus();
    try {
      this.macros = (await get("/v1/macros")).macros;
      this.draw();
    } catch (problem) {
      this.chats.trouble(problem);
    }
  }

  draw() {
    const words = this.query.value.trim().toLowerCase().split(/\s+/);
    const fitting = (this.macros ?? []).filter((one) => words.every((word) => one.name.toLowerCase().includes(word)));
    this.list.replaceChildren(...(fitting.length ? fitting.map((one) => this.card(one)) : [h("li", { className: "empty" }, text(this.macros?.length ? "desk.macro_none" : "desk.macro_none_yet"))]));
  }

  card(macro) {
    const mine = !macro.shared;
    return h("li", { className: "entry" }, h("button", { type: "button", className: "entry-open", onclick: () => this.run(macro) },
      h("span", { className: "entry-name" }, macro.name), h("span", { className: "entry-last", dir: "auto" }, macro.steps.map(stepText).join(" → "))),
    mine && h("div", { className: "row" },
      h("button", { type: "button", className: "button bare compact", onclick: () => this.edit(macro) }, text("desk.macro_change"), h("span", { className: "unseen" }, ` ${macro.name}`)),
      h("button", { type: "button", className: "button bare compact", onclick: () => this.drop(macro) }, text("desk.macro_drop"), h("span", { className: "unseen" }, ` ${macro.name}`))));
  }

  async run(macro) {
    const { current } = this.chats;
    try {
      const { owner } = await post(`/v1/conversations/${id(current.conversation_id)}/macros/${id(macro.macro_id)}`, { client_id: newId() });
      this.node.close();
      if (owner !== "agent" && current === this.chats.current) this.chats.leave();
    } catch (problem) {
      this.chats.trouble(problem);
    }
  }

  async drop(macro) {
    await call("DELETE", `/v1/macros/${id(macro.macro_id)}`).catch((problem) => this.chats.trouble(problem));
    this.macros = this.macros.filter((one) => one !== macro);
    this.draw();
    this.query.focus();
  }

  /** Change a macro of one's own, or begin one; null closes the form. */
  edit(macro) {
    this.found.hidden = macro !== null;
    this.editor.replaceChildren();
    if (macro === null) return;
    this.editor.append(macroEditor({ macro, shared: false, cancel: () => { this.edit(null); this.query.focus(); }, save: async (kept) => {
      await (macro ? call("PUT", `/v1/macros/${id(macro.macro_id)}`, kept) : post("/v1/macros", kept));
      this.macros = (await get("/v1/macros")).macros;
      this.edit(null);
      this.draw();
      this.query.focus();
    } }));
    this.editor.querySelector("input").focus();
  }
}
