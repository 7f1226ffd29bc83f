// Training examples, in and out in Rasa's format, and the database beside its text form. Everything is read before it is applied.

import { get, id, post, upload } from "../lib/api.js";
import { when } from "../lib/format.js";
import { h } from "../lib/nodes.js";
import { text } from "../lib/texts.js";
import { button, heading, labelled, select, table, tags, working } from "./parts.js";
import { questions } from "./questions.js";

function rows(examples, ...more) {
  return examples.map((one) => [h("span", { className: "mono" }, one.intent), h("span", { className: "wrap", dir: "auto" }, one.text), ...more.map((cell) => cell(one))]);
}

/** What a file of Rasa's would add, and what of it is not taken. */
function preview(found, done) {
  const left = [...Object.entries(found.unknown).map(([intent, count]) => text("admin.intent_unknown", { intent, count })), ...Object.entries(found.left_out).map(([what, why]) => `${what}: ${why}`)];
  return [
    h("p", {}, text("admin.examples_new", { count: found.count, same: found.same })),
    found.count ? table(text("admin.examples"), [text("admin.intent"), text("admin.example")], rows(found.new)) : "",
    found.elsewhere.length ? h("details", {}, h("summary", {}, text("admin.examples_elsewhere", { count: found.elsewhere.length })),
      table(text("admin.examples"), [text("admin.intent"), text("admin.example"), text("admin.stands_as")], rows(found.elsewhere, (one) => one.stands_as))) : "",
    left.length ? h("section", { className: "note warm" }, h("strong", {}, text("admin.not_taken")), h("ul", {}, ...left.map((one) => h("li", { className: "wrap" }, one)))) : "",
    found.count ? h("div", {}, button(text("admin.examples_add", { count: found.count }), () => post(`/v1/training-examples/imports/${id(found.import_id)}/apply`).then(({ added }) => done(text("admin.examples_added", { count: added }))), "solid")) : ""];
}

function rasa() {
  const file = h("input", { type: "file", className: "field", required: true, accept: ".yml,.yaml" });
  const shown = h("div", { className: "stack", role: "status" });
  const read = async () => {
    const [chosen] = file.files;
    const found = await upload(`/v1/training-examples/imports?name=${encodeURIComponent(chosen.name.slice(-200))}`, chosen);
    shown.replaceChildren(...preview(found, (said) => shown.replaceChildren(h("p", { className: "note" }, said))));
  };
  return h("section", { className: "card fold stack" }, h("h2", {}, text("admin.rasa")), h("p", { className: "quiet" }, text("admin.rasa_intro")),
    h("form", { className: "filters", onsubmit: (event) => { event.preventDefault(); working(event.submitter, read); } },
      labelled(text("admin.import_file"), file), h("button", { className: "button solid" }, text("admin.import_read")),
      h("a", { className: "button", href: "/v1/training-examples/rasa.yml", download: "nlu.yml" }, text("admin.rasa_download"))), shown);
}

/** The database beside `data/`, as a diff to be read before either is changed. */
function folder() {
  const shown = h("div", { className: "stack" });
  const done = (said) => () => shown.replaceChildren(h("p", { className: "note", role: "status" }, said));
  const side = (label, difference, act, work) => h("details", { className: "card fold" }, h("summary", {}, label),
    difference ? h("div", { className: "stack" }, h("pre", { className: "joblog mono", dir: "auto", tabIndex: 0 }, difference), h("div", {}, button(act, work))) : h("p", {}, text("admin.data_same")));
  const compare = async () => {
    const found = await get("/v1/data");
    shown.replaceChildren(h("p", { className: "small quiet wrap" }, found.folder),
      side(text("admin.data_export"), found.export_diff, text("admin.data_export_do"), () => post("/v1/data/export", { digest: found.digest }).then(done(text("admin.data_exported")))),
      side(text("admin.data_import"), found.import_diff, text("admin.data_import_do"), () => post("/v1/data/import", { digest: found.digest }).then(done(text("admin.data_imported")))));
  };
  return h("section", { className: "card fold stack" }, h("h2", {}, text("admin.data_folder")), h("p", { className: "quiet" }, text("admin.data_intro")), h("div", {}, button(text("admin.data_compare"), compare)), shown);
}

async function examples() {
  const { intents } = await get("/v1/intents");
  const intent = select([["", text("admin.any")], ...intents.map(({ name, examples: count }) => [name, `${name} (${count})`])], "");
  const words = h("input", { className: "field", type: "search", maxLength: 200 });
  const gone = select([["", text("admin.standing")], ["true", text("admin.were_taken_out")]], "");
  const shown = h("div", {});
  const load = async () => {
    const found = await get(`/v1/training-examples?${new URLSearchParams({ intent: intent.value, q: words.value.trim(), taken_out: gone.value || "false" })}`);
    shown.replaceChildren(table(text("admin.examples"), [text("admin.intent"), text("admin.example"), text("admin.came_from"), text("admin.made"), text("admin.gone_since")],
      rows(found.examples, (one) => tags([text(`admin.from_${one.source.split(":")[0]}`)], [one.held_out && text("admin.held_out"), "accent"]), (one) => when(one.created_at), (one) => (one.deleted_at ? when(one.deleted_at) : ""))),
    found.truncated ? h("p", { className: "small quiet" }, text("admin.examples_truncated")) : "");
  };
  const form = h("form", { className: "filters", role: "search", onsubmit: (event) => { event.preventDefault(); working(event.submitter, load); } },
    labelled(text("admin.find_example"), words), labelled(text("admin.intent"), intent), labelled(text("admin.state"), gone), h("button", { className: "button" }, text("admin.show")));
  return h("section", { className: "stack" }, h("h2", {}, text("admin.examples")), form, shown);
}

export async function data() {
  return [heading(text("admin.section_data"), text("admin.data_section_intro")), rasa(), folder(), await examples(), await questions()];
}
