// Who works here: agents and administrators.

import { call, get, id, post } from "../lib/api.js";
import { when } from "../lib/format.js";
import { h } from "../lib/nodes.js";
import { text } from "../lib/texts.js";
import { button, heading, labelled, select, table, tags, working } from "./parts.js";

export async function people() {
  const shown = h("div", {});
  const draw = async () => {
    const { agents } = await get("/v1/agents");
    shown.replaceChildren(table(text("admin.section_people"), [text("common.name"), text("common.email"), text("admin.role"), text("admin.departments"), text("admin.state"), text("admin.last_seen"), ""],
      agents.map((agent) => [h("bdi", {}, agent.name), h("span", { className: "wrap" }, agent.email ?? ""), text(`admin.role_${agent.role}`), (agent.departments ?? []).join(", ") || text("admin.all_departments"),
        tags(agent.disabled ? [text("admin.disabled"), "alarm"] : agent.present ? [text("admin.present"), "good"] : [text("admin.absent")]), when(agent.last_seen_at),
        button(text(agent.disabled ? "admin.enable" : "admin.disable"), () => call("PATCH", `/v1/agents/${id(agent.agent_id)}`, { disabled: !agent.disabled }).then(draw), "compact")])));
  };
  const field = (name, props) => h("input", { className: "field", name, required: true, ...props });
  const role = select(["agent", "admin"].map((one) => [one, text(`admin.role_${one}`)]), "agent", { name: "role" });
  const add = h("form", {
    className: "form", onsubmit: (event) => {
      event.preventDefault();
      const given = Object.fromEntries(new FormData(event.target));
      working(event.submitter, async () => {
        await post("/v1/agents", { ...given, departments: given.departments.split(",").map((one) => one.trim()).filter(Boolean) });
        event.target.reset();
        await draw();
      });
    },
  }, labelled(text("common.name"), field("name", { autocomplete: "off" })), labelled(text("common.email"), field("email", { type: "email", autocomplete: "off" })),
  labelled(text("admin.first_password"), field("password", { type: "password", autocomplete: "new-password", minLength: 12 })), labelled(text("admin.role"), role),
  labelled(text("admin.departments_field"), field("departments", { required: false })), h("div", {}, h("button", { className: "button solid" }, text("admin.add"))));
  await draw();
  return [heading(text("admin.section_people"), text("admin.people_intro")), shown, h("details", { className: "card fold" }, h("summary", {}, text("admin.add_person")), add)];
}
