// A form for a macro: a name and its steps, in the order they are taken.

import { h } from "./nodes.js";
import { text } from "./texts.js";

const KINDS = ["say", "note", "tag", "pass_to", "to_bot", "close"];
const LAST = new Set(["pass_to", "to_bot", "close"]);

/** What a step does, in a few words. */
export function stepText(step) {
  const said = step.text ?? step.tags?.join(", ") ?? step.department ?? (step.do === "close" && step.solved === true ? text("desk.wrap_yes") : "");
  return [text(`desk.step_${step.do}`), said].filter(Boolean).join(": ");
}

function fieldOf(step) {
  const label = { "aria-label": text(`desk.step_${step.do}`), required: true, className: "field" };
  if (step.do === "say" || step.do === "note") return h("textarea", { ...label, rows: 2, maxLength: 4000, value: step.text ?? "", placeholder: text("desk.step_text"), oninput: ({ target }) => (step.text = target.value) });
  if (step.do === "tag") return h("input", { ...label, maxLength: 200, value: step.tags?.join(", ") ?? "", placeholder: text("desk.step_tags"), oninput: ({ target }) => (step.tags = target.value.split(",").map((one) => one.trim()).filter(Boolean)) });
  if (step.do === "pass_to") return h("input", { ...label, maxLength: 64, value: step.department ?? "", placeholder: text("desk.step_department"), oninput: ({ target }) => (step.department = target.value.trim()) });
  if (step.do === "close") {
    const box = h("input", { type: "checkbox", checked: step.solved !== false, onchange: ({ target }) => (step.solved = target.checked) });
    step.solved ??= true;
    return h("label", { className: "choice" }, box, h("span", {}, text("desk.wrap_yes")));
  }
  return null;
}

/** The form; `save` gets {name, steps, shared} and may fail, which is said. */
export function macroEditor({ macro = { name: "", steps: [{ do: "say" }] }, shared, save, cancel }) {
  const steps = macro.steps.map((step) => ({ ...step }));
  const list = h("ol", { className: "steps" });
  const name = h("input", { className: "field", required: true, maxLength: 80, value: macro.name, autocomplete: "off" });
  const mistake = h("p", { className: "mistake small", role: "alert" });
  const kind = h("select", { className: "field", "aria-label": text("desk.step_add") }, ...KINDS.map((one) => h("option", { value: one }, text(`desk.step_${one}`))));
  const add = h("button", { type: "button", className: "button compact", onclick: () => { steps.push({ do: kind.value }); draw(); list.lastElementChild.querySelector("input, textarea")?.focus(); } }, text("desk.step_add"));
  function draw() {
    list.replaceChildren(...steps.map((step, index) => h("li", {}, h("div", { className: "step-head" }, h("strong", { className: "small" }, text(`desk.step_${step.do}`)),
      h("button", { type: "button", className: "button bare compact", "aria-label": text("desk.step_remove", { step: text(`desk.step_${step.do}`) }), onclick: () => { steps.splice(index, 1); draw(); add.focus(); } }, "×")), fieldOf(step))));
    add.disabled = steps.length >= 10 || LAST.has(steps.at(-1)?.do);
  }
  draw();
  return h("form", { className: "form macro", onsubmit: async (event) => {
    event.preventDefault();
    mistake.textContent = "";
    try {
      await save({ name: name.value.trim(), steps, shared });
    } catch (problem) {
      mistake.textContent = problem.message || text("common.unreachable");
    }
  } }, h("label", { className: "labelled" }, text("desk.macro_name"), name), list, h("div", { className: "row" }, kind, add), mistake,
  h("div", { className: "row" }, h("button", { className: "button solid" }, text("desk.macro_keep")), h("button", { type: "button", className: "button", onclick: cancel }, text("common.cancel"))));
}
