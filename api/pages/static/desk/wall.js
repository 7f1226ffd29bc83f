// How the desk stands, at a glance: who waits, who is busy, who is upset now, what is owed.

import { get } from "../lib/api.js";
import { percent, waited } from "../lib/format.js";
import { h } from "../lib/nodes.js";
import { text } from "../lib/texts.js";

const AGAIN_MS = 5000;

function figure(label, value, alarm = false) {
  return h("div", { className: alarm ? "figure alarm" : "figure" }, h("strong", { className: "number" }, value), h("span", { className: "small quiet" }, label));
}

export class Wall {
  constructor(chats) {
    this.chats = chats;
    this.body = h("div", { className: "wall" });
    this.node = h("dialog", { className: "card keys", "aria-label": text("desk.wall") }, h("h2", {}, text("desk.wall")), this.body,
      h("form", { method: "dialog" }, h("button", { className: "button" }, text("common.done"))));
    this.node.addEventListener("close", () => clearInterval(this.timer));
    document.body.append(this.node);
  }

  open() {
    if (this.node.open) return;
    this.node.showModal();
    this.look();
    this.timer = setInterval(() => this.look(), AGAIN_MS);
  }

  async look() {
    try {
      this.draw(await get("/v1/desk/wall"));
    } catch (problem) {
      this.chats.trouble(problem);
    }
  }

  /** Look into a chat; its customer reads nothing of it. */
  chat({ conversation_id: conversationId, customer }, agent) {
    const name = customer.name || customer.email || text("desk.guest");
    return h("button", { type: "button", className: "tag", "aria-label": text("desk.wall_chat", { customer: name, agent: agent.name ?? "" }), onclick: () => { this.node.close(); this.chats.open(conversationId); } }, name);
  }

  draw({ waiting, longest_wait_s: longest, with_bot: bot, agents, upset, tasks, tasks_late: late }) {
    this.body.replaceChildren(
      h("div", { className: "figures" }, figure(text("desk.queue"), String(waiting)), figure(text("desk.wall_longest"), waiting ? waited(longest) : "–", longest >= 180),
        figure(text("desk.wall_bot"), String(bot)), figure(text("desk.owed"), late ? text("desk.wall_late", { tasks, late }) : String(tasks), late > 0)),
      h("h3", {}, text("desk.wall_agents")),
      h("ul", { className: "plain" }, ...(agents.length ? agents.map((one) => h("li", {}, h("span", { className: one.present ? "dot on" : "dot off", "aria-hidden": "true" }), " ",
        h("bdi", {}, one.name), h("span", { className: "quiet small" }, ` ${text(one.present ? "desk.wall_here" : "desk.wall_gone")} · ${text("desk.wall_chats", { n: one.chats })}`),
        h("div", { className: "tags" }, ...one.open.map((chat) => this.chat(chat, one))))) : [h("li", { className: "empty" }, text("desk.wall_nobody"))])),
      h("h3", {}, text("desk.wall_upset")),
      h("ul", { className: "plain" }, ...(upset.length ? upset.map((one) => h("li", {},
        h("button", { type: "button", className: "quotation", onclick: () => { this.node.close(); this.chats.open(one.conversation_id); } }, one.customer.name || one.customer.email || text("desk.guest")),
        h("span", { className: "tag alarm" }, percent(one.frustration)), h("span", { className: "quiet small" }, ` ${text(`desk.owner_${one.owner}`)}`))) : [h("li", { className: "empty" }, text("desk.wall_calm"))])));
  }
}
