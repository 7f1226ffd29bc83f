// Building pages. Text enters only as text nodes; no markup is ever parsed. The widget carries this module too.

const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  chat: "M4 5.5h16v11H9.5L5 20.5v-4H4z",
  close: "M6 6l12 12M18 6L6 18",
  send: "M4 12l16-8-6 16-2.5-6.5z",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20c1-4 4-5.5 7.5-5.5s6.5 1.5 7.5 5.5",
  page: "M7 3.5h7l4 4v13H7zM10 12h5M10 15.5h5",
  star: "M12 3.5l2.6 5.5 6 .8-4.4 4.2 1.1 6-5.3-2.9L6.7 20l1.1-6L3.4 9.8l6-.8z",
};

/** An element with properties, `on…` listeners, attributes and children; strings become text nodes. */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name in node && !name.includes("-") && name !== "role") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

const INLINE = /\*\*([^*\n]+)\*\*|\[([^\]\n]+)\]\(([^()\s]+)\)|(https?:\/\/[^\s<>"')\]]+[^\s<>"')\].,;:!?]|(?<=^|\s)\/help\/[a-z0-9][a-z0-9-]*)/g;

/** A link to a web page, or plain text when the address is anything else (`javascript:`, `data:` ...). */
export function link(label, address, base) {
  let url;
  try {
    url = new URL(address, base);
  } catch {
    return document.createTextNode(label);
  }
  if (!["http:", "https:", "mailto:"].includes(url.protocol)) return document.createTextNode(label);
  return h("a", { href: url.href, target: "_blank", rel: "noopener noreferrer" }, label);
}

export function inline(line, base) {
  const parts = [];
  let from = 0;
  for (const match of line.matchAll(INLINE)) {
    parts.push(line.slice(from, match.index));
    if (match[1]) parts.push(h("strong", {}, match[1]));
    else if (match[2]) parts.push(link(match[2], match[3], base));
    else parts.push(link(match[4], match[4], base));
    from = match.index + match[0].length;
  }
  return [...parts, line.slice(from)].filter((part) => part !== "");
}

const cellsOf = (line) => line.includes(" | ") ? line.replace(/^\s*\|\s*|\s*\|\s*$/g, "").split(/\s+\|\s+/) : [];

/** Paragraphs, lists, tables, bold and links of an answer, as nodes. Anything else stays as it was typed. */
export function prose(body, base) {
  const fragment = document.createDocumentFragment();
  const lines = body.split("\n").filter((line) => !/^[\s|:-]*-{3}[\s|:-]*$/.test(line));
  let list = null;
  let paragraph = null;
  let table = null;
  lines.forEach((line, index) => {
    const cells = cellsOf(line);
    if (cells.length > 1 && (table || cellsOf(lines[index + 1] ?? "").length === cells.length)) {
      const head = !table;
      if (head) fragment.append(h("div", { className: "table", tabIndex: 0 }, (table = h("table"))));
      table.append(h("tr", {}, ...cells.map((cell) => h(head ? "th" : "td", {}, ...inline(cell, base)))));
      list = paragraph = null;
      return;
    }
    table = null;
    const [, bullet, number, rest] = line.match(/^\s*(?:([-*•])|(\d{1,3})[.)])\s+(.*)$/) ?? [];
    if (bullet || number) {
      const tag = bullet ? "UL" : "OL";
      if (list?.tagName !== tag) fragment.append((list = h(tag.toLowerCase(), number ? { start: Number(number) } : {})));
      list.append(h("li", {}, ...inline(rest, base)));
      paragraph = null;
    } else if (!line.trim()) {
      list = paragraph = null;
    } else {
      list = null;
      if (paragraph) paragraph.append(h("br"));
      else fragment.append((paragraph = h("p")));
      paragraph.append(...inline(line.replace(/^#{1,4}\s+/, ""), base));
    }
  });
  return fragment;
}

/** An unguessable id; works on plain http too, where crypto.randomUUID is missing. */
export function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
