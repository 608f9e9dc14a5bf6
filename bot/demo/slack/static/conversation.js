// The messages of a conversation, App Home, and the red cards of what Slack would refuse.
import { blocks } from "./blocks.js";
import { el } from "./dom.js";
import { avatar, settle } from "./frame.js";
import { mrkdwn } from "./mrkdwn.js";

const QUIET_MINUTES = 5;

/** Draw a conversation, keeping the nodes of what did not change. `do_`: useIn, say, reply, hide. */
export function drawLog(place, here, page, context, do_) {
  const key = `${page.me} ${here.id}`;
  if (place.dataset.key !== key) {
    place.dataset.key = key;
    place.replaceChildren();
  }
  const kept = new Map([...place.children].map((node) => [node.dataset.key, node]));
  const wanted = rows(here, page).map((row) => kept.get(row.key) ?? made(row, page, context, do_));
  if (!wanted.length) wanted.push(kept.get("empty") ?? empty(here, page, do_));
  wanted.forEach((node, index) => {
    if (place.children[index] !== node) place.insertBefore(node, place.children[index] ?? null);
  });
  while (place.children.length > wanted.length) place.lastElementChild.remove();
}

/** What stands in the log, in order: days, messages with their replies under them, refusals. */
function rows(here, page) {
  const known = new Set(here.messages.map((message) => message.ts));
  const isReply = (message) => message.thread_ts && message.thread_ts !== message.ts && known.has(message.thread_ts);
  const refusals = page.state.refusals.filter((each) => !page.hidden.has(each.id) && (!each.channel || each.channel === here.id));
  const tops = [
    ...here.messages.filter((message) => !isReply(message)).map((message) => ({ at: Number(message.ts), message })),
    ...refusals.map((refusal) => ({ at: refusal.at, refusal })),
  ].sort((a, b) => a.at - b.at);
  const day = new Intl.DateTimeFormat("en-GB", { timeZone: page.state.users[page.me].zone, dateStyle: "full" });
  const made = [];
  let last = {};
  for (const { at, message, refusal } of tops) {
    const today = day.format(at * 1000);
    if (today !== last.day) made.push({ key: `day ${today}`, day: today });
    if (refusal) made.push({ key: `refusal ${refusal.id}`, refusal });
    if (message) made.push(...withReplies(message, here, isReply, last.day === today ? last : {}));
    last = { day: today, at, user: message?.user, ephemeral: message?.ephemeral, replies: made.at(-1).reply };
  }
  return made;
}

function withReplies(message, here, isReply, last) {
  const follows = last.user === message.user && last.ephemeral === message.ephemeral && !last.replies
    && Number(message.ts) - last.at < QUIET_MINUTES * 60;
  const replies = here.messages.filter((each) => isReply(each) && each.thread_ts === message.ts);
  return [
    { key: `${message.ts} ${message.changed} ${follows}`, message, follows },
    ...replies.map((reply) => ({ key: `${reply.ts} ${reply.changed} reply`, message: reply, reply: true })),
  ];
}

function made(row, page, context, do_) {
  const node = row.day ? el("div", { class: "day" }, el("span", {}, row.day))
    : row.refusal ? refusal(row.refusal, do_.hide) : message(row, page, context, do_);
  node.dataset.key = row.key;
  return node;
}

