// Slack's mrkdwn, and the Markdown of markdown blocks, as nodes.
import { el, lines, link } from "./dom.js";
import { withEmoji } from "./emoji.js";

const unescape = (text) => text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

// Marks count only at the edge of words, as in Slack: a*b*c is not bold.
const MARKS = /(^|[\s([{"'“‘.,;:!?/|~*_—–-])(?:\*(?=\S)([^*\n]*?\S)\*|_(?=\S)([^_\n]*?\S)_|~(?=\S)([^~\n]*?\S)~)(?=$|[\s)\]}"'”’.,;:!?/|~*_—–-])/;
const CODE = /`([^`\n]+)`/;
const REFERENCE = /<([^<>\s|][^<>|]*)(?:\|([^<>]*))?>/;

/** A text object: plain_text or mrkdwn. */
export function textObject(object, context) {
  if (!object) return [];
  if (object.type === "plain_text") return lines(object.emoji === false ? object.text : withEmoji(object.text));
  return mrkdwn(object.text, context);
}

export function mrkdwn(text, context) {
  return text.split(/```\n?([\s\S]*?)\n?```/).flatMap((part, index) =>
    index % 2 ? [el("pre", {}, el("code", {}, unescape(part)))] : paragraphs(part, context));
}

/** Lines, with lines that begin with > gathered into quotes. */
function paragraphs(text, context) {
  const made = [];
  let quote = null;
  for (const [index, line] of text.split("\n").entries()) {
    const quoted = /^&gt; ?(.*)$/.exec(line);
    if (quoted) {
      if (quote) quote.append(el("br"));
      else made.push((quote = el("blockquote")));
      quote.append(...spans(quoted[1], context));
    } else {
      if (index && !quote) made.push(el("br"));
      quote = null;
      made.push(...spans(line, context));
    }
  }
  return made;
}

function spans(text, context) {
  return between(text, CODE, (match) => el("code", {}, unescape(match[1])), (rest) =>
    between(rest, REFERENCE, (match) => reference(match[1], match[2], context), (plain) => marked(plain, context)));
}

/** Split text by a pattern: `found` makes a node of each match, `other` makes nodes of what lies between. */
function between(text, pattern, found, other) {
  const made = [];
  let rest = text;
  for (let match = pattern.exec(rest); match; match = pattern.exec(rest)) {
    if (match.index) made.push(...other(rest.slice(0, match.index)));
    made.push(found(match));
    rest = rest.slice(match.index + match[0].length);
  }
  return rest ? [...made, ...other(rest)] : made;
}

function marked(text, context) {
  const match = MARKS.exec(text);
  if (!match) return [withEmoji(unescape(text))];
  const [whole, before, bold, italic, strike] = match;
  const tag = bold !== undefined ? "strong" : italic !== undefined ? "em" : "s";
  const rest = text.slice(match.index + whole.length);
  return [
    ...marked(text.slice(0, match.index) + before, context),
    el(tag, {}, marked(bold ?? italic ?? strike, context)),
    ...(rest ? marked(rest, context) : []),
  ];
}

/** What stands between < and >: a person, a channel, a date, everyone, a link. */
function reference(target, label, context) {
  if (target.startsWith("@")) return person(target.slice(1), context);
  if (target.startsWith("#")) return el("span", { class: "ref" }, `#${label || context.channelName(target.slice(1))}`);
  if (target.startsWith("!date^")) return date(target, label, context);
  if (target.startsWith("!")) return el("span", { class: "ref loud" }, `@${target.slice(1).split("^")[0]}`);
  return link(unescape(target), label ? withEmoji(unescape(label)) : unescape(target).replace(/^mailto:/, ""));
}

export function person(id, context) {
  return el("span", { class: id === context.me ? "ref me" : "ref" }, `@${context.userName(id)}`);
}

function date(target, fallback, context) {
  const [, seconds, format = "{date_short}", address] = target.split("^");
  const words = context.date(Number(seconds), format) ?? unescape(fallback ?? "");
  return el("time", { datetime: new Date(Number(seconds) * 1000).toISOString() }, address ? link(address, words) : words);
}

// ── Markdown (markdown blocks) ──
const MD = /\*\*(.+?)\*\*|__(.+?)__|\*(?!\s)(.+?)\*|_(?!\s)(.+?)_|~~(.+?)~~|\[([^\]]+)\]\(([^)\s]+)\)/;

function inlineMarkdown(text) {
  return between(text, CODE, (match) => el("code", {}, match[1]), (rest) =>
    between(rest, MD, (m) => {
      if (m[6]) return link(m[7], m[6]);
      const tag = m[1] ?? m[2] ? "strong" : m[3] ?? m[4] ? "em" : "s";
      return el(tag, {}, inlineMarkdown(m[1] ?? m[2] ?? m[3] ?? m[4] ?? m[5]));
    }, (plain) => [withEmoji(plain)]));
}

export function markdown(text) {
  return text.split(/```[a-z]*\n?([\s\S]*?)\n?```/).flatMap((part, index) =>
    index % 2 ? [el("pre", {}, el("code", {}, part))] : markdownLines(part));
}

function markdownLines(text) {
  const made = [];
  let list = null;
  for (const line of text.split("\n")) {
    const item = /^\s*(?:([-*])|(\d+)[.)])\s+(.*)$/.exec(line);
    if (item) {
      const tag = item[1] ? "ul" : "ol";
      if (list?.localName !== tag) made.push((list = el(tag)));
      list.append(el("li", {}, inlineMarkdown(item[3])));
      continue;
    }
    list = null;
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    const quote = /^>\s?(.*)$/.exec(line);
    if (heading) made.push(el("p", { class: "heading" }, inlineMarkdown(heading[2])));
    else if (quote) made.push(el("blockquote", {}, inlineMarkdown(quote[1])));
    else if (/^\s*(---|\*\*\*)\s*$/.test(line)) made.push(el("hr"));
    else if (line.trim()) made.push(el("p", {}, inlineMarkdown(line)));
  }
  return made;
}
