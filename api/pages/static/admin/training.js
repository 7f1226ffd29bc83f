// Training as a job, the candidate beside the current model, promotion and the way back.

import { get, id, post } from "../lib/api.js";
import { when } from "../lib/format.js";
import { h } from "../lib/nodes.js";
import { named, text } from "../lib/texts.js";
import { comparison, percentFine, trainingReport } from "./comparison.js";
import { goldenDialogues } from "./golden.js";
import { button, heading, labelled, table, tags, working } from "./parts.js";

const ASK_EVERY_MS = 1500;
const ENDED = ["done", "failed", "cancelled"];
const STATES = { done: "good", failed: "alarm", running: "accent", queued: "" };

function pause(signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ASK_EVERY_MS);
    signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}

/** Follow a job until it ends or the page is left, showing each answer. */
async function follow(jobId, signal, show) {
  for (;;) {
    const job = await get(`/v1/training-jobs/${id(jobId)}`).catch((problem) => {
      if (problem.status) throw problem;
      return null;
    });
    if (signal.aborted) return null;
    if (job) show(job);
    if (job && ENDED.includes(job.state)) return job;
    await pause(signal);
    if (signal.aborted) return null;
  }
}

/** A job on the page: stage, progress, log, and the comparison once there is one. */
class JobView {
  constructor(afterwards) {
    this.afterwards = afterwards;
    this.status = h("p", { role: "status" });
    this.bar = h("progress", { max: 1, value: 0, "aria-label": text("admin.progress") });
    this.log = h("pre", { className: "joblog mono", tabIndex: 0, "aria-label": text("admin.log") });
    this.more = h("div", { className: "stack" });
    this.fold = h("details", { open: true }, h("summary", {}, text("admin.log")), this.log);
    this.node = h("section", { className: "card job", hidden: true }, this.status, this.bar, this.fold, this.more);
  }

  show(job) {
    this.node.hidden = false;
    this.status.replaceChildren(h("strong", {}, named("jobs", job.kind)), " ", h("span", { className: `tag ${STATES[job.state]}` }, named("jobs", job.state)), " ", h("span", { className: "quiet" }, ENDED.includes(job.state) ? "" : named("stages", job.stage), job.left_s !== null && job.left_s !== undefined ? ` · ${text("admin.time_left", { minutes: Math.max(1, Math.round(job.left_s / 60)) })}` : ""));
    this.cancel ??= button(text("admin.cancel_job"), () => post(`/v1/training-jobs/${id(job.job_id)}/cancel`).then((now) => this.show(now)), "compact");
    if (!this.cancel.isConnected) this.node.append(h("div", { className: "acts" }, this.cancel));
    this.cancel.parentElement.hidden = ENDED.includes(job.state);
    this.bar.value = job.state === "done" ? 1 : job.progress ?? 0;
    const lines = Array.isArray(job.log) ? job.log.join("\n") : job.log ?? "";
    if (this.log.textContent !== lines) {
      this.log.textContent = lines;
      this.log.scrollTop = this.log.scrollHeight;
    }
    if (job.comparison && !this.more.childElementCount) {
      this.more.append(comparison(job.comparison));
      this.fold.open = false; // what it came to is said below
    }
    if (job.state === "done" && job.model_version && job.kind !== "promote" && !this.promotion) {
      this.promotion = job.comparison?.gate?.passed === false ? this.exception(job.model_version)
        : h("div", {}, button(text("admin.promote_this"), () => this.promote(job.model_version), "solid"));
      this.more.append(this.promotion);
    }
  }

  /** A model that measured worse needs a reason, which is kept with its promotion. */
  exception(version) {
    const reason = h("input", { className: "field", required: true, maxLength: 500, dir: "auto" });
    return h("form", { className: "exception", onsubmit: (event) => { event.preventDefault(); working(event.submitter, () => this.promote(version, reason.value.trim())); } },
      labelled(text("admin.promote_reason"), reason), h("button", { className: "button alarm" }, text("admin.promote_anyway")));
  }

  async promote(version, reason) {
    const { job_id: jobId } = await post(`/v1/models/${id(version)}/promote`, reason ? { reason } : {});
    this.afterwards(jobId);
  }
}

export async function training(_name, signal) {
  const [{ models }, jobs] = await Promise.all([get("/v1/models"), get("/v1/training-jobs").catch(() => ({ jobs: [] }))]);
  const holder = h("div", { className: "stack" });
  const models_ = h("div", {});
  const details = h("div", { className: "stack" });
  const watch = async (jobId) => {
    const view = new JobView(watch);
    holder.prepend(view.node);
    const job = await follow(jobId, signal, (state) => view.show(state));
    if (job) drawModels((await get("/v1/models")).models);
  };
  const promote = (version) => post(`/v1/models/${id(version)}/promote`).then(({ job_id: jobId }) => { watch(jobId); });
  const drawModels = (list) => models_.replaceChildren(table(text("admin.models"),
    [text("admin.version"), text("admin.state"), text("admin.made"), text("admin.accuracy"), text("admin.note"), ""],
    list.map((model) => [h("span", { className: "mono wrap" }, model.version), tags([named("models", model.state), model.state === "current" ? "good" : model.state === "refused" ? "alarm" : ""]),
      when(model.created_at), percentFine(model.comparison?.candidate?.accuracy), h("span", { className: "small" }, model.note ?? ""),
      h("div", { className: "acts" },
        model.state !== "current" && model.state !== "refused" && button(text("admin.compare_again"), () => post(`/v1/models/${id(model.version)}/compare`).then(({ job_id: jobId }) => { watch(jobId); }), "compact"),
        model.comparison && button(text("admin.show_comparison"), async () => details.replaceChildren(comparison(model.comparison)), "compact"),
        button(text("admin.report"), () => get(`/v1/models/${id(model.version)}/report`).then((report) => details.replaceChildren(trainingReport(report, `/v1/reports/models/${id(model.version)}`))), "compact"),
        ["candidate", "retired", "previous"].includes(model.state) && button(text("admin.promote"), () => promote(model.version), "compact"))])));
  drawModels(models);
  const running = (jobs.jobs ?? []).find((job) => ["queued", "running"].includes(job.state)) ?? (jobs.jobs ?? [])[0];
  if (running) watch(running.job_id).catch(() => {});
  return [
    heading(text("admin.section_training"), text("admin.training_intro"),
      button(text("admin.train"), () => post("/v1/training-jobs").then(({ job_id: jobId }) => { watch(jobId); }), "solid"),
      button(text("admin.rollback"), () => post("/v1/models/rollback").then(({ job_id: jobId }) => { if (jobId) watch(jobId); }))),
    holder, h("h2", {}, text("admin.models")), models_, details, goldenDialogues(),
  ];
}
