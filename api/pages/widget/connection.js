// The line to the server. Rows on the server are the truth: after any gap the connection says what it has
// seen (`after`, `epoch`) and is caught up. A message stays in the outbox until it is acknowledged, so
// nothing is lost, and keeps its client_msg_id, so nothing is doubled.

const PING_EVERY_MS = 25_000;
const DEAD_AFTER_MS = 60_000;
const ACK_WITHIN_MS = 10_000;
const LONGEST_WAIT_MS = 30_000;
const TYPING_EVERY_MS = 3_000;
const OTHER_TAB_OPENS_MS = 2_000;
const DEAF_SOCKETS = 3; // sockets in a row that said nothing: some networks let none through
const POLLS = 30;
const POLL_S = 10;

class CallFailed extends Error {
  constructor(status, code, message, retryAfterS = 0) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfterS = retryAfterS;
  }

  /** The conversation itself is no longer there: expired, erased, or its key refused. */
  get gone() { return this.code === "conversation_expired" || this.status === 401 || this.status === 404; }
}

class Connection extends EventTarget {
  constructor(base, memory, customer) {
    super();
    this.base = base;
    this.memory = memory;
    this.customer = customer;
    this.failures = 0;
    this.deaf = 0;
    this.inFlight = null;
    this.forgetTranscript();
    addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.hurry());
    addEventListener("storage", (event) => this.otherTabWrote(event));
    addEventListener("pagehide", () => this.socket?.close());
    addEventListener("pageshow", (event) => event.persisted && this.start());
  }

  get conversation() { return this.memory.get("conversation"); }

  say(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }

  forgetTranscript() {
    this.seen = new Set();
    this.upTo = 0;
  }

  /** Resume an earlier conversation, if there is one or something waits to be sent. */
  start() {
    if (this.conversation || this.memory.outbox().length || this.memory.get("wantsPerson")) this.connect();
  }

  otherTabWrote(event) {
    if (event.key === `${this.memory.prefix}conversation`) {
      if (!event.newValue || this.conversation?.conversation_id !== this.connectedTo) this.restart();
    } else if (event.key?.startsWith(`${this.memory.prefix}out:`)) {
      // The tab that wrote it opens the conversation; what it stores is seen here a little later than its lock is free.
      if (event.newValue) setTimeout(() => this.connect(), this.conversation ? 0 : OTHER_TAB_OPENS_MS);
      else this.say("elsewhere", event.key.slice(event.key.lastIndexOf("-") + 1));
    }
  }

  restart() {
    this.forgetTranscript();
    this.say("reset");
    this.hangUp();
    this.start();
  }

  // ---- calls -------------------------------------------------------------------------------------------

  async call(method, path, body, stop) {
    const headers = { Accept: "application/json" };
    if (body) headers["Content-Type"] = "application/json";
    if (this.conversation) headers.Authorization = `Bearer ${this.conversation.token}`;
    let response;
    try {
      response = await fetch(this.base + path, {
        method, headers, body: body && JSON.stringify(body), credentials: "omit",
        signal: stop ? AbortSignal.any([stop, AbortSignal.timeout(15_000)]) : AbortSignal.timeout(15_000),
      });
    } catch {
      throw new CallFailed(0, stop?.aborted ? "stopped" : "offline", "");
    }
    const answer = await response.json().catch(() => ({}));
    if (response.ok) return answer;
    const { code = "failed", message = "" } = answer.error ?? {};
    throw new CallFailed(response.status, code, message, Number(response.headers.get("Retry-After")) || 0);
  }

  /** Open a conversation once, whichever tab gets there first. */
  async ensureConversation() {
    if (this.conversation) return this.conversation;
    const open = async () => {
      if (this.conversation) return;
      const opened = await this.call("POST", "/v1/conversations", this.customer());
      this.memory.set("conversation", opened);
    };
    if (navigator.locks) await navigator.locks.request(`${this.memory.prefix}open`, open);
    else await (this.opening ??= open().finally(() => (this.opening = null)));
    return this.conversation;
  }

  /** A call about this conversation; one that is gone is replaced by a new one, once. */
  async about(path, body = {}) {
    const post = ({ conversation_id: id }) => this.call("POST", `/v1/conversations/${encodeURIComponent(id)}/${path}`, body);
    try {
      return await post(await this.ensureConversation());
    } catch (problem) {
      if (!problem.gone || !this.conversation) throw problem;
      this.startAnew();
      return post(await this.ensureConversation());
    }
  }

  /** Forget the conversation, keep what waits to be sent. Buttons of the old one go on as what they said. */
  startAnew() {
    this.memory.set("conversation", null);
    for (const { key, ...entry } of this.memory.outbox()) {
      if (entry.content.button_id) this.memory.set(key, { ...entry, content: { text: entry.shown } });
    }
    this.forgetTranscript();
    this.hangUp();
    this.say("fresh");
  }

  /** Ask for a person. The wish outlives a lost connection and a reload. */
  async requestPerson() {
    this.memory.set("wantsPerson", true);
    const answer = await this.about("request-person");
    this.memory.set("wantsPerson", null);
    this.connect();
    return answer;
  }

  // ---- sending -----------------------------------------------------------------------------------------

  send(content, shown) {
    const entry = { client_msg_id: newId(), content, shown };
    this.memory.keep(entry);
    this.say("waiting", entry);
    this.connect();
    this.flush();
  }

  feedback(suggestionId, helpful) {
    if (this.frame("feedback", { suggestion_id: suggestionId, helpful })) return;
    this.call("PATCH", `/v1/suggestions/${encodeURIComponent(suggestionId)}/feedback`, { helpful }).catch(() => {});
  }

  typing() {
    const now = Date.now();
    if (now - (this.typedAt ?? 0) < TYPING_EVERY_MS) return;
    if (this.frame("typing")) this.typedAt = now;
  }

  frame(type, fields) {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify({ type, ...fields }));
    return true;
  }

  /** One message at a time, oldest first: the order typed is the order stored. */
  flush() {
    this.stopWaiting?.abort();
    if (this.inFlight || !this.greeted || Date.now() < (this.holdUntil ?? 0)) return;
    const [next] = this.memory.outbox();
    if (!next || !this.frame("message", { client_msg_id: next.client_msg_id, ...next.content })) return;
    this.inFlight = next.client_msg_id;
    this.ackTimer = setTimeout(() => this.socket?.close(), ACK_WITHIN_MS);
  }

  settled() {
    clearTimeout(this.ackTimer);
    this.inFlight = null;
  }

  // ---- the socket --------------------------------------------------------------------------------------

  /** The line may be back: try now, and forget how often it failed, also for an attempt already under way. */
  hurry() {
    this.failures = 0;
    if (this.retryTimer) this.connect();
  }

  async connect() {
    if (this.socket || this.connecting || this.polling) return;
    clearTimeout(this.retryTimer);
    this.retryTimer = null;
    this.connecting = true;
    this.say("line", this.failures ? "away" : "joining");
    try {
      const { token, epoch, conversation_id: id } = await this.ensureConversation();
      if (this.memory.get("wantsPerson")) {
        this.say("person", await this.about("request-person"));
        this.memory.set("wantsPerson", null);
      }
      if (this.deaf < DEAF_SOCKETS) this.open(token, this.epoch ?? epoch, id);
      else this.poll(id, this.epoch ?? epoch);
    } catch (problem) {
      if (!(problem instanceof CallFailed)) throw problem;
      if (problem.gone && this.conversation) this.startAnew();
      else if (problem.status >= 400 && problem.status < 500 && problem.status !== 429) this.say("trouble", problem);
      this.retry(problem.retryAfterS * 1000);
    } finally {
      this.connecting = false;
    }
  }

  open(token, epoch, id) {
    const socket = new WebSocket(this.base.replace(/^http/, "ws") + "/v1/chat");
    this.socket = socket;
    this.connectedTo = id;
    this.epoch = epoch;
    const patience = setTimeout(() => socket.close(), ACK_WITHIN_MS);
    socket.onopen = () => {
      clearTimeout(patience);
      this.heardAt = Date.now();
      this.frame("hello", { token, after: this.upTo, epoch });
      this.greeted = true;
      this.pulse = setInterval(() => this.beat(), PING_EVERY_MS);
      this.flush();
    };
    socket.onmessage = (event) => socket === this.socket && this.hear(event.data);
    socket.onclose = (event) => {
      clearTimeout(patience);
      if (socket !== this.socket) return;
      this.hangUp();
      this.deaf += 1;
      if (event.code === 4401) {
        this.deaf = 0; // it was heard, and answered
        this.startAnew();
        this.start();
      } else this.retry();
    };
  }

  hangUp() {
    const socket = this.socket;
    this.socket = null;
    this.polling = null;
    this.greeted = false;
    clearInterval(this.pulse);
    this.settled();
    socket?.close();
  }

  /** Wait longer after each failure, by a random share, so that thousands of browsers do not return at once. */
  retry(atLeastMs = 0) {
    this.failures += 1;
    const longest = Math.min(LONGEST_WAIT_MS, 500 * 2 ** Math.min(this.failures, 8));
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.connect(), Math.max(atLeastMs, longest * (0.5 + Math.random() / 2)));
    this.say("line", "away");
  }

  /** The same rows over plain calls, in the same order and under the same ids; now and then a socket is tried again. */
  async poll(id, epoch) {
    const path = `/v1/conversations/${encodeURIComponent(id)}/messages`;
    const turn = (this.polling = {});
    this.connectedTo = id;
    this.epoch = epoch;
    try {
      for (let round = 0; round < POLLS && this.polling === turn; round += 1) {
        this.stopWaiting = new AbortController();
        for (const { client_msg_id: key, content } of this.memory.outbox()) await this.post(path, key, content);
        if (this.polling !== turn) return;
        const page = await this.call("GET", `${path}?after=${this.upTo}&epoch=${this.epoch}&wait=${round ? POLL_S : 0}`, undefined, this.stopWaiting.signal)
          .catch((problem) => { if (problem.code !== "stopped") throw problem; });
        if (!page || this.polling !== turn) continue;
        if (page.reset) this.onReset(page);
        page.messages.forEach((message) => this.onMessage(message));
        this.onOwner(page);
      }
      this.deaf = DEAF_SOCKETS - 1;
    } catch (problem) {
      if (this.polling !== turn) return;
      if (problem.gone) this.startAnew();
      this.failures += 1;
    }
    if (this.polling === turn || !this.socket) {
      this.polling = null;
      this.retry();
    }
  }

  async post(path, key, content) {
    try {
      this.onAck({ client_msg_id: key, ...(await this.call("POST", path, { client_msg_id: key, ...content })) });
    } catch (problem) {
      if (problem.gone || problem.retryAfterS || problem.status < 400 || problem.status >= 500) throw problem;
      this.onError({ client_msg_id: key, error: problem });
    }
  }

  beat() {
    if (Date.now() - this.heardAt > DEAD_AFTER_MS) this.socket.close();
    else this.frame("ping");
  }

  hear(data) {
    this.heardAt = Date.now();
    this.deaf = 0;
    const frame = JSON.parse(data);
    const react = { ack: "onAck", message: "onMessage", owner: "onOwner", reset: "onReset", error: "onError" }[frame.type];
    if (react) this[react](frame);
    else if (frame.type === "typing") this.say("typing", frame);
  }

  caughtUp() {
    this.failures = 0;
    this.say("line", "here");
    this.flush();
  }

  mark(seq) {
    this.seen.add(seq);
    while (this.seen.has(this.upTo + 1)) this.upTo += 1;
  }

  onAck({ client_msg_id: id, message_id, seq, epoch }) {
    if (this.inFlight === id) this.settled();
    const entry = this.memory.outbox().find((waiting) => waiting.client_msg_id === id);
    this.memory.drop(id);
    this.say("acked", { client_msg_id: id, message_id, seq, entry });
    if (epoch && epoch !== this.epoch) {
      this.onReset({ epoch });
      this.socket?.close();
    } else this.flush();
  }

  onMessage(message) {
    const known = this.seen.has(message.seq);
    this.mark(message.seq);
    if (!known) this.say("message", message);
  }

  onOwner(frame) {
    this.say("owner", frame);
    this.caughtUp();
  }

  /** The server's history is another one than ours: show everything again from its first row. */
  onReset({ epoch }) {
    this.epoch = epoch;
    this.memory.set("conversation", { ...this.conversation, epoch });
    this.forgetTranscript();
    this.say("reset");
  }

  onError({ client_msg_id: id, error = {} }) {
    if (this.inFlight === id || !id) this.settled();
    if (error.code === "conversation_expired") {
      this.startAnew();
      this.connect();
    } else if (error.retry_after_s) {
      const pauseMs = 1000 * error.retry_after_s;
      this.holdUntil = Date.now() + pauseMs;
      setTimeout(() => this.flush(), pauseMs + 10);
    } else if (id) {
      this.memory.drop(id);
      this.say("refused", { client_msg_id: id, error });
      this.flush();
    } else if (error.code !== "unknown_frame") this.say("trouble", error);
  }
}
