// The conversations every candidate model is held to: what is said, and what has to come of it.

import { call, get, id } from "../lib/api.js";
import { h } from "../lib/nodes.js";
import { text } from "../lib/texts.js";
import { cameOf } from "./comparison.js";
import { button, table } from "./parts.js";

function line({ says, presses, ...expected }) {
  return [h("span", { className: "wrap", dir: "auto" }, says ?? `[${presses}]`), cameOf(expected)];
}

function dialogue(one, again) {
  return h("details", {}, h("summary", {}, h("bdi", {}, one.name)),
    table(one.name, [text("admin.message"), text("admin.expected")], one.lines.map(line)),
    one.golden_id && h("div", { className: "acts" },
      h("a", { className: "small", href: `#conversations/${id(one.conversation_id)}` }, text("admin.see_conversation")),
      button(text("admin.golden_let_go"), () => call("DELETE", `/v1/golden-dialogues/${id(one.golden_id)}`).then(again), "compact")));
}

/** All of them, folded until somebody wants to read. */
export function goldenDialogues() {
  const shown = h("div", { className: "stack" });
  const count = h("span", { className: "tag number" });
  const draw = async () => {
    const { dialogues } = await get("/v1/golden-dialogues");
    count.textContent = String(dialogues.length);
    shown.replaceChildren(...dialogues.map((one) => dialogue(one, draw)));
  };
  draw().catch((problem) => shown.replaceChildren(h("p", { className: "mistake" }, problem.message)));
  return h("details", { className: "card fold golden" }, h("summary", {}, text("admin.golden_dialogues"), " ", count), h("p", { className: "small quiet" }, text("admin.golden_list_intro")), shown);
}
