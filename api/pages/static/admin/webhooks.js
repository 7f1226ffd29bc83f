// Other systems that are told what happens: who, how they are doing, and what became of the last events.

import { call, get, id, post } from "../lib/api.js";
import { when } from "../lib/format.js";
import { h } from "../lib/nodes.js";
import { named, text } from "../lib/texts.js";
import { button, heading, labelled, table, tags, working } from "./parts.js";

export async function webhooks() {
  const shown = h("div", { className: "stack" });
  const secret = h("div", { role: "status" });
  const found = await get("/v1/webhooks");
  const draw = async () => {
    const { webhooks: hooks } = await get("/v1/webhooks");
    shown.replaceChildren(...(hooks.length ? hooks.map((hook) => card(hook, draw, secret)) : [h("p", { className: "empty" }, text("admin.webhooks_none"))]));
  };
  await draw();
  return [heading(text("admin.section_webhooks"), text("admin.webhooks_intro"), button(text("admin.refresh"), draw)), secret, shown,
    h("details", { className: "card fold" }, h("summary", {}, text("admin.webhook_add")), adding(found.kinds, draw, secret))];
}

function adding(kinds, draw, secret) {
  const boxes = Object.keys(kinds).map((kind) => h("label", { className: "tick" },
    h("input", { type: "checkbox", name: "kinds", value: kind }), h("span", {}, h("code", {}, kind), " ", h("span", { className: "quiet small" }, named("events", kind)))));
  return h("form", {
    className: "form", onsubmit: (event) => {
      event.preventDefault();
      const given = new FormData(event.target);
      working(event.submitter, async () => {
        const made = await post("/v1/webhooks", { url: given.get("url"), kinds: given.getAll("kinds") });
        tell(secret, made);
        event.target.reset();
        await draw();
      });
    },
  }, labelled(text("admin.webhook_url"), h("input", { className: "field", name: "url", type: "url", required: true, placeholder: "https://", autocomplete: "off" })),
  h("fieldset", { className: "choices" }, h("legend", {}, text("admin.webhook_kinds")), ...boxes),
  h("div", {}, h("button", { className: "button solid" }, text("admin.add"))));
}

/** A secret is shown once: whoever closes this page without it makes a new one. */
function tell(secret, made) {
  secret.replaceChildren(h("div", { className: "note warm" }, h("p", {}, text("admin.webhook_secret")), h("code", { className: "wrap mono" }, made.secret)));
}

function card(hook, draw, secret) {
  const path = `/v1/webhooks/${id(hook.webhook_id)}`;
  const deliveries = h("div", {});
  const state = hook.paused ? [text("admin.webhook_paused"), "warm"] : hook.failures ? [text("admin.webhook_failing", { n: hook.failures }), "alarm"] : [text("admin.webhook_well"), "good"];
  const details = h("details", { className: "fold", ontoggle: () => details.open && list(path, deliveries, draw) },
    h("summary", {}, text("admin.webhook_deliveries")), deliveries);
  return h("article", { className: "card", "aria-label": hook.url },
    h("h2", { className: "wrap" }, hook.url),
    tags(state, [hook.kinds.length ? hook.kinds.join(", ") : text("admin.webhook_every_kind")], [hook.behind ? text("admin.webhook_behind", { n: hook.behind }) : ""]),
    hook.failures ? h("p", { className: "note alarm" }, text("admin.webhook_problem", { why: hook.last_error ?? "", at: when(hook.next_at) })) : null,
    h("div", { className: "acts" },
      button(text(hook.paused ? "admin.webhook_resume" : "admin.webhook_pause"), () => call("PATCH", path, { paused: !hook.paused }).then(draw), "compact"),
      button(text("admin.webhook_new_secret"), async () => { tell(secret, await post(`${path}/secret`)); await draw(); }, "compact"),
      replaying(hook, path, draw),
      button(text("admin.webhook_delete"), async () => { if (confirm(text("admin.webhook_delete_sure", { url: hook.url }))) await call("DELETE", path).then(draw); }, "compact")),
    details);
}

function replaying(hook, path, draw) {
  const from = h("input", { className: "field short", type: "number", min: 0, value: hook.after, "aria-label": text("admin.webhook_after"), required: true });
  const send = button(text("admin.webhook_replay"), () => post(`${path}/replay`, { after: Number(from.value) }).then(draw), "compact");
  return h("span", { className: "acts" }, from, send);
}

async function list(path, node, draw) {
  const { deliveries } = await get(`${path}/deliveries`);
  node.replaceChildren(table(text("admin.webhook_deliveries"),
    [text("admin.webhook_event"), text("admin.webhook_kind"), text("admin.state"), text("admin.webhook_took"), text("admin.webhook_at"), ""],
    deliveries.map((one) => [String(one.event_id), h("code", {}, one.kind), tags([one.problem ?? String(one.status), one.problem ? "alarm" : "good"]), `${one.took_ms} ms`, when(one.at),
      button(text("admin.webhook_again"), () => post(`${path}/replay`, { after: one.event_id - 1 }).then(draw), "compact")])));
}
