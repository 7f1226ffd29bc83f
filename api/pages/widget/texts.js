// The widget's words, from the one catalogue.

function text(key, values = {}) {
  return (TEXTS[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

function waitText(seconds, most) {
  if (seconds === undefined || seconds === null) return "";
  const [minutes, longest] = [Math.ceil(seconds / 60), Math.ceil((most ?? 0) / 60)];
  if (longest > Math.max(1, minutes)) return text("wait_between", { minutes, longest });
  return minutes <= 1 ? text("wait_short") : text("wait_minutes", { minutes });
}
