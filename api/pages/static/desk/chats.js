// What this desk knows: who waits, my chats, and the transcript of each chat that was opened.

import { get, id, post } from "../lib/api.js";
import { newId } from "../lib/nodes.js";
import { text } from "../lib/texts.js";
import { Chat } from "./chat.js";

const TYPING_SHOWN_MS = 6000;
const SUGGESTED_WITHIN_MS = 3000; // they come by themselves; after this the desk asks

export class Chats extends EventTarget {
  constructor(me) {
    super();
    this.me = me;
    this.queue = [];
    this.known = new Map();
    this.current = null;
    this.online = false;
    this.tasks = [];
    this.moments = 0; // counts what was heard of owners, so that an older answer never overrules it
  }

  changed(what) { this.dispatchEvent(new CustomEvent("changed", { detail: what })); }

  trouble(problem) {
    this.dispatchEvent(new CustomEvent("trouble", { detail: problem.message || text("common.unreachable") }));
  }

  get mine() {
    return [...this.known.values()].filter((chat) => chat.owner === "agent" && chat.agent?.agent_id === this.me.agent_id)
      .sort((a, b) => String(a.created_at ?? "~").localeCompare(String(b.created_at ?? "~")) || a.conversation_id.localeCompare(b.conversation_id));
  }

  /** My chats whose customers wait for a word of mine, the longest waiting first. */
  get owing() { return this.mine.filter((chat) => chat.waiting_since).sort((a, b) => a.waiting_since.localeCompare(b.waiting_since)); }

  chat(conversationId) {
    if (!this.known.has(conversationId)) this.known.set(conversationId, new Chat({ conversation_id: conversationId }));
    return this.known.get(conversationId);
  }

  // ---- loading -------------------------------------------------------------------------------------------

  /** Everything on screen, as the server has it now. */
  async reload() {
    const asked = this.moments;
    const [{ conversations: waiting }, { conversations: mine }] = await Promise.all([
      get("/v1/queue"), get("/v1/conversations?owner=agent&mine=true&limit=100"),
    ]);
    this.setQueue(waiting, asked);
    await this.loadTasks();
    const held = new Set(mine.map((summary) => summary.conversation_id));
    for (const chat of this.mine) if (!held.has(chat.conversation_id) && !chat.movedAfter(asked)) chat.owner = "unknown";
    for (const summary of mine) this.chat(summary.conversation_id).refresh({ ...summary, owner: "agent", agent: summary.agent ?? this.me }, asked);
    for (const chat of this.known.values()) chat.caughtUp = false;
    if (this.current) await this.catchUp(this.current);
    this.changed("all");
  }

  /** Answers that are owed by e-mail or telephone. */
  async loadTasks() {
    this.tasks = (await get("/v1/tasks")).tasks;
    this.changed("queue");
  }

  async takeTask(task) {
    await post(`/v1/tasks/${id(task.task_id)}/take`).catch((problem) => this.trouble(problem));
    await this.loadTasks();
  }

  /** End a task with what came of it; returns whether it is done. */
  async endTask(task, note) {
    try {
      await post(`/v1/tasks/${id(task.task_id)}/done`, { note });
    } catch (problem) {
      this.trouble(problem);
      return false;
    }
    await this.loadTasks();
    return true;
  }

  setQueue(rows, asked) {
    const now = Date.now();
    const waiting = rows.filter((row) => !this.chat(row.conversation_id).movedAfter(asked) || this.chat(row.conversation_id).owner === "queue");
    this.queue = waiting.map((row) => ({ ...row, since: now - 1000 * (row.waited_s ?? 0) }));
    for (const row of waiting) this.chat(row.conversation_id).update({ customer: row.customer, owner: "queue", last_message: row.last_message });
  }

  /** Note who holds a chat now, as it was heard or done here. */
  moved(chat, owner, agent = null) {
    this.moments += 1;
    chat.update({ owner, agent, movedAt: this.moments });
  }

  async catchUp(chat) {
    const asked = this.moments;
    const path = `/v1/conversations/${id(chat.conversation_id)}`;
    const [{ owner, messages, epoch, more }, header] = await Promise.all([
      get(`${path}/messages?after=${chat.lastSeq}${chat.epoch ? `&epoch=${id(chat.epoch)}` : ""}`), get(path),
    ]);
    if (chat.epoch && epoch !== chat.epoch) {
      chat.rows.clear();
      chat.epoch = epoch;
      return this.catchUp(chat);
    }
    chat.epoch = epoch;
    for (const row of messages) chat.rows.set(row.seq, row);
    if (more) return this.catchUp(chat);
    chat.refresh({ ...header, owner }, asked);
    chat.unread = 0;
    chat.caughtUp = true;
    this.changed("conversation");
    await Promise.all([this.loadPacket(chat), this.loadSuggestions(chat), this.loadNotes(chat)]);
    return undefined;
  }

