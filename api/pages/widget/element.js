// <deskmate-chat>: the whole widget as one custom element.
//
//   <script src="https://desk.example/widget.js" defer data-title="Tarnwick"></script>
//
// data-title, data-greeting, data-questions ("One?|Two?"), data-name, data-email, data-identity (signed token),
// data-kb, data-side ("left"), data-theme ("light", "dark"), data-accent, data-label.

const LONGEST = 8000;
const LOOKED_AT_MS = 5000;
const AVAILABILITY_EVERY_MS = 300_000;

class DeskmateChat extends HTMLElement {
  connectedCallback() {
    if (this.shadowRoot) return;
    this.base = (this.dataset.base || BASE).replace(/\/$/, "");
    this.memory = new Memory(`${this.base}:${this.dataset.kb ?? "main"}`);
    this.tab = new Memory(this.memory.prefix, "sessionStorage");
    this.line = new Connection(this.base, this.memory, () => this.customer());
    this.owner = "bot";
    this.unread = 0;
    this.ready = false;
    this.build();
    this.listen();
    this.line.start();
    this.visited();
    setInterval(() => this.visited(), LOOKED_AT_MS);
    if (this.tab.get("open")) this.open({ focus: false });
    else this.refreshHours();
  }

  /** Tell where the customer is, once there is a conversation: pages change without being loaded, too. */
  async visited() {
    const here = location.origin + location.pathname;
    if (!this.line.conversation || this.isConnected === false || this.tab.get("page") === here) return;
    this.tab.set("page", here);
    const path = `/v1/conversations/${encodeURIComponent(this.line.conversation.conversation_id)}/pages`;
    await this.line.call("POST", path, { url: here, title: document.title.slice(0, 200) }).catch(() => {});
  }

  customer() {
    const { name, email, identity, kb } = this.dataset;
    return {
      page_url: location.origin + location.pathname,
      ...((name || email) && { customer: { ...(name && { name }), ...(email && { email }) } }),
      ...(identity && { identity }), ...(kb && { kb }),
    };
  }

  // ---- the page ------------------------------------------------------------------------------------------

  build() {
    const root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
    root.adoptedStyleSheets = [sheet];
    if (CSS.supports("color", this.dataset.accent ?? "")) this.style.setProperty("--accent", this.dataset.accent);
    const title = this.dataset.title || text("title");
    this.log = new Transcript({
      base: this.base, recall: this.memory,
      press: (id, label) => this.line.send({ button_id: id }, label),
      judge: (id, helpful) => this.line.feedback(id, helpful),
      names: ({ sender, name }) => ({ bot: text("bot_name"), agent: name || text("agent_name") })[sender],
    });
    this.hours = h("div", { className: "hours" });
    this.notice = h("div", { className: "notice", role: "status", hidden: true });
    this.away = h("div", { className: "notice away", role: "status", hidden: true }, text("offline"));
    this.typing = h("div", { className: "typing", role: "status" });
    this.tray = h("div", { className: "tray" });
    this.length = h("div", { className: "length", role: "status" });
    this.input = h("textarea", { id: "say", rows: 1, dir: "auto", placeholder: text("placeholder"), autocomplete: "off", enterKeyHint: "send", "aria-describedby": "length" });
    this.length.id = "length";
    this.count = h("span", { className: "count", hidden: true });
    this.launcher = h("button", { type: "button", className: "launcher", "aria-expanded": "false", onclick: () => this.open() },
      icon("chat"), this.dataset.label || text("open"), this.count);
    this.panel = h("section", { className: "panel", role: "dialog", "aria-label": title },
      h("header", {}, h("div", { className: "grow" }, h("h2", {}, title), this.hours),
        h("button", { type: "button", className: "round", "aria-label": text("close"), onclick: () => this.close() }, icon("close"))),
      this.away, this.notice, this.log.node, this.typing, this.tray, this.length,
      h("form", { className: "composer", onsubmit: (event) => { event.preventDefault(); this.submit(); } },
        h("label", { htmlFor: "say", className: "unseen" }, text("placeholder")), this.input,
        h("button", { "aria-label": text("send") }, icon("send"))),
      h("footer", {}, (this.person = h("button", { type: "button", className: "person", onclick: () => this.askForPerson() }, icon("person"), text("talk_to_person")))));
    root.append(this.launcher, this.panel);
    this.clear();
  }

