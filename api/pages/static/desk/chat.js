// One chat at this desk: its lines, its suggestions, who holds it, and what was begun and not sent.

import { text } from "../lib/texts.js";

/** One chat at this desk. `rows` are the transcript by seq, `sets` the suggestions by message. */
export class Chat {
  constructor(summary) {
    this.rows = new Map();
    this.sets = new Map();
    this.notSent = new Map();
    this.notes = new Map();
    this.unsent = new Map();
    this.lookers = new Map();
    this.unread = 0;
    this.draft = "";
    this.caughtUp = false;
    this.movedAt = 0; // the moment of the desk at which it was last heard or done who holds the chat
    this.update(summary);
  }

  update(summary) { Object.assign(this, summary); }

  /**
   * What the server said of it, asked at a moment of this desk; whoever was heard to hold the chat since then is newer
   * than the answer, and so is a draft that was begun on this page than the one that was kept.
   */
  refresh({ draft, owner, agent, ...rest }, asked) {
    this.update(rest);
    if (!this.begun) this.draft = draft ?? "";
    if (!this.movedAfter(asked)) this.update({ owner, agent });
  }

  movedAfter(asked) { return this.movedAt > asked; }

  /** Replies of the bot that came too late; one message may have several. */
  keepLate(late) { this.notSent.set(`${late.message_id} ${late.text}`, late); }

  lateTo(messageId) { return [...this.notSent.values()].filter((late) => late.message_id === messageId); }

  get name() { return this.customer?.name || this.customer?.email || text("desk.guest"); }

  get lastSeq() { return Math.max(0, ...this.rows.keys()); }

  get transcript() { return [...this.rows.values()].sort((a, b) => a.seq - b.seq); }

  /** The newest message of the customer: what suggestions are for. */
  get question() { return this.transcript.filter((row) => row.sender === "customer").at(-1); }
}
