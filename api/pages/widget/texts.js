// The widget's words, from the one catalogue.

function text(key, values = {}) {
  return (TEXTS[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

function waitText(seconds) {
  if (seconds === undefined || seconds === null) return "";
  const minutes = Math.ceil(seconds / 60);
  return minutes <= 1 ? text("wait_short") : text("wait_minutes", { minutes });
}
