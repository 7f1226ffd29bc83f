// Middle: the conversation, and the composer. Nothing can be written until the transcript is complete.

import { when } from "../lib/format.js";
import { h, prose } from "../lib/nodes.js";
import { text } from "../lib/texts.js";
import { Macros } from "./macros.js";
import { others } from "./places.js";
import { Hints, Snippets, Tags, Transfer } from "./tools.js";
import { WrapUp } from "./wrap-up.js";

const LONGEST = 8000;
const UPSET = 0.5;

export class ConversationView {
  constructor(chats, line, places) {
    this.chats = chats;
    this.line = line;
    this.places = places;
    this.suggestion = null;
    this.head = h("header", { className: "chat-head" });
    this.log = h("div", { className: "log", role: "log", "aria-label": text("desk.transcript"), tabIndex: 0 });
    this.log.addEventListener("scroll", () => (this.atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 80));
    new ResizeObserver(() => this.atEnd && this.toEnd()).observe(this.log);
    this.typing = h("p", { className: "typing small quiet", role: "status" });
    this.hint = h("p", { className: "hint small", role: "status" });
    this.input = h("textarea", { id: "reply", className: "field", rows: 3, dir: "auto", placeholder: text("desk.reply_placeholder"), maxLength: LONGEST });
    this.sendButton = h("button", { className: "button solid" }, text("desk.send"), h("kbd", { "aria-hidden": "true" }, "↵"));
    this.hints = new Hints(chats);
    this.tags = new Tags(chats);
    this.snippets = new Snippets(chats, this);
    this.transfer = new Transfer(chats, this);
    this.macros = new Macros(chats, this);
    this.wrapUp = new WrapUp(chats);
    this.anyway = h("button", { type: "button", className: "button compact", hidden: true, onclick: () => { this.writeAnyway = this.chats.current; this.draw(); this.input.focus(); } }, text("desk.write_anyway"));
    this.noteButton = h("button", { type: "button", className: "button bare compact", "aria-pressed": "false", onclick: () => this.toggleNote() }, text("desk.note"), h("kbd", { "aria-hidden": "true" }, "Alt N"));
    this.composer = h("form", { className: "composer", onsubmit: (event) => { event.preventDefault(); this.send(); } },
      h("label", { htmlFor: "reply", className: "unseen" }, text("desk.reply")), h("div", { className: "row" }, this.hint, this.anyway), this.input, this.hints.node,
      h("div", { className: "composer-foot" }, this.noteButton,
        h("button", { type: "button", className: "button bare compact", onclick: () => this.snippets.open() }, text("desk.snippets"), h("kbd", { "aria-hidden": "true" }, "Alt S")),
        h("button", { type: "button", className: "button bare compact", onclick: () => this.macros.open() }, text("desk.macros"), h("kbd", { "aria-hidden": "true" }, "Alt A")),
        h("span", { className: "spring" }), this.sendButton));
    this.node = h("main", { className: "column middle", id: "conversation" });
    this.input.addEventListener("input", () => {
      this.keepDraft(this.input.value);
      if (!this.input.value.trim()) this.suggestion = null;
      if (!this.isNote) this.typed();
      this.hints.look(this.isNote ? "" : this.input.value);
    });
    this.input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.altKey || event.isComposing) return;
      event.preventDefault();
      this.send();
    });
  }

  keepDraft(words) {
    const { current } = this.chats;
    if (!current) return;
    current.begun = true;
    this.places.draft(current, words);
  }

  typed() {
    const now = Date.now();
    if (!this.mayWrite) return;
    this.places.typed();
    if (now - (this.typedAt ?? 0) < 3000) return;
    this.typedAt = now;
    this.line.frame("typing", { conversation_id: this.chats.current.conversation_id });
  }

  get mayWrite() {
    const { current, online, me } = this.chats;
    return Boolean(current?.caughtUp && online && current.owner === "agent" && current.agent?.agent_id === me.agent_id);
  }

  draw() {
    const { current } = this.chats;
    if (!current) {
      this.shown = null;
      this.node.replaceChildren(h("div", { className: "nothing" }, h("img", { src: "/static/art/mark.svg", alt: "", width: 44 }),
        h("h1", {}, text("desk.nothing_open")), h("p", { className: "quiet" }, text("desk.nothing_hint"))));
      return;
    }
    if (this.shown !== current) {
      this.shown = current;
      this.suggestion = null;
      this.input.value = current.draft;
      this.hints.look("");
      this.toggleNote(false);
      this.node.replaceChildren(this.head, this.log, this.typing, this.composer);
    }
    this.drawHead(current);
    this.drawLog(current);
    this.drawComposer(current);
  }

  drawHead(chat) {
    const mine = chat.owner === "agent" && chat.agent?.agent_id === this.chats.me.agent_id;
    const button = (label, onclick, kind = "", key = "") => h("button", { type: "button", className: `button compact ${kind}`, onclick }, label, key && h("kbd", { "aria-hidden": "true" }, key));
    const state = chat.owner === "agent" ? (mine ? "" : text("desk.held_by", { name: chat.agent?.name ?? "" })) : text(`desk.owner_${chat.owner}`);
    this.head.replaceChildren(
      h("div", { className: "who" }, h("h1", {}, h("bdi", {}, chat.name)),
        h("div", { className: "tags" }, state && h("span", { className: "tag" }, state),
          ...others(chat).map((one) => h("span", { className: one.writing ? "tag warm" : "tag accent" }, text(one.agent_id === this.chats.me.agent_id ? "desk.also_me" : one.writing ? "desk.also_writes" : "desk.also_here", { name: one.name }))),
          chat.customer?.verified && h("span", { className: "tag good" }, text("desk.verified"))), this.tags.node),
      h("div", { className: "acts" }, ...(mine ? [
        button(text("desk.to_bot"), () => this.chats.release("bot"), "bare"),
        button(text("desk.transfer"), () => this.transfer.open(), "", "Alt P"),
        button(text("desk.close"), () => this.wrapUp.open(), "", "Alt W"),
      ] : chat.owner === "agent" ? (this.chats.me.role === "admin" ? [
        button(text("desk.assign"), () => this.transfer.open(true), "", "Alt P"),
        button(text("desk.take_over"), () => this.chats.assign(chat, this.chats.me.agent_id), "", "Alt T"),
      ] : []) : [button(text("desk.take"), () => this.chats.take(chat.conversation_id), "solid", "Alt T")])));
  }

  drawLog(chat) {
    const changed = this.drawn !== chat;
    const notes = [...chat.notes.values()];
    this.tags.draw(chat);
    this.drawn = chat;
    const moods = new Map((chat.packet?.frustration ?? []).map((one) => [one.message_id, one]));
    const seen = chat.transcript.filter((row) => row.sender === "agent" && row.seq <= (chat.customer_read_seq ?? 0)).at(-1);
    const rows = chat.transcript.flatMap((row) => [
      this.row(row, moods.get(row.message_id), row === seen),
      ...chat.lateTo(row.message_id).map((late) => this.late(late)),
      ...notes.filter((note) => note.after_seq === row.seq).map((note) => this.noteRow(note)),
    ]);
    rows.unshift(...notes.filter((note) => !chat.rows.has(note.after_seq)).map((note) => this.noteRow(note)));
    for (const unsent of chat.unsent.values()) rows.push(this.unsentRow(chat, unsent));
    this.log.replaceChildren(...rows);
    if (this.atEnd || changed) this.toEnd();
    this.typing.textContent = chat.typing > Date.now() ? text("desk.is_typing", { name: chat.name }) : "";
  }

  row(row, mood, isSeen) {
    const name = { customer: this.chats.current.name, bot: text("desk.bot"), agent: row.name || text("desk.agent"), system: "" }[row.sender];
    const upset = mood && mood.score >= UPSET;
    return h("div", { className: `row ${row.sender}`, "data-message": row.message_id, tabIndex: -1 },
      name && h("div", { className: "row-head small quiet" }, h("bdi", {}, name), " ", h("time", { dateTime: row.created_at ?? "" }, when(row.created_at))),
      h("div", { className: upset ? "bubble upset" : "bubble", dir: "auto" }, ...(row.sender === "customer" ? [row.text] : [prose(row.text, location.href)])),
      row.buttons?.length ? h("div", { className: "row-foot small quiet" }, text("desk.offered", { titles: row.buttons.map((button) => button.title).join(" · ") })) : null,
      isSeen && h("div", { className: "row-foot small quiet" }, text("desk.seen")),
      upset && h("div", { className: "row-foot small mood" }, text("desk.frustrated", { percent: Math.round(mood.score * 100) })));
  }

  late({ text: said }) {
    return h("div", { className: "row bot late" }, h("div", { className: "row-head small quiet" }, text("desk.not_sent")),
      h("div", { className: "bubble", dir: "auto" }, said));
  }

  noteRow({ text: said, agent, created_at: at }) {
    return h("div", { className: "row private-note" }, h("div", { className: "row-head small quiet" }, text("desk.note_by", { name: agent?.name ?? "" }), " ", when(at)),
      h("div", { className: "bubble", dir: "auto" }, said));
  }

  /** Write for colleagues only, or for the customer again. */
  toggleNote(on = !this.isNote) {
    this.isNote = on;
    this.noteButton.setAttribute("aria-pressed", String(on));
    this.composer.classList.toggle("private", on);
    this.input.placeholder = text(on ? "desk.note_placeholder" : "desk.reply_placeholder");
    this.sendButton.firstChild.textContent = text(on ? "desk.note_keep" : "desk.send");
    if (this.chats.current) this.drawComposer(this.chats.current);
    if (on) this.input.focus();
  }

  unsentRow(chat, unsent) {
    return h("div", { className: "row agent unsent" }, h("div", { className: "bubble", dir: "auto" }, unsent.text),
      h("div", { className: "row-foot small" }, unsent.failed ? h("span", { className: "mistake" }, text("desk.send_failed", { why: unsent.failed }), " ",
        h("button", { type: "button", className: "button bare compact", onclick: () => this.chats.sendAgain(chat, unsent) }, text("desk.send_again"))) : text("desk.sending")));
  }

  drawComposer(chat) {
    const may = this.mayWrite || (this.isNote && chat.caughtUp && this.chats.online);
    const writer = !this.isNote && this.mayWrite && this.writeAnyway !== chat && others(chat).find((one) => one.writing && one.agent_id === this.chats.me.agent_id); // nobody else may send here
    this.anyway.hidden = !writer;
    this.input.disabled = !may;
    this.held = Boolean(writer);
    this.sendButton.disabled = !may || this.held;
    const mine = chat.owner === "agent" && chat.agent?.agent_id === this.chats.me.agent_id;
    this.hint.textContent = writer ? text("desk.lock_me") : may ? "" : !this.chats.online || !chat.caughtUp ? text("desk.catching_up") : mine ? "" : text("desk.take_first");
    this.hint.hidden = !this.hint.textContent;
    if (may && this.wantsFocus) this.focusSoon();
  }

  /** Go to the reply, now or as soon as one may write. */
  focusSoon() {
    this.wantsFocus = !this.mayWrite;
    if (this.mayWrite) this.input.focus();
  }

  /** Put a suggestion into the reply, below what is already there. */
  use(suggestion) {
    if (this.insert(suggestion.answer)) this.suggestion = suggestion;
  }

  /** Put words into the reply, below what is already there; says whether one may write. */
  insert(words) {
    if (!this.mayWrite) return false;
    const before = this.input.value.trimEnd();
    this.input.value = before ? `${before}\n\n${words}` : words;
    this.keepDraft(this.input.value);
    this.hints.look(this.input.value);
    this.input.focus();
    this.input.scrollTop = this.input.scrollHeight;
    return true;
  }

  /** Bring a message of the transcript into view. */
  showMessage(messageId) {
    const row = [...this.log.children].find((one) => one.dataset.message === messageId);
    row?.scrollIntoView({ block: "center" });
    row?.focus();
  }

  send() {
    const said = this.input.value.trim();
    if (said && this.isNote) {
      this.chats.writeNote(said).then((kept) => {
        if (!kept) return;
        this.input.value = "";
        this.keepDraft("");
        this.toggleNote(false);
      });
      return;
    }
    if (!said || !this.mayWrite || this.held) return;
    this.hints.look("");
    this.input.value = "";
    this.keepDraft("");
    this.places.write(false);
    this.chats.send(said, this.suggestion);
    this.suggestion = null;
    this.toEnd();
  }

  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
    this.atEnd = true;
  }
}