  clear() {
    this.seen = 0;
    const greeting = this.log.entry("bot first", text("bot_name"), this.log.bubble("bot", this.dataset.greeting || text("greeting")));
    const questions = (this.dataset.questions ?? "").split("|").filter(Boolean);
    const chips = questions.map((question) => h("button", { type: "button", className: "chip", onclick: () => this.say(question) }, question));
    if (chips.length) greeting.append((this.starters = h("div", { className: "chips", role: "group", "aria-label": text("choices") }, ...chips)));
    this.log.clear(greeting);
    for (const entry of this.memory.outbox()) this.log.showWaiting(entry);
    this.hideStarters();
  }

  hideStarters() {
    if (this.starters) this.starters.hidden = this.log.rows.size + this.log.waiting.size > 0;
  }

  listen() {
    const on = (type, react) => this.line.addEventListener(type, ({ detail }) => react(detail));
    on("message", (message) => this.onMessage(message));
    on("waiting", (entry) => { this.log.showWaiting(entry); this.hideStarters(); });
    on("acked", (ack) => { this.log.acked(ack); this.awaitReply(); });
    on("elsewhere", (id) => this.log.dropWaiting(id));
    on("refused", (refusal) => this.log.refused(refusal));
    on("reset", () => { this.ready = false; this.log.announce(false); this.clear(); });
    on("fresh", () => { this.log.announce(true); this.clear(); });
    on("owner", (frame) => this.onOwner(frame));
    on("typing", (frame) => this.showTyping(frame));
    on("person", (answer) => this.onOwner(answer));
    on("trouble", (problem) => this.tell(problem.message || text("unreachable")));
    on("line", (state) => {
      this.away.hidden = state !== "away";
      if (state === "here" && !this.ready) { this.ready = true; this.log.announce(true); }
    });
    document.addEventListener("visibilitychange", () => this.read());
    this.input.addEventListener("input", () => { this.fit(); this.line.typing(); });
    this.input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.submit();
    });
    this.panel.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
    this.panel.addEventListener("click", () => this.keepFocus());
    for (const type of ["keydown", "pointerdown"]) {
      document.addEventListener(type, (event) => (this.keyed = type === "keydown" && event.composedPath().includes(this)), true);
    }
  }

  /** Who works by keyboard and pressed something that went away goes on in the message box. */
  keepFocus() {
    requestAnimationFrame(() => {
      const lost = document.activeElement === document.body || (document.activeElement === this && !this.shadowRoot.activeElement);
      if (this.keyed && lost && this.hasAttribute("open")) this.input.focus();
    });
  }

  // ---- opening and closing -------------------------------------------------------------------------------

  open({ focus = true } = {}) {
    this.toggleAttribute("open", true);
    this.tab.set("open", true);
    this.launcher.setAttribute("aria-expanded", "true");
    this.countUnread(0);
    this.read();
    this.refreshHours();
    clearInterval(this.hoursTimer);
    this.hoursTimer = setInterval(() => this.refreshHours(), AVAILABILITY_EVERY_MS);
    this.log.toEnd();
    if (focus) this.input.focus();
  }

  close() {
    this.toggleAttribute("open", false);
    this.tab.set("open", null);
    this.launcher.setAttribute("aria-expanded", "false");
    clearInterval(this.hoursTimer);
    this.launcher.focus();
  }

  countUnread(count) {
    this.unread = count;
    this.count.hidden = !count;
    this.count.replaceChildren(String(count), h("span", { className: "unseen" }, ` ${text("unread")}`));
  }

  async refreshHours() {
    try {
      this.availability = await this.line.call("GET", "/v1/availability");
    } catch {
      return;
    }
    this.hours.textContent = this.availability.hours ?? "";
    this.hours.classList.toggle("open", Boolean(this.availability.open));
  }

  // ---- talking -------------------------------------------------------------------------------------------

  submit() {
    const body = this.input.value;
    if (!body.trim()) return;
    if (body.length > LONGEST) return this.fit();
    this.input.value = "";
    this.fit();
    this.say(body);
  }

  say(body) {
    this.line.send({ text: body }, body);
  }

  /** Grow with the text, and count it down near the limit. */
  fit() {
    this.input.style.height = "auto";
    this.input.style.height = `${this.input.scrollHeight}px`;
    const left = LONGEST - this.input.value.length;
    this.length.classList.toggle("mistake", left < 0);
    this.length.textContent = left < 0 ? text("too_long", { over: -left, longest: LONGEST }) : left < 500 ? text("left", { left }) : "";
  }

  onMessage(message) {
    const fresh = this.log.show(message);
    this.hideStarters();
    if (fresh) this.showTyping(null);
    this.read();
    if (fresh && this.ready && !this.hasAttribute("open")) this.countUnread(this.unread + 1);
  }

  read() {
    // Lines are numbered from 1 without a gap.
    const seq = this.log.rows.size;
    if (seq > this.seen && !document.hidden && this.hasAttribute("open") && this.line.frame("read", { seq })) this.seen = seq;
  }

  awaitReply() {
    if (this.owner === "bot" || this.owner === "closed") this.showTyping({ sender: "bot" });
  }

  showTyping(frame) {
    clearTimeout(this.typingTimer);
    this.typing.replaceChildren();
    if (!frame || frame.sender === "customer") return;
    const said = frame.text || (frame.sender === "agent" ? text("agent_typing", { name: this.agent || text("agent_name") }) : "");
    this.typing.append(h("span", { className: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
      said ? h("span", {}, said) : h("span", { className: "unseen" }, text("bot_typing")));
    this.typingTimer = setTimeout(() => this.showTyping(null), frame.sender === "agent" ? 6000 : 20_000);
  }

  tell(body) {
    this.notice.hidden = false;
    this.notice.replaceChildren(body);
  }

  // ---- a person ------------------------------------------------------------------------------------------

  async askForPerson() {
    if (this.owner === "agent") return this.tell(text("with_agent", { name: this.agent || text("agent_name") }));
    if (this.asking) return;
    this.asking = true; // not `disabled`: that would take the focus away
    try {
      const answer = await this.line.requestPerson();
      await this.refreshHours();
      this.onOwner(answer);
      if (!this.availability || this.availability.open) return;
      this.showContact();
    } catch (problem) {
      this.tell(problem.message || text("person_unreachable"));
    } finally {
      this.asking = false;
    }
  }

  onOwner({ owner, position, wait_s: wait, wait_most_s: most, agent_name: agent }) {
    const before = this.owner;
    this.owner = owner;
    this.agent = agent ?? this.agent;
    const withPeople = owner === "agent" || owner === "queue";
    if (withPeople && this.shadowRoot.activeElement === this.person) this.input.focus();
    this.person.hidden = withPeople;
    if (owner !== "bot") this.showTyping(null);
    if (owner === "queue") {
      const place = position ? text("position", { position }) : text("waiting");
      this.notice.hidden = false;
      this.notice.replaceChildren(h("div", {}, [place, waitText(wait, most)].filter(Boolean).join(" · ")), h("div", { className: "choices" },
        h("button", { type: "button", className: "plain", onclick: () => this.leave("leave-queue") }, text("leave_queue")),
        h("button", { type: "button", className: "plain", onclick: () => this.showContact() }, text("leave_contact"))));
    } else if (owner === "agent") {
      this.tell(h("div", {}, text("with_agent", { name: this.agent || text("agent_name") }), h("div", { className: "choices" },
        h("button", { type: "button", className: "plain", onclick: () => this.leave("back-to-bot") }, text("to_bot")))));
      if (before !== "agent") this.tray.replaceChildren();
    } else this.notice.hidden = true;
    if (owner === "closed" && before === "agent") this.showRating();
    this.keepFocus();
  }

  async leave(call) {
    try {
      const answer = await this.line.about(call);
      this.tray.replaceChildren();
      this.onOwner({ owner: "bot", ...answer });
      this.input.focus();
    } catch (problem) {
      this.tell(problem.message || text("unreachable"));
    }
  }

  showContact() {
    this.tray.replaceChildren(contactForm({
      intro: this.availability && !this.availability.open ? this.availability.sentence : text("contact_intro"),
      customer: this.dataset,
      send: (details) => this.line.about("contact", details),
      dismiss: () => this.tray.replaceChildren(),
    }));
    this.tray.querySelector("input").focus();
  }

  showRating() {
    this.tray.replaceChildren(ratingForm({
      send: (rating) => this.line.about("rating", rating), dismiss: () => this.tray.replaceChildren(),
    }));
  }
}

// ---- start: the script tag's own data attributes configure the element it adds ----------------------------

if (!customElements.get("deskmate-chat")) {
  customElements.define("deskmate-chat", DeskmateChat);
  const place = () => {
    if (document.querySelector("deskmate-chat")) return;
    const chat = document.createElement("deskmate-chat");
    Object.assign(chat.dataset, SCRIPT?.dataset);
    document.body.append(chat);
  };
  if (document.body) place();
  else addEventListener("DOMContentLoaded", place);
}
