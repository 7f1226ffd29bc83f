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
    this.owed = h("ul", { className: "cards" });
    this.owedPart = h("section", { "aria-labelledby": "owed-title", hidden: true }, h("h2", { id: "owed-title" }, text("desk.owed")), this.owed);
    this.mineCount = h("span", { className: "tag number" });
    this.waitingCount = h("span", { className: "tag number" });
    this.node = h("nav", { className: "column left", "aria-label": text("desk.chats") },
      h("section", { "aria-labelledby": "mine-title" }, h("h2", { id: "mine-title" }, text("desk.mine"), " ", this.mineCount), this.mine),
      h("section", { "aria-labelledby": "queue-title" }, h("h2", { id: "queue-title" }, text("desk.queue"), " ", this.waitingCount), this.waiting),
      this.owedPart);
    setInterval(() => this.tick(), 1000);
  }

  draw() {
    const { queue, mine, current, tasks } = this.chats;
    this.mineCount.textContent = String(mine.length);
    this.waitingCount.textContent = String(queue.length);
    this.waitingCount.classList.toggle("warm", queue.length > 0);
    this.waiting.replaceChildren(...(queue.length ? queue.map((row) => this.waitingCard(row)) : [h("li", { className: "empty" }, text("desk.queue_empty"))]));
    this.mine.replaceChildren(...(mine.length ? mine.map((chat) => this.chatCard(chat, chat === current)) : [h("li", { className: "empty" }, text("desk.mine_empty"))]));
    this.owedPart.hidden = !tasks.length;
    if (!this.owed.contains(document.activeElement) || document.activeElement.tagName !== "INPUT") this.owed.replaceChildren(...tasks.map((task) => this.taskCard(task)));
    this.tick();
  }

  /** Somebody who left an address: who has it, until when, and what came of it. */
  taskCard(task) {
    const { contact, agent, customer, due_at: due } = task;
    const late = new Date(due) < new Date();
    const note = h("input", { className: "field", required: true, maxLength: 2000, "aria-label": text("desk.task_note"), placeholder: text("desk.task_note") });
    const form = h("form", { className: "row", hidden: agent?.agent_id !== this.chats.me.agent_id, onsubmit: async (event) => {
      event.preventDefault();
      note.blur();
      await this.chats.endTask(task, note.value.trim());
    } }, note, h("button", { className: "button compact solid" }, text("desk.task_done")));
    return h("li", { className: "entry" },
      h("button", { type: "button", className: "entry-open", onclick: () => this.chats.open(task.conversation_id) },
        h("span", { className: "entry-head" }, h("bdi", { className: "entry-name" }, customer.name || customer.email || text("desk.guest")),
          h("span", { className: late ? "tag alarm" : "quiet small number" }, text(late ? "desk.task_late" : "desk.task_due", { when: when(due) }))),
        h("span", { className: "entry-last" }, [contact.email, contact.phone].filter(Boolean).join(" · "))),
      agent ? h("span", { className: "small quiet" }, text("desk.held_by", { name: agent.name ?? "" })) : h("button", { type: "button", className: "button compact", onclick: () => this.chats.takeTask(task) }, text("desk.task_take")),
      form);
  }

  waitingCard(row) {
    const chat = this.chats.chat(row.conversation_id);
    const current = this.chats.current?.conversation_id === row.conversation_id;
    return h("li", { className: current ? "entry takes current" : "entry takes" },
      h("button", { type: "button", className: "entry-open", "aria-current": current ? "true" : null, onclick: () => this.chats.open(row.conversation_id) },
        h("span", { className: "entry-head" }, h("bdi", { className: "entry-name" }, chat.name), h("span", { className: "wait number", "data-since": row.since })),
        h("span", { className: "tags" }, this.turn(row), row.department && h("span", { className: "tag", title: (row.placed_why ?? []).join("\n") }, row.department),
          ...(row.reasons ?? []).map((reason) => h("span", { className: "tag warm" }, reason.text ?? reason.code))),
        row.last_message && h("span", { className: "entry-last", dir: "auto" }, row.last_message)),
      h("button", { type: "button", className: "button solid compact", onclick: () => this.chats.take(row.conversation_id) },
        text("desk.take"), h("span", { className: "unseen" }, ` ${chat.name}`)));
  }

  /** Whose turn it is, where the queue can say. */
  turn({ proposed_to: proposed }) {
    if (!proposed) return null;
    const mine = proposed.agent_id === this.chats.me.agent_id;
    return h("span", { className: mine ? "tag good" : "tag", title: text(`desk.why_${proposed.why}`) }, mine ? text("desk.your_turn") : text("desk.their_turn", { name: proposed.name }));
  }

  chatCard(chat, current) {
    return h("li", { className: current ? "entry current" : "entry" },
      h("button", { type: "button", className: "entry-open", "aria-current": current ? "true" : null, onclick: () => this.chats.open(chat.conversation_id) },
        h("span", { className: "entry-head" }, h("bdi", { className: "entry-name" }, chat.name),
          chat.waiting_since && h("span", { className: "wait number", "data-since": Date.parse(chat.waiting_since), title: text("desk.owes") }),
          chat.unread ? h("span", { className: "badge number" }, String(chat.unread), h("span", { className: "unseen" }, ` ${text("desk.unread")}`)) : !chat.waiting_since && h("span", { className: "quiet small number" }, when(chat.last_at))),
        chat.typing > Date.now() ? h("span", { className: "entry-last" }, text("desk.is_typing", { name: chat.name })) :
        chat.draft && !current ? h("span", { className: "entry-last", dir: "auto" }, h("span", { className: "mood" }, text("desk.draft")), " ", chat.draft) : chat.last_message && h("span", { className: "entry-last", dir: "auto" }, chat.last_message)));
  }

  tick() {
    for (const node of this.node.querySelectorAll("[data-since]")) {
      const seconds = (Date.now() - Number(node.dataset.since)) / 1000;
      node.textContent = waited(seconds);
      node.classList.toggle("long", seconds >= LONG_WAIT_S);
    }
  }
}
