// One customer's data: found, given out, erased; what is kept how long; receipts of erasures.

import { get, id, post } from "../lib/api.js";
import { when } from "../lib/format.js";
import { h } from "../lib/nodes.js";
import { named, text } from "../lib/texts.js";
import { button, heading, labelled, table, working } from "./parts.js";

const ASK_EVERY_MS = 1000;

/** Save a zip the server makes; it is asked for in a body, so that no address holds a customer's. */
async function save(wanted) {
  const response = await fetch("/v1/privacy/exports", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(wanted) });
  if (!response.ok) throw new Error((await response.json().catch(() => ({}))).error?.message ?? "");
  const address = URL.createObjectURL(await response.blob());
  h("a", { href: address, download: "customer.zip" }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

async function ended(jobId, signal, show) {
  for (;;) {
    const job = await get(`/v1/training-jobs/${id(jobId)}`);
    show(job);
    if (["done", "failed", "cancelled"].includes(job.state) || signal.aborted) return job;
    await new Promise((resolve) => { setTimeout(resolve, ASK_EVERY_MS); });
  }
}

function conversationLinks(ids) {
  return h("ul", { className: "plain" }, ...ids.map((one) => h("li", {}, h("a", { className: "mono", href: `#conversations/${id(one)}` }, one))));
}

/** Erasing needs the word typed: a click alone is no decision. */
function erasing(found, signal, afterwards) {
  const word = text("admin.erase_word");
  const typed = h("input", { className: "field", required: true, autocomplete: "off", pattern: word });
  const state = h("p", { role: "status", className: "quiet" });
  const log = h("pre", { className: "joblog mono", hidden: true, tabIndex: 0, "aria-label": text("admin.log") });
  return h("form", {
    className: "exception", onsubmit: (event) => {
      event.preventDefault();
      working(event.submitter, async () => {
        const { job_id: jobId } = await post("/v1/privacy/erasures", { conversation_ids: found.conversation_ids });
        const job = await ended(jobId, signal, (now) => {
          state.textContent = `${named("jobs", now.state)} ${named("stages", now.stage)}`;
          log.hidden = !now.log.length;
          log.textContent = now.log.join("\n");
        });
        if (job.state === "done") await afterwards();
      });
    },
  }, labelled(text("admin.erase_confirm", { word }), typed), h("button", { className: "button alarm" }, text("admin.erase")), state, log);
}

function customer(found, wanted, signal, afterwards) {
  if (!found.conversation_ids.length) {
    return [h("p", { className: "empty" }, text("admin.no_customer")), found.mentioned_in.length && h("div", {}, h("h3", {}, text("admin.mentioned_in")), conversationLinks(found.mentioned_in))];
  }
  return [
    h("p", {}, ...found.names.map((name) => h("bdi", { className: "tag" }, name))),
    h("h3", {}, text("admin.their_conversations", { count: found.conversation_ids.length, verified: found.verified_ids.length })), conversationLinks(found.conversation_ids),
    table(text("admin.held"), [text("admin.kind"), text("admin.rows")], Object.entries(found.held).map(([name, count]) => [named("held", name), String(count)])),
    found.mentioned_in.length && h("div", {}, h("h3", {}, text("admin.mentioned_in")), conversationLinks(found.mentioned_in)),
    h("div", { className: "acts" }, button(text("admin.export_customer"), () => save(wanted), "solid")),
    erasing(found, signal, afterwards)];
}

export async function privacy(_name, signal) {
  const result = h("div", { className: "stack" });
  const receipts = h("div", {});
  const drawReceipts = async () => {
    const listed = (await get("/v1/privacy/receipts")).receipts;
    receipts.replaceChildren(table(text("admin.erasure_receipts"), [text("admin.receipt"), text("admin.when"), text("admin.conversations_count"), text("admin.models"), text("admin.backups"), text("admin.left")],
      listed.map((one) => [h("span", { className: "mono wrap" }, one.receipt_id), when(one.erased_at), String(one.conversations.length), h("span", { className: "mono wrap" }, one.models.join(", ")), h("span", { className: "mono wrap" }, one.backups.join(", ")),
        String(Object.values(one.left).reduce((sum, count) => sum + count, 0))])));
  };
  const field = (name, label, props = {}) => labelled(label, h("input", { className: "field", name, autocomplete: "off", maxLength: 254, ...props }));
  const form = h("form", {
    className: "form", onsubmit: (event) => {
      event.preventDefault();
      const given = Object.fromEntries([...new FormData(event.target)].filter(([, value]) => value.trim()));
      const { conversation, ...rest } = given;
      const wanted = { ...rest, ...(conversation && { conversation_ids: [conversation.trim()] }) };
      working(event.submitter, async () => {
        const found = await post("/v1/privacy/customers", wanted);
        result.replaceChildren(...customer(found, wanted, signal, drawReceipts).filter(Boolean));
      });
    },
  }, field("email", text("common.email"), { type: "email" }), field("phone", text("admin.phone"), { type: "tel" }), field("customer_id", text("admin.customer_id")), field("conversation", text("admin.conversation_id")),
  h("div", {}, h("button", { className: "button solid" }, text("admin.find_customer"))));
  const [{ terms }] = await Promise.all([get("/v1/privacy/terms"), drawReceipts()]);
  return [
    heading(text("admin.section_privacy"), text("admin.privacy_intro")),
    h("section", { className: "card stack one-customer" }, h("h2", {}, text("admin.one_customer")), form, result),
    h("h2", {}, text("admin.terms")), h("p", { className: "quiet" }, text("admin.terms_intro")),
    table(text("admin.terms"), [text("admin.kind"), text("admin.kept_for"), text("admin.due_now")],
      terms.map((term) => [named("kept", term.kind), term.days === null ? "" : term.days ? text("admin.days", { days: term.days }) : text("admin.for_ever"), String(term.due)])),
    h("h2", {}, text("admin.erasure_receipts")), receipts];
}
