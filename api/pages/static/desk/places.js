// Where I am in each chat, kept on the server: what I have read and begun to write. And who else looks, this moment.

import { id } from "../lib/api.js";

const KEPT_AFTER_MS = 800;
const LOOK_EVERY_MS = 10_000;
const LOOKS_FOR_MS = 30_000;
const WRITES_FOR_MS = 6000;

export class Places {
  constructor(chats, line) {
    this.chats = chats;
    this.line = line;
    this.pending = new Map();
    this.shown = null;
    addEventListener("pagehide", () => { for (const chat of this.pending.keys()) this.keep(chat); });
    chats.addEventListener("changed", () => this.follow());
    line.addEventListener("ready", () => this.look());
    document.addEventListener("visibilitychange", () => this.follow());
    setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  /** Keep a draft, some time after the last key. */
  draft(chat, words) {
    chat.draft = words;
    clearTimeout(this.pending.get(chat));
    this.pending.set(chat, setTimeout(() => this.keep(chat), KEPT_AFTER_MS));
  }

  /** Say what is written, at once: also when the page goes. */
  keep(chat) {
    clearTimeout(this.pending.get(chat));
    this.pending.delete(chat);
    this.put(chat, { draft: chat.draft ?? "" });
  }

  put(chat, place) {
    const path = `/v1/conversations/${id(chat.conversation_id)}/place`;
    fetch(path, { method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify(place), keepalive: true }).catch(() => {});
  }

  /** Note what is on screen as read, and tell the others where I am. */
  follow() {
    const { current } = this.chats;
    if (current !== this.shown) {
      this.shown = current;
      this.writing = false;
      this.look();
    }
    if (!current?.caughtUp || document.hidden || (current.readSeq ?? 0) >= current.lastSeq) return;
    current.readSeq = current.lastSeq;
    this.put(current, { read_seq: current.lastSeq });
  }

  look() {
    this.line.frame("looking", { conversation_id: this.chats.current?.conversation_id ?? null, writing: Boolean(this.writing) });
  }

  /** I am writing a reply; a while after the last key I am not any more. */
  typed() {
    clearTimeout(this.stops);
    this.stops = setTimeout(() => this.write(false), WRITES_FOR_MS);
    this.write(true);
  }

  write(on) {
    if (this.writing === on) return;
    this.writing = on;
    this.look();
  }

  /** Another desk has a chat open, writes there, or has left it. */
  heard({ conversation_id: conversationId, line, agent, writing, gone }) {
    const chat = this.chats.chat(conversationId);
    chat.lookers ??= new Map();
    if (gone) chat.lookers.delete(line);
    else chat.lookers.set(line, { ...agent, writing, until: Date.now() + LOOKS_FOR_MS });
    setTimeout(() => this.chats.changed("typing"), LOOKS_FOR_MS + 50);
    this.chats.changed("typing");
  }
}

/** Who else has a chat open, each once; whoever writes comes first. */
export function others(chat) {
  const now = Date.now();
  const seen = [...(chat.lookers?.values() ?? [])].filter((one) => one.until > now).sort((a, b) => Number(b.writing) - Number(a.writing));
  return [...new Map(seen.reverse().map((one) => [one.agent_id, one])).values()].reverse();
}
