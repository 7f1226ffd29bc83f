// How well the articles answer: the written reports, and measuring anew.

import { get, id, post } from "../lib/api.js";
import { when } from "../lib/format.js";
import { h } from "../lib/nodes.js";
import { text } from "../lib/texts.js";
import { button } from "./parts.js";

const ASK_EVERY_MS = 1000;

/** Wait until the worker has measured, showing how far it is. */
async function measured(jobId, status) {
  while (status.isConnected) {
    const job = await get(`/v1/training-jobs/${id(jobId)}`);
    status.textContent = job.state === "queued" ? text("admin.fetch_queued") : job.stage;
    if (job.state === "failed") throw new Error((job.log.at(-1) ?? "").replace(/^Failed: /, ""));
    if (job.state === "done") return;
    await new Promise((resolve) => { setTimeout(resolve, ASK_EVERY_MS); });
  }
}

export async function reports() {
  const written = h("div", {});
  const status = h("p", { role: "status", className: "small quiet" });
  const draw = async () => {
    const { knowledge_bases: found } = await get("/v1/reports").catch(() => ({ knowledge_bases: [] }));
    written.replaceChildren(found.length
      ? h("ul", { className: "small" }, ...found.map((one) => h("li", {}, h("a", { href: one.url, target: "_blank", rel: "noopener" }, text("admin.kb_report", { kb: one.kb, when: when(one.written_at) })))))
      : h("p", { className: "empty" }, text("admin.no_report")));
  };
  const measure = async () => {
    try {
      const { job_id: jobId } = await post("/v1/reports/knowledge-bases/main");
      await measured(jobId, status);
      await draw();
    } finally {
      status.textContent = "";
    }
  };
  await draw();
  return h("section", { className: "card compare" }, h("h2", {}, text("admin.answer_quality")), h("p", { className: "quiet" }, text("admin.answer_quality_intro")), written,
    h("div", { className: "acts" }, button(text("admin.measure_answers"), measure)), status);
}
