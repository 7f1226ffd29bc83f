// Logging in, for the desk and the administration alike.

import { call, get, post } from "./api.js";
import { h } from "./nodes.js";
import { text } from "./texts.js";

/** A labelled input. */
export function field(label, props) {
  return h("label", { className: "labelled" }, label, h("input", { className: "field", dir: "auto", ...props }));
}

/** A form whose `send` may fail: the reason is shown and spoken, the button waits meanwhile. */
export function form({ title, intro, fields, button, send }) {
  const mistake = h("p", { className: "mistake", role: "alert" });
  const submit = h("button", { className: "button solid" }, button);
  return h("form", {
    className: "card form",
    onsubmit: async (event) => {
      event.preventDefault();
      submit.disabled = true;
      mistake.textContent = "";
      try {
        await send(Object.fromEntries(new FormData(event.target)));
      } catch (problem) {
        mistake.textContent = problem.message || text("common.unreachable");
      } finally {
        submit.disabled = false;
      }
    },
  }, h("div", { className: "mark" }, h("img", { src: "/static/art/mark.svg", alt: "" }), "Deskmate"),
  h("h1", {}, title), intro && h("p", { className: "quiet" }, intro), ...fields, mistake, submit);
}

/** Resolve with the person logged in, asking for e-mail and password as long as nobody is. */
export async function loggedIn(page, role) {
  try {
    const me = await get("/v1/me");
    if (role !== "admin" || me.role === "admin") return me;
  } catch (problem) {
    if (problem.status !== 401) throw problem;
  }
  return new Promise((resolve) => {
    const login = form({
      title: text(role === "admin" ? "common.log_in_admin" : "common.log_in_desk"),
      fields: [
        field(text("common.email"), { name: "email", type: "email", autocomplete: "username", required: true }),
        field(text("common.password"), { name: "password", type: "password", autocomplete: "current-password", required: true }),
      ],
      button: text("common.log_in"),
      send: async ({ email, password }) => {
        const { agent } = await post("/v1/sessions", { email, password });
        if (role === "admin" && agent.role !== "admin") throw new Error(text("common.not_admin"));
        page.replaceChildren();
        resolve(agent);
      },
    });
    page.replaceChildren(h("main", { className: "single" }, login));
    login.querySelector("input").focus();
  });
}

export async function logOut() {
  await call("DELETE", "/v1/sessions/current").catch(() => {});
  location.reload();
}

addEventListener("logged-out", () => document.querySelector(".single") || location.reload());
