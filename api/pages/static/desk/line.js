// The desk's live line. Rows on the server are the truth: after every gap the desk is told what it missed and
// reloads what is on screen, and nobody can write before that is done.

const PING_EVERY_MS = 10_000;
const DEAD_AFTER_MS = 30_000; // without a word of the server, which asks every 12 s: noticed within 40 s
const LONGEST_WAIT_MS = 15_000;
const NOT_AUTHORISED = 4401;

export class Line extends EventTarget {
  constructor() {
    super();
    this.after = null;
    this.epoch = null;
    this.failures = 0;
    addEventListener("online", () => this.retryTimer && this.connect());
  }

  say(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }

  connect() {
    clearTimeout(this.retryTimer);
    this.retryTimer = null;
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/v1/desk`);
    this.socket = socket;
    socket.onopen = () => {
      this.heardAt = Date.now();
      this.frame("hello", { after: this.after, epoch: this.epoch });
      this.pulse = setInterval(() => this.beat(), PING_EVERY_MS);
    };
    socket.onmessage = ({ data }) => socket === this.socket && this.hear(JSON.parse(data));
    socket.onclose = ({ code }) => socket === this.socket && this.lost(code);
  }

  lost(code) {
    clearInterval(this.pulse);
    this.socket = null;
    this.say("down");
    if (code === NOT_AUTHORISED) return dispatchEvent(new CustomEvent("logged-out"));
    this.failures += 1;
    const longest = Math.min(LONGEST_WAIT_MS, 400 * 2 ** Math.min(this.failures, 6));
    this.retryTimer = setTimeout(() => this.connect(), longest * (0.5 + Math.random() / 2));
    return undefined;
  }

  frame(type, fields) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ type, ...fields }));
  }

  beat() {
    if (Date.now() - this.heardAt <= DEAD_AFTER_MS) return this.frame("ping");
    this.socket.close(); // a dead line never answers the farewell, so nobody waits for it
    return this.lost();
  }

  hear(frame) {
    this.heardAt = Date.now();
    if (frame.type === "event") {
      this.after = Math.max(this.after ?? 0, frame.event_id);
      this.say("event", frame);
    } else if (frame.type === "ready") {
      this.failures = 0;
      this.epoch = frame.epoch;
      this.after = Math.max(this.after ?? 0, frame.event_id);
      this.say("ready");
    } else if (frame.type === "reset") {
      this.epoch = frame.epoch;
      this.after = null;
      this.say("reset");
    } else if (frame.type === "typing" || frame.type === "looking") this.say(frame.type, frame);
    else if (frame.type === "ping") this.frame("pong");
  }
}
