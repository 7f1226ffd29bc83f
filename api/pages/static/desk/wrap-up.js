// The end of a chat: solved or not, what it was about, a tag, and the conversation in a few lines.

import { get, id } from "../lib/api.js";
import { h } from "../lib/nodes.js";
import { text } from "../lib/texts.js";

export class WrapUp {
  constructor(chats) {
    this.chats = chats;
    this.lines = h("dl", { className: "facts small" });
    const choice = (value, label) => h("label", { className: "choice" }, h("input", { type: "radio", name: "solved", value, required: true }), h("span", {}, text(label)));
    this.solved = h("fieldset", { className: "choices" }, h("legend", {}, text("desk.wrap_solved")), choice("yes", "desk.wrap_yes"), choice("no", "desk.wrap_no"));
    this.topic = h("select", { className: "field", "aria-label": text("desk.wrap_topic") });
    this.tag = h("input", { className: "field", maxLength: 40, "aria-label": text("desk.wrap_tag"), placeholder: text("desk.tag_add"), autocomplete: "off" });
    this.often = h("div", { className: "tags" });
    this.form = h("form", { className: "form", onsubmit: (event) => { event.preventDefault(); this.end(); } },
      this.solved, h("label", { className: "labelled" }, text("desk.wrap_topic"), this.topic),
      h("div", { className: "labelled" }, text("desk.wrap_tag"), this.tag, this.often),
      h("div", { className: "row" }, h("button", { className: "button solid" }, text("desk.wrap_do")), h("button", { type: "button", className: "button", onclick: () => this.node.close() }, text("common.cancel"))));
    this.node = h("dialog", { className: "card keys wrap-up", "aria-label": text("desk.wrap") }, h("h2", {}, text("desk.wrap")), this.lines, this.form);
    document.body.append(this.node);
  }

  async open() {
    const { current } = this.chats;
    if (!current || this.node.open) return;
    this.form.reset();
    this.fill({ summary: [], topics: [], tags: [], topic: null });
    this.node.showModal();
    this.form.querySelector("input").focus();
    this.fill(await get(`/v1/conversations/${id(current.conversation_id)}/summary`).catch(() => ({ summary: [], topics: [], tags: [], topic: null })));
  }

  fill({ summary, topic, topics, tags }) {
    this.lines.hidden = !summary.length;
    this.lines.replaceChildren(...summary.flatMap((line) => [h("dt", {}, text(`desk.brief_${line.kind}`)), h("dd", { className: "wrap", dir: "auto" }, line.text)]));
    this.topic.replaceChildren(h("option", { value: "" }, text("desk.wrap_no_topic")), ...topics.map((one) => h("option", { value: one, selected: one === topic }, one)));
    this.often.replaceChildren(...tags.map((tag) => h("button", { type: "button", className: "tag", onclick: () => { this.tag.value = tag; this.tag.focus(); } }, tag)));
  }

  async end() {
    const said = new FormData(this.form).get("solved");
    const tag = this.tag.value.trim();
    const ended = await this.chats.close({ solved: said === "yes", ...(this.topic.value && { topic: this.topic.value }), ...(tag && { tags: [tag] }) });
    if (ended) this.node.close();
  }
}
