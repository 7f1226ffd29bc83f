// The keyboard, for everything. Alt and a key, so that no letter typed into a reply is ever taken for a command.

import { h } from "../lib/nodes.js";
import { text } from "../lib/texts.js";

export function shortcuts({ chats, conversation, suggestions, packet, show, mute, wall }) {
  const use = (number) => {
    const suggestion = suggestions.offered[number - 1];
    if (suggestion) suggestions.use(suggestion);
  };
  const next = (step) => {
    const { mine, current } = chats;
    if (mine.length) chats.open(mine[(mine.indexOf(current) + step + mine.length) % mine.length].conversation_id);
  };
  const owed = () => {
    const wanted = chats.owing.find((chat) => chat !== chats.current);
    if (wanted) chats.open(wanted.conversation_id);
  };
  const takeNext = () => {
    const { current, queue, me } = chats;
    if (me.role === "admin" && current?.owner === "agent" && current.agent?.agent_id !== me.agent_id) return void chats.assign(current, me.agent_id);
    const wanted = current?.owner === "queue" ? current : queue[0];
    if (wanted) chats.take(wanted.conversation_id);
  };
  const holds = () => chats.current && conversation.mayWrite;
  const keys = {
    KeyT: ["Alt T", "keys_take", takeNext],
    ArrowDown: ["Alt ↓", "keys_next", () => next(1)],
    ArrowUp: ["Alt ↑", "keys_previous", () => next(-1)],
    KeyJ: ["Alt J", "keys_owed", owed],
    Digit1: ["Alt 1", "keys_use", () => use(1)],
    Digit2: ["Alt 2", null, () => use(2)],
    Digit3: ["Alt 3", null, () => use(3)],
    Digit0: ["Alt 0", "keys_first", () => packet.useFirst()],
    KeyR: ["Alt R", "keys_reply", () => conversation.input.focus()],
    KeyK: ["Alt K", "keys_search", () => { show("suggestions"); suggestions.query.focus(); }],
    KeyC: ["Alt C", "keys_context", () => show("packet")],
    KeyN: ["Alt N", "keys_note", () => chats.current && conversation.toggleNote()],
    KeyS: ["Alt S", "keys_snippets", () => conversation.snippets.open()],
    KeyA: ["Alt A", "keys_macros", () => conversation.macros.open()],
    KeyP: ["Alt P", "keys_transfer", () => conversation.transfer.open(!conversation.mayWrite)],
    KeyL: ["Alt L", "keys_wall", () => wall.open()],
    KeyM: ["Alt M", "keys_mute", () => mute()],
    KeyB: ["Alt B", "keys_bot", () => holds() && chats.release("bot")],
    KeyW: ["Alt W", "keys_close", () => holds() && conversation.wrapUp.open()],
    Slash: ["Alt /", "keys_help", () => dialog.showModal()],
  };
  const dialog = h("dialog", { className: "card keys", "aria-labelledby": "keys-title" },
    h("h2", { id: "keys-title" }, text("desk.keys")),
    h("dl", { className: "facts" }, ...Object.values(keys).filter(([, name]) => name).flatMap(([key, name]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, text(`desk.${name}`))])),
    h("form", { method: "dialog" }, h("button", { className: "button" }, text("common.done"))));
  document.body.append(dialog);
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]") && !["KeyL", "Slash"].includes(event.code)) return;
    if (!event.altKey || event.ctrlKey || event.metaKey || !keys[event.code]) return;
    event.preventDefault();
    keys[event.code][2]();
  });
  return dialog;
}
