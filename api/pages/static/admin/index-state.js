// Whether what articles say now is what customers are told: an index that was refused is said here, with the way on.

import { get, id, post } from "../lib/api.js";
import { h } from "../lib/nodes.js";
import { text } from "../lib/texts.js";
import { labelled, working } from "./parts.js";

const KB = "main";
const LOOK_AGAIN_MS = 5_000;

function said(job) {
  const why = (job.log.at(-1) ?? "").replace(/^Failed: (the new index does not serve: )?/, "");
  return why.charAt(0).toUpperCase() + why.slice(1);
}

/** A note above the articles; empty while the newest index serves. */
export function indexState() {
  const shown = h("div", {});
  const draw = async () => {
    const { job } = await get(`/v1/indexes/${id(KB)}`);
    if (job?.state === "failed") shown.replaceChildren(refused(job, draw));
    else if (["queued", "running"].includes(job?.state)) {
      shown.replaceChildren(h("p", { className: "note", role: "status" }, text("admin.index_building")));
      setTimeout(() => shown.isConnected && draw(), LOOK_AGAIN_MS);
    } else shown.replaceChildren();
  };
  draw().catch(() => shown.replaceChildren());
  return shown;
}

function refused(job, draw) {
  const reason = h("input", { className: "field", required: true, maxLength: 500, dir: "auto" });
  const build = async () => {
    await post(`/v1/indexes/${id(KB)}`, { reason: reason.value.trim() });
    await draw();
  };
  return h("section", { className: "note alarm index-state", role: "alert" },
    h("p", {}, h("strong", {}, text("admin.index_failed"))), h("p", { className: "wrap", dir: "auto" }, said(job)),
    h("form", { className: "exception", onsubmit: (event) => { event.preventDefault(); working(event.submitter, build); } },
      labelled(text("admin.index_reason"), reason), h("button", { className: "button alarm" }, text("admin.index_anyway"))));
}
