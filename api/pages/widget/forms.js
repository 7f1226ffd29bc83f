// What may rise above the composer: leaving an e-mail address when nobody is in, and one tap of stars after a chat.

/** Contact details, with consent. `send` resolves once they are stored. */
function contactForm({ intro, customer, send, dismiss }) {
  const field = (name, type, label, autocomplete, value = "") =>
    h("label", {}, label, h("input", { className: "field", name, type, autocomplete, value, dir: "auto", maxLength: 254 }));
  const mistake = h("p", { className: "mistake", role: "alert" });
  const form = h("form", { noValidate: true, "aria-label": text("contact_title") },
    h("h3", {}, text("contact_title")), h("p", {}, intro),
    field("email", "email", text("contact_email"), "email", customer.email), field("phone", "tel", text("contact_phone"), "tel"),
    h("label", { className: "consent" }, h("input", { type: "checkbox", name: "consent" }), text("contact_consent")), mistake,
    h("div", { className: "row" }, h("button", { className: "solid" }, text("contact_send")),
      h("button", { type: "button", className: "plain", onclick: dismiss }, text("not_now"))));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { email, phone, consent } = form.elements;
    const wrong = !email.value.trim() && !phone.value.trim() ? [email, "contact_missing"]
      : email.value.trim() && !email.validity.valid ? [email, "contact_email_wrong"]
        : !consent.checked ? [consent, "contact_consent_missing"] : null;
    mistake.textContent = wrong ? text(wrong[1]) : "";
    if (wrong) return wrong[0].focus();
    try {
      await send({ ...(email.value.trim() && { email: email.value.trim() }), ...(phone.value.trim() && { phone: phone.value.trim() }), consent: true });
      form.replaceChildren(h("p", { role: "status" }, text("contact_thanks")));
      setTimeout(dismiss, 6000);
    } catch (problem) {
      mistake.textContent = problem.message || text("unreachable");
    }
  });
  return form;
}

/** Stars, stored at the first tap; words may follow. */
function ratingForm({ send, dismiss }) {
  const said = h("p", { role: "status" });
  let chosen = 0;
  const rate = async (stars, words) => {
    chosen = stars;
    buttons.forEach((button, index) => {
      button.classList.toggle("on", index < stars);
      button.setAttribute("aria-pressed", index + 1 === stars);
    });
    try {
      await send({ stars, ...(words && { words }) });
      said.textContent = text("rating_thanks");
      more.hidden = Boolean(words);
      if (words) setTimeout(dismiss, 4000);
    } catch (problem) {
      said.textContent = problem.message || text("unreachable");
    }
  };
  const buttons = [1, 2, 3, 4, 5].map((stars) =>
    h("button", { type: "button", "aria-label": text("rating_stars", { stars }), "aria-pressed": "false", onclick: () => rate(stars) }, icon("star")));
  const words = h("textarea", { className: "field", rows: 2, maxLength: 2000, dir: "auto" });
  const more = h("form", { hidden: true, onsubmit: (event) => { event.preventDefault(); if (words.value.trim()) rate(chosen, words.value.trim()); } },
    h("label", {}, text("rating_words"), words), h("div", { className: "row" }, h("button", { className: "solid" }, text("rating_send"))));
  return h("section", { "aria-label": text("rating_title") }, h("h3", {}, text("rating_title")),
    h("div", { className: "stars", role: "group", "aria-label": text("rating_title") }, ...buttons), said, more,
    h("div", { className: "row" }, h("button", { type: "button", className: "plain", onclick: dismiss }, text("not_now"))));
}
