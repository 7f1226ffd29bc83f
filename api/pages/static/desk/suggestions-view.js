// Right: what the knowledge base says to the customer's last message, and a search of one's own.

import { post } from "../lib/api.js";
import { percent } from "../lib/format.js";
import { h, prose } from "../lib/nodes.js";
import { text } from "../lib/texts.js";

export class SuggestionsView {
  constructor(chats, conversation) {
    this.chats = chats;
    this.conversation = conversation;
    this.displayed = new Set();
    this.dismissed = new Map();
    this.list = h("div", { className: "suggestions", "aria-live": "polite" });
    this.query = h("input", { className: "field", type: "search", id: "search", placeholder: text("desk.search_placeholder"), maxLength: 500, dir: "auto" });
    this.found = h("div", { className: "suggestions", "aria-live": "polite" });
    this.node = h("div", {},
      h("form", { className: "search", role: "search", onsubmit: (event) => { event.preventDefault(); this.search(); } },
        h("label", { htmlFor: "search", className: "unseen" }, text("desk.search")), this.query),
      this.found, this.list);
    this.query.addEventListener("input", () => this.query.value || this.found.replaceChildren());
  }

  /** The suggestions that keys 1 to 3 stand for. */
  get offered() {
    const { current } = this.chats;
    const set = current?.question && current.sets.get(current.question.message_id);
    return (set?.suggestions ?? []).filter((one) => !this.dismissed.has(one.suggestion_id));
  }

  draw() {
    const { current } = this.chats;
    const question = current?.question;
    if (!question) return this.list.replaceChildren(h("p", { className: "empty" }, text("desk.no_suggestions_yet")));
    const set = current.sets.get(question.message_id);
    const offered = this.offered.slice(0, 3);
    const internal = (set?.internal ?? []).slice(0, 2);
    if (set?.withheld) return this.list.replaceChildren(h("p", { className: "note small" }, text("desk.withheld")));
    const gone = (set?.suggestions ?? []).filter((one) => this.dismissed.has(one.suggestion_id));
    this.list.replaceChildren(
      h("p", { className: "asked small quiet" }, text("desk.for"), " ", h("q", { dir: "auto" }, question.text.slice(0, 240))),
      ...(set && set.decision !== "answer" ? [h("p", { className: "note small" }, text(`desk.decision_${set.decision}`))] : []),
      ...offered.map((one, index) => this.card(one, index + 1)),
      ...gone.map((one) => this.dismissedRow(one)),
      ...(internal.length ? [h("h3", { className: "small quiet" }, text("desk.internal")), ...internal.map((one) => this.internalCard(one))] : []),
      ...(set && !offered.length && !internal.length ? [h("p", { className: "empty" }, text("desk.nothing_fits"))] : []),
      ...(set ? [] : [h("p", { className: "empty" }, text("desk.looking"))]));
    offered.forEach((one) => this.noteDisplayed(one));
    return undefined;
  }

  noteDisplayed(suggestion) {
    if (this.displayed.has(suggestion.suggestion_id)) return;
    this.displayed.add(suggestion.suggestion_id);
    this.chats.judge(suggestion, { displayed: true });
  }

  meter({ confidence, similarity }) {
    const bar = h("span", { className: "meter", "aria-hidden": "true" }, h("i", {}));
    bar.firstChild.style.inlineSize = `${Math.round(100 * (confidence ?? 0))}%`;
    return h("span", { className: "chance small", title: text("desk.similarity", { value: (similarity ?? 0).toFixed(2) }) }, bar, text("desk.likely", { percent: percent(confidence) }));
  }

  source({ title, url }) {
    return h("a", { href: new URL(url, location.href).protocol.startsWith("http") ? url : "#", target: "_blank", rel: "noopener", className: "card-title wrap" }, title);
  }

