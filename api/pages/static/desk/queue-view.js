// Left: who waits and why, and my own chats.

import { when, waited } from "../lib/format.js";
import { h } from "../lib/nodes.js";
import { text } from "../lib/texts.js";

const LONG_WAIT_S = 180;

export class QueueView {
  constructor(chats) {
    this.chats = chats;
    this.waiting = h("ul", { className: "cards" });
    this.mine = h("ul", { className: "cards" });
    this.waitingCount = h("span", { className: "tag number" });
    this.node = h("nav", { className: "column left", "aria-label": text("desk.chats") },
      h("section", { "aria-labelledby": "mine-title" }, h("h2", { id: "mine-title" }, text("desk.mine")), this.mine),
      h("section", { "aria-labelledby": "queue-title" }, h("h2", { id: "queue-title" }, text("desk.queue"), " ", this.waitingCount), this.waiting));
    setInterval(() => this.tick(), 1000);
  }

  draw() {
    const { queue, mine, current } = this.chats;
    this.waitingCount.textContent = String(queue.length);
    this.waitingCount.classList.toggle("warm", queue.length > 0);
    this.waiting.replaceChildren(...(queue.length ? queue.map((row) => this.waitingCard(row)) : [h("li", { className: "empty" }, text("desk.queue_empty"))]));
    this.mine.replaceChildren(...(mine.length ? mine.map((chat) => this.chatCard(chat, chat === current)) : [h("li", { className: "empty" }, text("desk.mine_empty"))]));
    this.tick();
  }

  waitingCard(row) {
    const chat = this.chats.chat(row.conversation_id);
    const current = this.chats.current?.conversation_id === row.conversation_id;
    return h("li", { className: current ? "entry current" : "entry" },
      h("button", { type: "button", className: "entry-open", "aria-current": current ? "true" : null, onclick: () => this.chats.open(row.conversation_id) },
        h("span", { className: "entry-head" }, h("bdi", { className: "entry-name" }, chat.name), h("span", { className: "wait number", "data-since": row.since })),
        h("span", { className: "tags" }, ...(row.reasons ?? []).map((reason) => h("span", { className: "tag warm" }, reason.text ?? reason.code))),
        row.last_message && h("span", { className: "entry-last", dir: "auto" }, row.last_message)),
      h("button", { type: "button", className: "button solid compact", onclick: () => this.chats.take(row.conversation_id) },
        text("desk.take"), h("span", { className: "unseen" }, ` ${chat.name}`)));
  }

  chatCard(chat, current) {
    return h("li", { className: current ? "entry current" : "entry" },
      h("button", { type: "button", className: "entry-open", "aria-current": current ? "true" : null, onclick: () => this.chats.open(chat.conversation_id) },
        h("span", { className: "entry-head" }, h("bdi", { className: "entry-name" }, chat.name),
          chat.unread ? h("span", { className: "badge number" }, String(chat.unread), h("span", { className: "unseen" }, ` ${text("desk.unread")}`)) : h("span", { className: "quiet small number" }, when(chat.last_at))),
        chat.last_message && h("span", { className: "entry-last", dir: "auto" }, chat.last_message)));
  }

  tick() {
    for (const node of this.waiting.querySelectorAll("[data-since]")) {
      const seconds = (Date.now() - Number(node.dataset.since)) / 1000;
      node.textContent = waited(seconds);
      node.classList.toggle("long", seconds >= LONG_WAIT_S);
    }
  }
}
