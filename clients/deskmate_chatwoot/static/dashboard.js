// The dashboard app: hears from Chatwoot which conversation is open, and shows what Deskmate suggests for it.

const ASK = "chatwoot-dashboard-app:fetch-info";
const base = location.pathname.replace(/\/$/, "");
const { origin } = await (await fetch(`${base}/origin`)).json();
const state = document.getElementById("state");
const list = document.getElementById("suggestions");
const brief = document.getElementById("brief");
let turn = 0; // answers to an earlier conversation come to nothing

function h(tag, props = {}, ...children) {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...children.filter(Boolean));
  return node;
}

function address(url) {
  try {
    const parsed = new URL(url);
    return ["http:", "https:"].includes(parsed.protocol) ? parsed.href : null;
  } catch {
    return null;
  }
}

function card(one) {
  const source = address(one.url);
  const copy = h("button", { type: "button", onclick: () => take(one, copy) }, "Copy");
  return h("article", {}, h("h2", {}, one.title), h("p", {}, one.answer),
    h("div", { className: "acts" }, copy,
      h("span", { className: "why" }, `${Math.round(100 * one.confidence)} % likely${one.internal ? " · for agents only" : ""}`),
      source && h("a", { href: source, target: "_blank", rel: "noopener noreferrer" }, "Article")));
}

async function take(one, button) {
  try {
    await navigator.clipboard.writeText(one.answer);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Copying is not allowed here";
  }
  fetch(`${base}/copied/${encodeURIComponent(one.suggestion_id)}`, { method: "POST" });
}

async function show(conversation) {
  turn += 1;
  const mine = turn;
  state.textContent = "Looking …";
  let found;
  try {
    const answer = await fetch(`${base}/suggestions`, { method: "POST", body: JSON.stringify(conversation) });
    if (!answer.ok) throw new Error(answer.statusText);
    found = await answer.json();
  } catch {
    found = { problem: "The adapter cannot be reached.", suggestions: [], brief: [] };
  }
  if (mine !== turn) return;
  list.replaceChildren(...found.suggestions.map(card));
  brief.hidden = !found.brief.length;
  brief.replaceChildren(h("h2", {}, "Handed over by Deskmate"),
    h("dl", {}, ...found.brief.flatMap((line) => [h("dt", {}, line.kind), h("dd", {}, line.text)])));
  state.textContent = found.problem ?? (found.suggestions.length ? "" : "No article fits.");
}

addEventListener("message", (event) => {
  if (event.origin !== origin || event.source !== parent) return; // only Chatwoot itself is believed
  let heard;
  try {
    heard = typeof event.data === "string" ? JSON.parse(event.data) : event.data;
  } catch {
    return;
  }
  if (heard?.event === "appContext" && heard.data?.conversation) {
    const { id, account_id: account, messages } = heard.data.conversation;
    show({ id, account_id: account ?? messages?.at(-1)?.account_id, messages: messages ?? [] });
  }
});

parent.postMessage(ASK, origin);
