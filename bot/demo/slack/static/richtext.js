// rich_text and table blocks.
import { el, lines, link } from "./dom.js";
import { emoji } from "./emoji.js";
import { person } from "./mrkdwn.js";

const WRAPS = { bold: "strong", italic: "em", strike: "s", code: "code", underline: "u" };

export function richText(block, context) {
  return el("div", { class: "rich" }, gathered(block.elements, context));
}

/** Lists of deeper indent are drawn inside the item above them. */
function gathered(elements, context) {
  const made = [];
  const open = [];
  for (const element of elements) {
    if (element.type !== "rich_text_list") {
      open.length = 0;
      made.push(part(element, context));
      continue;
    }
    const depth = element.indent ?? 0;
    while (open.length && open.at(-1).depth >= depth) open.pop();
    const items = element.elements.map((item) => el("li", {}, runs(item.elements, context)));
    const start = element.offset ? element.offset + 1 : undefined;
    const list = el(element.style === "ordered" ? "ol" : "ul", { start }, items);
    const parent = open.at(-1)?.list.lastElementChild;
    if (parent) parent.append(list);
    else made.push(list);
    open.push({ depth, list });
  }
  return made;
}

function part(element, context) {
  const inside = runs(element.elements, context);
  if (element.type === "rich_text_preformatted") return el("pre", {}, el("code", {}, inside));
  if (element.type === "rich_text_quote") return el("blockquote", {}, inside);
  return el("div", {}, inside);
}

function runs(elements, context) {
  return elements.map((element) => {
    let node = run(element, context);
    for (const [name, tag] of Object.entries(WRAPS)) if (element.style?.[name]) node = el(tag, {}, node);
    return node;
  });
}

function run(element, context) {
  switch (element.type) {
    case "text": return el("span", {}, lines(element.text));
    case "link": return link(element.url, element.text ?? element.url);
    case "emoji": return el("span", {}, emoji(element.name));
    case "user": return person(element.user_id, context);
    case "channel": return el("span", { class: "ref" }, `#${context.channelName(element.channel_id)}`);
    case "broadcast": return el("span", { class: "ref loud" }, `@${element.range}`);
    case "date": return el("time", {}, context.date(element.timestamp, element.format) ?? element.fallback ?? "");
    case "color": return el("code", {}, element.value);
    default: return el("span", {}, element.type);
  }
}

export function table(block, context) {
  const [head, ...body] = block.rows;
  const align = (index) => block.column_settings?.[index]?.align ?? "left";
  const cell = (tag) => (value, index) =>
    el(tag, { class: `to-${align(index)}`, scope: tag === "th" ? "col" : undefined },
      value.type === "rich_text" ? richText(value, context) : lines(String(value.text ?? value.value)));
  return el("div", { class: "table", tabindex: "0", role: "group", "aria-label": "Table" },
    el("table", {},
      el("thead", {}, el("tr", {}, head.map(cell("th")))),
      el("tbody", {}, body.map((row) => el("tr", {}, row.map(cell("td")))))));
}
