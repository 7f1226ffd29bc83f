// Right: everything the bot knows about the customer and the conversation, for the person who takes over.

import { get, id } from "../lib/api.js";
import { percent, when } from "../lib/format.js";
import { h } from "../lib/nodes.js";
import { named, text } from "../lib/texts.js";

const SVG = "http://www.w3.org/2000/svg";

function part(title, ...content) {
  return h("section", { className: "part" }, h("h3", {}, title), ...content);
}

function facts(pairs) {
  return h("dl", { className: "facts" }, ...pairs.filter(([, value]) => value !== null && value !== undefined && value !== "")
    .flatMap(([label, value]) => [h("dt", {}, label), h("dd", { className: "wrap" }, h("bdi", {}, String(value)))]));
}

/** Bars of frustration, one per message, with the words for people who do not see them. */
function frustrationChart(scores) {
  const svg = document.createElementNS(SVG, "svg");
  const width = Math.max(scores.length * 26, 60);
  svg.setAttribute("viewBox", `0 0 ${width} 64`);
  svg.setAttribute("class", "chart");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", text("desk.frustration_spoken", { list: scores.map((one) => percent(one.score)).join(", ") }));
  const draw = (name, attributes) => {
    const node = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    svg.append(node);
    return node;
  };
  draw("line", { x1: 0, x2: width, y1: 32, y2: 32, class: "half" });
  draw("line", { x1: 0, x2: width, y1: 63, y2: 63, class: "ground" });
  scores.forEach(({ score }, index) => {
    const height = Math.max(2, 60 * score);
    draw("rect", { x: index * 26 + 4, y: 63 - height, width: 18, height, rx: 3, class: score >= 0.5 ? "high" : "low" });
  });
  return h("div", { className: "scroll" }, svg);
}

export class PacketView {
  constructor(chats, conversation) {
    this.chats = chats;
    this.conversation = conversation;
    this.node = h("div", { className: "packet" });
  }

  draw() {
    const { current } = this.chats;
    if (!current) return this.node.replaceChildren(h("p", { className: "empty" }, text("desk.nothing_open")));
    const { packet } = current;
    if (!packet) return this.node.replaceChildren(...[this.brief({ brief: [] }), this.who(current.customer ?? {}), h("p", { className: "empty" }, text("desk.no_packet"))].filter(Boolean));
    this.node.replaceChildren(...[
      this.brief(packet), this.first(packet), this.who(packet.customer), this.why(packet),
      this.mood(packet), this.tried(packet), this.known(packet), this.earlier(packet), this.similar(current), this.intents(packet), this.pages(packet),
    ].filter(Boolean));
    return undefined;
  }

  /** The conversation in quotations, from the hand-off or as it stands now; each leads to its message. */
  brief({ brief: handed }) {
    const { current } = this.chats;
    const brief = current.summary ?? handed ?? [];
    const now = h("button", { type: "button", className: "button bare compact", onclick: () => this.summarise() }, text("desk.summary_now"));
    if (!brief.length) return part(text("desk.summary"), now);
    return part(h("span", { className: "part-head" }, text("desk.summary"), now), h("dl", { className: "facts" }, ...brief.flatMap((line) => [
      h("dt", {}, text(`desk.brief_${line.kind}`)),
      h("dd", { className: "wrap", dir: "auto" }, h("button", { type: "button", className: "quotation", title: text("desk.to_message"), onclick: () => this.conversation.showMessage(line.message_id) }, line.text))])));
  }

  async summarise() {
    const { current } = this.chats;
    try {
      current.summary = (await get(`/v1/conversations/${id(current.conversation_id)}/summary`)).summary;
      this.chats.changed("packet");
    } catch (problem) {
      this.chats.trouble(problem);
    }
  }

  /** A first reply, to be changed before it is sent. */
  first({ suggested_reply: draft }) {
    const { current } = this.chats;
    if (!draft || current.withheld || current.transcript.some((row) => row.sender === "agent")) return null;
    return part(text("desk.first_reply"), h("blockquote", { className: "draft", dir: "auto" }, draft),
      h("button", { type: "button", className: "button compact", disabled: !this.conversation.mayWrite, onclick: () => this.conversation.insert(draft) }, text("desk.use"), h("kbd", { "aria-hidden": "true" }, "Alt 0")));
  }

  useFirst() {
    const { packet, withheld } = this.chats.current ?? {};
    const draft = packet?.suggested_reply;
    if (draft && !withheld) this.conversation.insert(draft);
  }

