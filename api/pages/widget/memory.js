// What the browser remembers: the conversation's key and the messages not yet acknowledged.
// One localStorage entry per waiting message, so that two tabs never overwrite each other's.

class Memory {
  constructor(scope, kind = "localStorage") {
    this.prefix = `deskmate:${scope}:`;
    try {
      this.area = window[kind];
      this.area.setItem(`${this.prefix}try`, "1");
      this.area.removeItem(`${this.prefix}try`);
    } catch {
      this.area = inMemoryArea();
    }
  }

  get(name) {
    try {
      return JSON.parse(this.area.getItem(this.prefix + name));
    } catch {
      return null;
    }
  }

  set(name, value) {
    try {
      if (value === null) this.area.removeItem(this.prefix + name);
      else this.area.setItem(this.prefix + name, JSON.stringify(value));
    } catch {
      // A full store costs the survival of a reload, never the message itself.
      this.area = inMemoryArea(this.area);
      this.set(name, value);
    }
  }

  /** Messages waiting for their acknowledgement, oldest first. */
  outbox() {
    const start = `${this.prefix}out:`;
    return Object.keys(this.area)
      .filter((key) => key.startsWith(start))
      .sort()
      .map((key) => ({ key: key.slice(this.prefix.length), ...this.get(key.slice(this.prefix.length)) }))
      .filter((entry) => entry.client_msg_id);
  }

  /** Keep a message until it is acknowledged; its key sorts after every earlier one, even if the clock was set back. */
  keep(entry) {
    const last = this.outbox().pop();
    const after = last ? Number(last.key.split(":")[1].split("-")[0]) + 1 : 0;
    const order = String(Math.max(Date.now() * 100, after)).padStart(18, "0");
    this.set(`out:${order}-${entry.client_msg_id}`, entry);
  }

  drop(clientMsgId) {
    for (const entry of this.outbox()) if (entry.client_msg_id === clientMsgId) this.set(entry.key, null);
  }
}

/** A stand-in for localStorage where the browser forbids it; it lives as long as the page. */
function inMemoryArea(from = {}) {
  const area = Object.create({
    getItem(key) { return Object.hasOwn(this, key) ? this[key] : null; },
    setItem(key, value) { this[key] = String(value); },
    removeItem(key) { delete this[key]; },
  });
  for (const key of Object.keys(from)) area[key] = from[key];
  return area;
}
