// The agents' desk: three columns, one live line.

import { h } from "../lib/nodes.js";
import { logOut, loggedIn } from "../lib/login.js";
import { text } from "../lib/texts.js";
import { Chats } from "./chats.js";
import { ConversationView } from "./conversation-view.js";
import { Line } from "./line.js";
import { PacketView } from "./packet-view.js";
import { Places } from "./places.js";
import { QueueView } from "./queue-view.js";
import { shortcuts } from "./shortcuts.js";
import { SuggestionsView } from "./suggestions-view.js";
import { Wall } from "./wall.js";

const page = document.getElementById("page");
const me = await loggedIn(page, "agent");
const chats = new Chats(me);
const line = new Line();
const queue = new QueueView(chats);
const places = new Places(chats, line);
const conversation = new ConversationView(chats, line, places);
const suggestions = new SuggestionsView(chats, conversation);
const packet = new PacketView(chats, conversation);

// ---- the page ----------------------------------------------------------------------------------------------

const state = h("span", { className: "state small" });
const notice = h("div", { className: "toast", role: "alert", hidden: true });
const panels = { suggestions, packet };
const tabs = Object.fromEntries(Object.keys(panels).map((name) => [name, h("button", {
  type: "button", role: "tab", id: `tab-${name}`, "aria-controls": "panel", onclick: () => show(name),
}, text(`desk.tab_${name}`))]));
const panel = h("div", { id: "panel", className: "panel", role: "tabpanel", tabIndex: 0 });
const right = h("aside", { className: "column right", "aria-label": text("desk.help_column") },
  h("div", { className: "tabs", role: "tablist" }, ...Object.values(tabs)), panel);

function show(name) {
  for (const [other, tab] of Object.entries(tabs)) {
    tab.setAttribute("aria-selected", other === name);
    tab.tabIndex = other === name ? 0 : -1;
  }
  panel.setAttribute("aria-labelledby", `tab-${name}`);
  panel.replaceChildren(panels[name].node);
}
right.querySelector(".tabs").addEventListener("keydown", ({ key }) => {
  if (key !== "ArrowLeft" && key !== "ArrowRight") return;
  const other = tabs.suggestions.tabIndex === 0 ? "packet" : "suggestions";
  show(other);
  tabs[other].focus();
});

// A short tone when somebody arrives, and a number in the title; they can be muted, and stay muted.
const sound = h("button", { type: "button", className: "button bare compact", onclick: () => mute() });
let tones;

function mute(quiet = localStorage.getItem("desk:mute") !== "1") {
  localStorage.setItem("desk:mute", quiet ? "1" : "0");
  sound.textContent = text(quiet ? "desk.sound_off" : "desk.sound_on");
  sound.setAttribute("aria-pressed", String(quiet));
  badge();
}

function badge() {
  const unread = chats.mine.reduce((sum, chat) => sum + chat.unread, 0) + chats.queue.length;
  const shown = unread && localStorage.getItem("desk:mute") !== "1";
  document.title = shown ? `(${unread}) ${text("desk.title")}` : text("desk.title");
}

function ring() {
  if (localStorage.getItem("desk:mute") === "1" || !navigator.userActivation?.hasBeenActive) return;
  tones ??= new AudioContext();
  const [tone, volume] = [tones.createOscillator(), tones.createGain()];
  tone.frequency.value = 660;
  volume.gain.setValueAtTime(0.06, tones.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.0001, tones.currentTime + 0.4);
  tone.connect(volume).connect(tones.destination);
  tone.start();
  tone.stop(tones.currentTime + 0.4);
}
mute(localStorage.getItem("desk:mute") === "1");
chats.addEventListener("arrived", ring);

const wall = new Wall(chats);
const keys = shortcuts({ chats, conversation, suggestions, packet, show, mute: () => mute(), wall });
const views = { left: "desk.chats", middle: "desk.conversation", right: "desk.help_column" };
const switcher = h("div", { className: "switcher", role: "group", "aria-label": text("desk.views") }, ...Object.entries(views).map(([name, label]) =>
  h("button", { type: "button", onclick: () => look(name), "data-view": name }, text(label))));

function look(name) {
  page.dataset.view = name;
  for (const button of switcher.children) button.setAttribute("aria-pressed", button.dataset.view === name);
}

page.replaceChildren(
  h("a", { className: "skip unseen", href: "#reply" }, text("desk.skip")),
  h("header", { className: "bar" }, h("a", { className: "mark", href: "/desk" }, h("img", { src: "/static/art/mark.svg", alt: "" }), text("desk.name_of_desk")), state,
    h("span", { className: "spring" }), sound, h("button", { type: "button", className: "button bare compact", onclick: () => wall.open() }, text("desk.wall")),
    h("button", { type: "button", className: "button bare compact", onclick: () => keys.showModal() }, text("desk.keys")),
    me.role === "admin" && h("a", { className: "button bare compact", href: "/admin" }, text("desk.admin")),
    h("bdi", { className: "small me" }, me.name), h("button", { type: "button", className: "button compact", onclick: logOut }, text("common.log_out"))),
  h("div", { className: "columns" }, queue.node, conversation.node, right), switcher, notice);
show("suggestions");
look("left");

// ---- drawing -----------------------------------------------------------------------------------------------

const parts = { queue: [queue], conversation: [conversation, suggestions, queue], suggestions: [suggestions], packet: [packet, conversation], typing: [conversation, queue] };
let shown = null;

function draw({ detail: what }) {
  for (const part of parts[what] ?? [queue, conversation, suggestions, packet]) part.draw();
  if (shown !== chats.current) {
    shown = chats.current;
    look(shown ? "middle" : "left");
    if (shown) conversation.focusSoon();
  }
  badge();
}

let noticeTimer;
function tell(message) {
  clearTimeout(noticeTimer);
  notice.textContent = message;
  notice.hidden = false;
  noticeTimer = setTimeout(() => (notice.hidden = true), 8000);
}

function setOnline(online) {
  chats.online = online;
  state.replaceChildren(h("span", { className: online ? "dot on" : "dot off", "aria-hidden": "true" }), " ", text(online ? "desk.online" : "desk.offline"));
  draw({ detail: "conversation" });
}

chats.addEventListener("changed", draw);
chats.addEventListener("trouble", ({ detail }) => tell(detail));

// ---- the line ----------------------------------------------------------------------------------------------

async function catchUp() {
  try {
    await chats.reload();
    setOnline(true);
  } catch (problem) {
    if (problem.status === 401) return;
    tell(problem.message || text("common.unreachable"));
    setTimeout(catchUp, 2000);
  }
}

line.addEventListener("ready", catchUp);
line.addEventListener("event", ({ detail }) => chats.hear(detail));
line.addEventListener("typing", ({ detail }) => chats.onTyping(detail));
line.addEventListener("looking", ({ detail }) => places.heard(detail));
line.addEventListener("down", () => setOnline(false));
line.addEventListener("reset", () => {
  for (const chat of chats.known.values()) chat.rows.clear();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && chats.current) chats.current.unread = 0;
});
draw({ detail: "all" });
setOnline(false);
line.connect();
