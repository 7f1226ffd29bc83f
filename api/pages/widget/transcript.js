// The list of bubbles. Each row of the server is one list entry, kept in order of its seq; a message of this
// browser is shown at once and becomes its row when the acknowledgement names it.

class Transcript {
  constructor({ base, press, judge, names, recall }) {
    Object.assign(this, { base, press, judge, names, recall });
    this.node = h("div", { className: "log", role: "log", "aria-live": "off", "aria-label": text("log"), tabIndex: 0 });
    this.atEnd = true;
    this.node.addEventListener("scroll", () => (this.atEnd = this.node.scrollHeight - this.node.scrollTop - this.node.clientHeight < 60));
    new ResizeObserver(() => this.atEnd && this.toEnd()).observe(this.node);
    this.clear();
  }

  toEnd() {
    this.node.scrollTop = this.node.scrollHeight;
    this.atEnd = true;
  }

  clear(...greeting) {
    this.rows = new Map();
    this.waiting = new Map();
    this.last = null;
    this.node.replaceChildren(...greeting);
  }

  /** Speak new entries aloud only once the history is on the page. */
  announce(aloud) { this.node.setAttribute("aria-live", aloud ? "polite" : "off"); }

  entry(sender, name, ...children) {
    return h("div", { className: sender },
      name && h("div", { className: "who" }, h("bdi", {}, name)), ...children);
  }

  bubble(sender, body) {
    const own = sender === "customer";
    return h("div", { className: "bubble", dir: "auto" }, own ? body : prose(body, this.base));
  }

  showWaiting({ client_msg_id: id, shown }) {
    if (this.waiting.has(id)) return;
    const node = this.entry("customer waiting", null, h("span", { className: "unseen" }, `${text("you")}: `),
      this.bubble("customer", shown), h("div", { className: "state" }, text("sending")));
    this.waiting.set(id, { node, shown });
    this.node.append(node);
    this.tidy();
    this.toEnd();
  }

  /** A waiting message has its row: show it there, unless the row came first. */
  acked({ client_msg_id: id, message_id, seq, entry }) {
    const shown = this.waiting.get(id)?.shown ?? entry?.shown;
    this.dropWaiting(id);
    if (shown !== undefined && !this.rows.has(seq)) this.show({ seq, message_id, sender: "customer", text: shown });
  }

  refused({ client_msg_id: id, error }) {
    const waiting = this.waiting.get(id);
    if (!waiting) return;
    waiting.node.className = "customer refused first";
    waiting.node.querySelector(".state").textContent = text("refused", { why: error.message ?? "" });
  }

  dropWaiting(id) {
    this.waiting.get(id)?.node.remove();
    this.waiting.delete(id);
  }

  /** Show a row. True if it is new and from the other side. */
  show(message) {
    if (message.client_msg_id) this.dropWaiting(message.client_msg_id);
    if (this.rows.has(message.seq)) return false;
    const node = this.entry(message.sender, this.names(message), this.bubble(message.sender, message.text));
    const under = this.under(message);
    if (under) node.append(under);
    if (message.buttons?.length) node.append(this.buttons(message));
    this.rows.set(message.seq, { message, node });
    const later = [...this.rows.values()].filter((row) => row.message.seq > message.seq)
      .sort((a, b) => a.message.seq - b.message.seq)[0]?.node ?? [...this.waiting.values()][0]?.node ?? null;
    this.node.insertBefore(node, later);
    this.tidy();
    if (this.atEnd || message.sender === "customer") this.toEnd();
    return message.sender !== "customer";
  }

  under({ sender, source, suggestion_id: id, buttons }) {
    const parts = [];
    if (source) {
      const from = link(source.title, source.url, this.base);
      if (from.tagName) parts.push(h("span", { className: "source" }, icon("page"), h("span", { className: "unseen" }, text("source")), from));
    }
    if (id && sender === "bot" && !buttons?.length) parts.push(this.question(id));
    return parts.length ? h("div", { className: "under" }, ...parts) : null;
  }

  /** "Did this help?" under an answer; the choice is recorded and starts no turn. */
  question(suggestionId) {
    const holder = h("span", { className: "under ask" });
    const thank = () => holder.replaceChildren(text("thanks"));
    if (this.recall.get(`helped:${suggestionId}`) !== null) {
      thank();
      return holder;
    }
    const choice = (label, helpful) => h("button", {
      type: "button", className: "chip small",
      onclick: () => {
        this.judge(suggestionId, helpful);
        this.recall.set(`helped:${suggestionId}`, helpful);
        thank();
      },
    }, label);
    holder.append(text("did_this_help"), choice(text("yes"), true), choice(text("no"), false));
    return holder;
  }

  buttons({ buttons, seq }) {
    return h("div", { className: "chips", role: "group", "aria-label": text("choices") }, ...buttons.map(({ button_id, title }) =>
      h("button", { type: "button", className: "chip", dir: "auto", onclick: () => this.press(button_id, title, seq) }, title)));
  }

  /** Names only where the speaker changes; buttons and the question only while they are still open. */
  tidy() {
    const rows = [...this.rows.values()].sort((a, b) => a.message.seq - b.message.seq);
    const lastCustomer = this.waiting.size ? Infinity : Math.max(0, ...rows.filter((row) => row.message.sender === "customer").map((row) => row.message.seq));
    rows.forEach(({ message, node }, index) => {
      const before = rows[index - 1]?.message;
      const first = before?.sender !== message.sender || before?.name !== message.name;
      node.classList.toggle("first", first);
      const who = node.querySelector(".who");
      if (who) who.hidden = !first;
      const chips = node.querySelector(":scope > .chips");
      if (chips) chips.hidden = message.seq < lastCustomer;
      const asked = node.querySelector(".ask");
      if (asked) asked.hidden = Boolean(rows[index + 1]?.message.buttons?.length && rows[index + 1].message.sender === "bot");
    });
    [...this.waiting.values()].forEach(({ node }, index) =>
      node.classList.toggle("first", index === 0 && rows.at(-1)?.message.sender !== "customer"));
  }
}