  /** Chats about the same that were solved, and with which words. */
  similar({ similar }) {
    if (!similar?.length) return null;
    return part(text("desk.similar"), h("ul", { className: "plain small" }, ...similar.map((one) => h("li", { className: "tried" },
      h("q", { dir: "auto" }, one.question), h("blockquote", { className: "draft", dir: "auto" }, one.answer),
      h("button", { type: "button", className: "button bare compact", disabled: !this.conversation.mayWrite, onclick: () => this.conversation.insert(one.answer) }, text("desk.use"))))));
  }

  earlier({ earlier }) {
    if (!earlier?.length) return null;
    return part(text("desk.earlier"), h("ul", { className: "plain small" }, ...earlier.map((one) => h("li", {},
      h("button", { type: "button", className: "quotation", dir: "auto", onclick: () => this.chats.open(one.conversation_id) }, one.first_message ?? text("desk.guest")),
      h("span", { className: "quiet" }, ` ${[when(one.created_at), ...one.reasons.map((reason) => reason.text)].join(" · ")}`)))));
  }

  who({ name, email, verified, subject, contact, earlier_conversations: earlier }) {
    return part(text("desk.customer"), facts([
      [text("desk.name"), name || text("desk.guest")], [text("desk.email"), email], [text("desk.identity"), text(verified ? "desk.verified" : "desk.not_verified")],
      [text("desk.subject"), subject], [text("desk.contact"), [contact?.email, contact?.phone].filter(Boolean).join(", ")],
      [text("desk.earlier"), earlier || null]]));
  }

  why({ why, requested_at: at, department }) {
    return part(text("desk.why"),
      h("div", { className: "tags" }, ...why.reasons.map((reason) => h("span", { className: "tag warm" }, reason.text || reason.code))),
      ...(why.evidence ?? []).filter((one) => one.text).map((one) => h("blockquote", { dir: "auto" }, one.text)),
      why.counterfactual && h("p", { className: "small quiet" }, why.counterfactual),
      facts([[text("desk.asked_at"), when(at)], [text("desk.department"), department]]));
  }

  mood({ frustration }) {
    if (!frustration?.length) return null;
    const reasons = frustration.filter((one) => one.reasons?.length && one.score >= 0.3);
    return part(text("desk.frustration"), frustrationChart(frustration),
      reasons.length ? h("ul", { className: "plain small" }, ...reasons.map((one) => h("li", {},
        h("span", { className: "number quiet" }, `${percent(one.score)} `), one.reasons.map((reason) => named("frustration", reason)).join(", ")))) : null);
  }

  tried({ tried }) {
    if (!tried?.length) return null;
    const list = (entries) => h("ul", { className: "plain" }, ...entries.map((one) => this.attempt(one)));
    const [shown, rest] = [tried.filter((one) => one.shown), tried.filter((one) => !one.shown)];
    return part(text("desk.tried"), shown.length ? list(shown) : h("p", { className: "quiet small" }, text("desk.none_shown")),
      rest.length ? h("details", {}, h("summary", { className: "small" }, text("desk.not_shown", { count: rest.length })), list(rest)) : null);
  }

  attempt({ article_id: article, title, similarity, confidence, reaction }) {
    return h("li", { className: "tried" },
      h("div", { className: "card-head" }, h("a", { href: `/help/${encodeURIComponent(article)}`, target: "_blank", rel: "noopener", className: "wrap" }, title),
        h("span", { className: "number small quiet", title: text("desk.similarity", { value: (similarity ?? 0).toFixed(2) }) }, percent(confidence))),
      reaction && h("div", { className: "tags" }, h("span", { className: reaction === "helpful" ? "tag good" : "tag alarm" }, text(`desk.reaction_${reaction}`))));
  }

  /** What the customer has told: nobody should ask for it again. */
  known({ do_not_ask_again: known }) {
    return known?.length ? part(text("desk.facts"), facts(known.map(({ what, value }) => [named("slots", what), value]))) : null;
  }

  intents({ intents }) {
    if (!intents?.length) return null;
    return h("details", { className: "part" }, h("summary", {}, text("desk.intents")),
      h("ul", { className: "plain small" }, ...intents.map((one) => h("li", {}, h("span", { className: "mono" }, one.intent), ` ${percent(one.confidence)}`,
        one.outcome ? h("span", { className: "quiet" }, ` ${one.outcome}`) : null))));
  }

  pages({ visits }) {
    if (!visits?.length) return null;
    return part(text("desk.pages"), h("ol", { className: "plain small" }, ...visits.map((visit) => h("li", { className: "wrap", dir: "auto", title: visit.title ?? "" },
      h("span", {}, visit.url), h("span", { className: "quiet" }, ` ${when(visit.at)}`)))));
  }
}