function message({ message: said, follows, reply }, page, context, do_) {
  const user = page.state.users[said.user];
  const moment = new Date(Number(said.ts) * 1000);
  const time = new Intl.DateTimeFormat("en-GB", { timeZone: context.zone(), hour: "2-digit", minute: "2-digit" }).format(moment);
  const mine = said.user === page.me;
  const body = said.blocks.length ? blocks(said, context, do_.useIn(said.ts)) : said.text ? el("div", { class: "text" }, mrkdwn(said.text, context)) : null;
  return el("article", {
    class: ["message", follows && "follows", reply && "reply", said.ephemeral && "ephemeral", user.kind].filter(Boolean).join(" "),
    "data-ts": said.ts, "aria-label": `${user.real_name}, ${time}`,
  },
  follows ? el("time", { class: "gutter", datetime: moment.toISOString() }, time) : avatar(user, true),
  el("div", { class: "said" },
    said.ephemeral && user.kind === "bot" ? el("p", { class: "only-you" }, el("span", { "aria-hidden": "true" }, "◔ "), "Only visible to you") : null,
    follows ? null : el("p", { class: "who" }, el("strong", {}, user.real_name),
      user.kind === "bot" ? el("span", { class: "badge" }, "APP") : null, el("time", { datetime: moment.toISOString() }, time)),
    body,
    said.files.map((file) => attachment(page.state.files[file])),
    said.edited ? el("span", { class: "edited" }, "(edited)") : null,
    tools(said, reply, mine ? "yourself" : user.real_name, user.kind, page, do_)));
}

/** What can be done with a message: a reply in its thread, and the app's shortcuts for messages. */
function tools(said, reply, who, kind, page, do_) {
  if (said.ephemeral || kind === "slackbot") return null;
  const offered = page.state.shortcuts.filter((each) => each.kind === "message");
  return el("div", { class: "tools" },
    offered.map((each) => el("button", {
      type: "button", class: "tool", title: each.about, onclick: () => do_.shortcut(said.ts, each.callback_id),
    }, el("span", { "aria-hidden": "true" }, "⚡ "), each.name)),
    reply ? null : el("button", {
      type: "button", class: "tool", onclick: () => do_.reply(said.ts), "aria-label": `Reply to ${who} in a thread`,
    }, "Reply"));
}

/** A file that was posted: a picture is shown, anything else can be saved. */
function attachment({ url, name, size, picture }) {
  if (picture) return el("img", { class: "picture", src: url, alt: `A picture: ${name}` });
  return el("a", { class: "file", href: url, download: name, title: `Download ${name}` },
    el("span", { class: "sheet", "aria-hidden": "true" }, name.split(".").pop().slice(0, 4)),
    el("span", {}, el("strong", {}, name), el("small", {}, `${bytes(size)} · download`)));
}

function bytes(size) {
  if (size < 1024) return `${size} bytes`;
  return size < 1024 ** 2 ? `${(size / 1024).toFixed(1)} KiB` : `${(size / 1024 ** 2).toFixed(1)} MiB`;
}

function refusal(each, hide) {
  return el("section", { class: "refusal", role: "alert", "aria-label": "Slack would refuse this" },
    el("header", {}, el("strong", {}, "Slack would refuse this"),
      el("button", { type: "button", class: "close", "aria-label": "Hide", onclick: () => hide(each.id) }, "×")),
    el("p", {}, el("code", {}, each.where), " → ", el("code", {}, each.error)),
    each.reasons.length ? el("ul", {}, each.reasons.map((reason) => el("li", {}, reason))) : null);
}

function empty(here, page, do_) {
  const bot = page.state.users[page.state.bot].name;
  const node = el("div", { class: "empty" },
    el("h2", {}, here.im ? `Your conversation with ${bot}` : `This is the beginning of #${here.name}`),
    el("p", {}, here.im ? `Say anything, or type / to see what ${bot} can do.`
      : here.bot ? `Type / to see what ${bot} can do, or ask with @${bot}.` : `Type / to see what ${bot} can do.`),
    el("div", { class: "chips" }, page.state.suggestions.map((line) =>
      el("button", { type: "button", class: "chip", onclick: () => do_.say(line) }, line))));
  node.dataset.key = "empty";
  return node;
}

export function drawHome(place, home, context, use) {
  settle(place, home ? `${home.id} ${home.hash} ${context.me}` : "none", () => home
    ? el("div", { class: "home-blocks" }, blocks(home, context, use))
    : el("div", { class: "empty" }, el("h2", {}, "App Home"), el("p", {}, "Nothing has been published here yet.")));
}
