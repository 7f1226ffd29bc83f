// The first administrator, by the one-time link. The token is in the fragment: it never reaches a server's log.

import { post } from "./lib/api.js";
import { field, form } from "./lib/login.js";
import { text } from "./lib/texts.js";

const token = decodeURIComponent(location.hash.slice(1));
history.replaceState(null, "", location.pathname);

document.getElementById("page").append(form({
  title: text("setup.title"),
  intro: text(token ? "setup.intro" : "setup.no_token"),
  fields: [
    ...(token ? [] : [field(text("setup.token"), { name: "token", required: true, autocomplete: "off" })]),
    field(text("common.name"), { name: "name", required: true, autocomplete: "name", maxLength: 100 }),
    field(text("common.email"), { name: "email", type: "email", required: true, autocomplete: "username" }),
    field(text("common.password"), { name: "password", type: "password", required: true, autocomplete: "new-password", minLength: 12 }),
  ],
  button: text("setup.create"),
  send: async (given) => {
    await post("/v1/setup", { token, ...given });
    location.assign("/admin");
  },
}));
