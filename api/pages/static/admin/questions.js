// Questions with the articles that answer them: what stands, what was taken out, what each was, and the way back.

import { call, get, id, post } from "../lib/api.js";
import { when } from "../lib/format.js";
import { h } from "../lib/nodes.js";
import { text } from "../lib/texts.js";
import { button, labelled, select, table, tags, working } from "./parts.js";

const SPLITS = ["taught", "waiting", "dev", "test"];

const source = (one) => text(`admin.from_${one.source.split(":")[0]}`);
const articles = (one) => (one.article_ids.length
  ? h("span", { className: "wrap" }, ...one.article_ids.flatMap((name, place) => [place ? ", " : "", h("a", { href: `#articles/${id(name)}` }, name)]))
  : h("span", { className: "quiet" }, text("admin.question_no_article")));

/** What a question was, newest first; any version in which it says something can count again. */
function history(of, { stands, versions }, draw) {
  const address = `/v1/labelled-questions/${id(of.question_id)}`;
  const [newest] = versions;
  return h("section", { className: "card fold stack" }, h("h3", { className: "wrap", dir: "auto" }, text("admin.history_of", { question: of.text })),
    table(text("admin.history"), [text("admin.article_version"), text("admin.question"), text("admin.question_articles"), text("admin.question_use"), text("admin.made"), text("admin.person"), ""],
      versions.map((one) => [tags([String(one.version)], [one.deleted && text("admin.version_removed"), "warm"], [one === newest && stands && text("admin.version_counts"), "good"]), h("span", { className: "wrap", dir: "auto" }, one.text), articles(one),
        text(`admin.split_${one.split}`), when(one.at), h("bdi", {}, one.by ?? source(one)),
        one.deleted || (one === newest && stands) ? "" : button(text("admin.version_restore"), () => post(`${address}/restore`, { version: one.version }).then(draw), "compact")])),
    stands ? h("div", {}, button(text("admin.take_out"), () => call("DELETE", address).then(draw), "compact")) : "");
}

export async function questions() {
  const words = h("input", { className: "field", type: "search", maxLength: 200 });
  const split = select([["", text("admin.any")], ...SPLITS.map((name) => [name, text(`admin.split_${name}`)])], "");
  const takenOut = select([["", text("admin.standing")], ["true", text("admin.were_taken_out")]], "");
  const shown = h("div", {});
  const opened = h("div", { role: "status" });
  const load = async () => {
    const asked = { q: words.value.trim(), taken_out: takenOut.value || "false", ...(split.value ? { split: split.value } : {}) };
    const found = await get(`/v1/labelled-questions?${new URLSearchParams(asked)}`);
    const look = (one) => {
      const draw = async (seen) => { opened.replaceChildren(history(one, seen, draw)); await load(); };
      return get(`/v1/labelled-questions/${id(one.question_id)}/versions`).then((seen) => opened.replaceChildren(history(one, seen, draw)));
    };
    shown.replaceChildren(table(text("admin.labelled_questions"), [text("admin.question"), text("admin.question_articles"), text("admin.question_use"), text("admin.came_from"), takenOut.value ? text("admin.gone_since") : text("admin.made"), ""],
      found.questions.map((one) => [h("span", { className: "wrap", dir: "auto" }, one.text), articles(one), text(`admin.split_${one.split}`), source(one), [when(one.gone_at ?? one.created_at), one.gone_by].filter(Boolean).join(" · "),
        button(text("admin.history"), () => look(one), "compact")])),
    found.truncated ? h("p", { className: "small quiet" }, text("admin.examples_truncated")) : "");
  };
  const form = h("form", { className: "filters", role: "search", onsubmit: (event) => { event.preventDefault(); working(event.submitter, load); } },
    labelled(text("admin.find_question"), words), labelled(text("admin.question_use"), split), labelled(text("admin.state"), takenOut), h("button", { className: "button" }, text("admin.show")));
  return h("section", { className: "stack" }, h("h2", {}, text("admin.labelled_questions")), h("p", { className: "quiet" }, text("admin.questions_intro")), form, opened, shown);
}