  async loadPacket(chat) {
    try {
      chat.packet = await get(`/v1/conversations/${id(chat.conversation_id)}/hand-off`);
      for (const late of chat.packet.not_sent ?? []) chat.keepLate(late);
    } catch (problem) {
      if (problem.status !== 404) throw problem;
      chat.packet = null;
    }
    this.changed("packet");
  }

  async loadNotes(chat) {
    const path = `/v1/conversations/${id(chat.conversation_id)}`;
    const { notes, tags } = await get(`${path}/notes`);
    for (const note of notes) chat.notes.set(note.note_id, note);
    chat.tags = tags;
    this.changed("conversation");
    chat.similar = (await get(`${path}/similar`).catch(() => ({ conversations: [] }))).conversations;
    this.changed("packet");
  }

  /** Write a private note; says whether it was kept. */
  async writeNote(said) {
    const chat = this.current;
    try {
      const note = await post(`/v1/conversations/${id(chat.conversation_id)}/notes`, { text: said });
      chat.notes.set(note.note_id, note);
      this.changed("conversation");
      return true;
    } catch (problem) {
      this.trouble(problem);
      return false;
    }
  }

  onNote(conversationId, note) {
    this.chat(conversationId).notes.set(note.note_id, note);
    if (note.mentions?.includes(this.me.agent_id) && note.agent?.agent_id !== this.me.agent_id) {
      this.trouble({ message: text("desk.mentioned", { name: note.agent?.name ?? "", note: note.text }) });
      this.dispatchEvent(new CustomEvent("arrived"));
    }
    this.changed("conversation");
  }

  /** The customer's open chat has shown them everything up to a line. */
  onRead(conversationId, { seq }) {
    this.chat(conversationId).customer_read_seq = seq;
    if (this.current?.conversation_id === conversationId) this.changed("conversation");
  }

  onTags(conversationId, { tags }) {
    this.chat(conversationId).tags = tags;
    this.changed("conversation");
  }

  async loadSuggestions(chat) {
    const question = chat.question;
    if (!question || chat.sets.has(question.message_id)) return;
    try {
      chat.sets.set(question.message_id, await post("/v1/suggestions", { message_id: question.message_id }));
      this.changed("suggestions");
    } catch (problem) {
      if (problem.status !== 404 && problem.status !== 503) this.trouble(problem);
    }
  }

  async open(conversationId) {
    const chat = this.chat(conversationId);
    this.current = chat;
    chat.unread = 0;
    chat.caughtUp = false;
    this.changed("all");
    await this.catchUp(chat).catch((problem) => this.trouble(problem));
  }

  // ---- live ----------------------------------------------------------------------------------------------

  hear({ kind, conversation_id: conversationId, payload = {}, at }) {
    const react = { queue: "onQueue", owner: "onOwner", message: "onMessage", suggestions: "onSuggestions", not_sent: "onNotSent", task: "loadTasks", note: "onNote", tags: "onTags", read: "onRead" }[kind];
    if (react) this[react](conversationId, payload, at);
  }

  onQueue(conversationId, payload) {
    this.queue = this.queue.filter((row) => row.conversation_id !== conversationId);
    if (payload.gone || !payload.conversation_id) {
      if (!payload.gone) this.refreshQueue();
    } else {
      const chat = this.chat(conversationId);
      chat.update({ customer: payload.customer, last_message: payload.last_message });
      this.moved(chat, "queue");
      this.queue.push({ ...payload, since: Date.now() - 1000 * (payload.waited_s ?? 0) });
      this.queue.sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
      this.dispatchEvent(new CustomEvent("arrived"));
    }
    this.changed("queue");
  }

  async refreshQueue() {
    const asked = this.moments;
    this.setQueue((await get("/v1/queue")).conversations, asked);
    this.changed("queue");
  }

  onOwner(conversationId, payload, at) {
    const chat = this.chat(conversationId);
    if (payload.owner === "agent" && chat.owner !== "agent") chat.waiting_since = at;
    if (payload.owner === "agent") chat.created_at ??= at;
    if (this.mine.includes(chat) && payload.owner === "queue" && !chat.leaving) this.trouble({ message: text("desk.moved_on", { name: chat.name }) });
    chat.leaving = false;
    this.moved(chat, payload.owner, payload.agent);
    if (payload.owner !== "queue") this.queue = this.queue.filter((row) => row.conversation_id !== conversationId);
    else this.refreshQueue();
    this.changed("all");
  }