  card(suggestion, number) {
    const mayWrite = this.conversation.mayWrite;
    const button = (label, onclick, more = {}) => h("button", { type: "button", className: `button compact ${more.kind ?? ""}`, onclick, disabled: more.disabled }, label, more.key && h("kbd", { "aria-hidden": "true" }, more.key));
    return h("article", { className: "card suggestion", "aria-label": suggestion.title },
      h("div", { className: "card-head" }, this.source(suggestion), this.meter(suggestion),
        number && h("button", { type: "button", className: "cross", "aria-label": text("desk.dismiss"), title: text("desk.dismiss"), onclick: () => this.dismiss(suggestion) }, "×")),
      this.wasRead(suggestion) && h("p", { className: "tags" }, h("span", { className: "tag warm" }, text("desk.was_read"))),
      h("div", { className: "answer", dir: "auto", tabIndex: 0 }, prose(suggestion.answer, location.href)),
      h("div", { className: "card-acts" },
        button(text("desk.use"), () => this.use(suggestion), { kind: "solid", disabled: !mayWrite, key: number && `Alt ${number}` }),
        button(text("desk.personal"), () => this.personal(suggestion), { disabled: !mayWrite }),
        button(text("desk.send_now"), () => this.sendNow(suggestion), { disabled: !mayWrite }),
        button(text("desk.copy"), () => this.copy(suggestion), { kind: "bare" })));
  }

  /** Whether the customer has read this very answer: nobody who is annoyed wants to read it again. */
  wasRead({ answer }) {
    return this.chats.current.transcript.some((row) => row.sender !== "customer" && row.text.includes(answer.trim()));
  }

  internalCard(suggestion) {
    return h("article", { className: "card suggestion internal", "aria-label": suggestion.title },
      h("div", { className: "card-head" }, h("span", { className: "card-title wrap" }, suggestion.title), this.meter(suggestion)),
      h("div", { className: "answer", dir: "auto", tabIndex: 0 }, prose(suggestion.answer, location.href)));
  }

  use(suggestion) {
    this.chats.judge(suggestion, { clicked: true });
    this.conversation.use(suggestion);
  }

  /** Begin a reply with name and feeling, the answer in it word for word. */
  async personal(suggestion) {
    this.chats.judge(suggestion, { clicked: true });
    try {
      const { current } = this.chats;
      const { text: draft } = await post(`/v1/conversations/${encodeURIComponent(current.conversation_id)}/draft`, { suggestion_id: suggestion.suggestion_id });
      if (current === this.chats.current && this.conversation.insert(draft)) this.conversation.suggestion = suggestion;
    } catch (problem) {
      this.chats.trouble(problem);
    }
  }

  sendNow(suggestion) {
    if (!this.conversation.mayWrite) return;
    this.chats.judge(suggestion, { clicked: true });
    this.chats.send(suggestion.answer, suggestion);
  }

  async copy(suggestion) {
    await navigator.clipboard?.writeText(suggestion.answer);
    this.chats.judge(suggestion, { copied: true });
  }

  /** Out of sight; the next one takes its key, and why it went may be said with one press. */
  dismiss(suggestion) {
    this.dismissed.set(suggestion.suggestion_id, null);
    this.chats.judge(suggestion, { dismissed: true });
    this.draw();
    this.list.querySelector(".dismissed button")?.focus();
  }

  dismissedRow(suggestion) {
    const key = suggestion.suggestion_id;
    const why = this.dismissed.get(key);
    const say = (reason) => { this.dismissed.set(key, reason); this.chats.judge(suggestion, { dismissed_why: reason }); this.draw(); };
    const undo = () => { this.dismissed.delete(key); this.chats.judge(suggestion, { dismissed: false }); this.draw(); };
    return h("div", { className: "dismissed small", role: "group", "aria-label": text("desk.dismissed", { title: suggestion.title }) },
      h("span", { className: "quiet wrap" }, text("desk.dismissed", { title: suggestion.title })),
      h("div", { className: "tags" }, ...["wrong", "known", "outdated", "unclear"].map((reason) => h("button", { type: "button", className: "tag", "aria-pressed": String(why === reason), onclick: () => say(reason) }, text(`desk.why_${reason}`))),
        h("button", { type: "button", className: "tag", onclick: undo }, text("desk.undo"))));
  }

  async search() {
    const question = this.query.value.trim();
    if (!question) return this.found.replaceChildren();
    try {
      const { current } = this.chats;
      const set = await post("/v1/suggestions", { question, ...(current && { conversation_id: current.conversation_id }), limit: 5 });
      const cards = [...set.suggestions.map((one) => this.card(one)), ...(set.internal ?? []).map((one) => this.internalCard(one))];
      this.found.replaceChildren(h("h3", { className: "small quiet" }, text("desk.found")), ...(cards.length ? cards : [h("p", { className: "empty" }, text("desk.nothing_found"))]), h("hr"));
    } catch (problem) {
      this.found.replaceChildren(h("p", { className: "mistake" }, problem.message || text("common.unreachable")));
    }
    return undefined;
  }
}

