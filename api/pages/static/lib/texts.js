// Every visible word comes from the catalogue the server hands out.

const catalogue = await (await fetch("/static/strings/en.json")).json();

/** The text `page.name`, its {placeholders} filled in. */
export function text(name, values = {}) {
  const [page, key] = name.split(".");
  const found = catalogue[page]?.[key];
  if (found === undefined) return name;
  return found.replace(/\{(\w+)\}/g, (_, placeholder) => values[placeholder] ?? "");
}

/** A text if the catalogue has one, else the code itself, readable. */
export function named(page, code) {
  return catalogue[page]?.[code] ?? String(code ?? "").replaceAll("_", " ");
}