  onMessage(conversationId, row, at) {
    const chat = this.chat(conversationId);
    chat.update({ last_at: row.created_at ?? at, ...(row.sender !== "system" && { last_message: row.text }) });
    if (chat.caughtUp || chat.rows.size) {
      chat.rows.set(row.seq, row);
      for (const [key, unsent] of chat.unsent) if (unsent.message_id === row.message_id) chat.unsent.delete(key);
    }
    if (row.sender === "agent") chat.waiting_since = null;
    if (row.sender === "customer") {
      chat.typing = 0;
      chat.waiting_since ??= row.created_at ?? at;
      if (chat === this.current) setTimeout(() => this.loadSuggestions(chat), SUGGESTED_WITHIN_MS);
      if (chat !== this.current || document.hidden) {
        chat.unread += 1;
        if (this.mine.includes(chat)) this.dispatchEvent(new CustomEvent("arrived"));
      }
    }
    this.changed(chat === this.current ? "conversation" : "queue");
  }

  onSuggestions(conversationId, { message_id: messageId, ...set }) {
    this.chat(conversationId).sets.set(messageId, set);
    if (this.current?.conversation_id === conversationId) this.changed("suggestions");
  }

  onNotSent(conversationId, payload) {
    this.chat(conversationId).keepLate(payload);
    this.changed("conversation");
  }

  onTyping({ conversation_id: conversationId, sender }) {
    if (sender !== "customer") return;
    const chat = this.chat(conversationId);
    chat.typing = Date.now() + TYPING_SHOWN_MS;
    setTimeout(() => this.changed("typing"), TYPING_SHOWN_MS + 50);
    this.changed("typing");
  }

  // ---- acting --------------------------------------------------------------------------------------------

  async act(call, chat, body) {
    chat.leaving = true;
    try {
      await post(`/v1/conversations/${id(chat.conversation_id)}/${call}`, body);
      return true;
    } catch (problem) {
      chat.leaving = false;
      if (problem.code === "desk_full" && confirm(problem.message)) return this.act("take?anyway=true", chat, body);
      this.trouble(problem);
      await this.refreshQueue().catch(() => {});
      return false;
    }
  }

  async take(conversationId) {
    const chat = this.chat(conversationId);
    if (await this.act("take", chat)) {
      chat.leaving = false;
      chat.update({ waiting_since: new Date().toISOString() });
      this.moved(chat, "agent", this.me);
      this.queue = this.queue.filter((row) => row.conversation_id !== conversationId);
      await this.open(conversationId);
    }
  }

  async release(to) {
    const chat = this.current;
    if (!(await this.act("release", chat, { to }))) return;
    this.moved(chat, to);
    this.leave();
  }

  /** End the chat; says whether it was ended. */
  async close(ending) {
    const chat = this.current;
    if (!(await this.act("close", chat, ending))) return false;
    this.moved(chat, "closed");
    this.leave();
    return true;
  }

  /** Take somebody else's chat over, or give it to a colleague: for administrators. */
  async assign(chat, agentId, note) {
    if (!(await this.act("assign", chat, { agent_id: agentId, ...(note && { note }) }))) return false;
    chat.leaving = false;
    if (agentId === this.me.agent_id) this.moved(chat, "agent", this.me);
    await this.open(chat.conversation_id);
    return true;
  }

  /** Done with a chat: whoever waits longest for a word of mine comes next, if anybody does. */
  leave() {
    this.current = null;
    this.changed("all");
    const [next] = this.owing;
    if (next) this.open(next.conversation_id);
  }

  /** Send a reply. It stays visible as unsent until stored, and is sent again under the same id. */
  async send(said, suggestion) {
    const chat = this.current;
    const unsent = { client_msg_id: newId(), text: said, suggestion_id: suggestion?.suggestion_id };
    chat.unsent.set(unsent.client_msg_id, unsent);
    await this.sendAgain(chat, unsent);
  }

  async sendAgain(chat, unsent) {
    unsent.failed = "";
    this.changed("conversation");
    try {
      const { message_id: messageId, seq } = await post(`/v1/conversations/${id(chat.conversation_id)}/agent-messages`, {
        client_msg_id: unsent.client_msg_id, text: unsent.text, ...(unsent.suggestion_id && { suggestion_id: unsent.suggestion_id }),
      });
      chat.unsent.delete(unsent.client_msg_id);
      if (!chat.rows.has(seq)) {
        chat.rows.set(seq, { seq, message_id: messageId, sender: "agent", name: this.me.name, text: unsent.text, created_at: new Date().toISOString() });
      }
    } catch (problem) {
      unsent.failed = problem.message || text("common.unreachable");
    }
    this.changed("conversation");
  }

  /** Record what became of a suggestion; a lost record never disturbs the chat. */
  judge(suggestion, what) {
    const call = fetch(`/v1/suggestions/${id(suggestion.suggestion_id)}/feedback`, {
      method: "PATCH", headers: { "Content-Type": "application/json" }, body: JSON.stringify(what), keepalive: true,
    });
    call.catch(() => {});
  }
}
