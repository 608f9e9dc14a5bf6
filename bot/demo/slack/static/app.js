// The page: who acts, where they are, and what they see there.
import { act, isOpen, listen, readState } from "./api.js";
import { Composer } from "./composer.js";
import { el } from "./dom.js";
import { drawHome, drawLog } from "./conversation.js";
import { confirmWith, drawModal } from "./modal.js";
import { drawActing, drawButtons, drawSide, drawWhere } from "./frame.js";

const $ = (id) => document.getElementById(id);
const page = { state: null, me: "", place: {}, tab: "messages", read: {}, hidden: new Set(), thread: null };

/** What drawing needs to know of the world. */
const context = {
  get state() { return page.state; },
  get me() { return page.me; },
  userName: (id) => page.state.users[id]?.name ?? id,
  channelName: (id) => page.state.channels.find((each) => each.id === id)?.name ?? id,
  fileAddress: (file) => page.state.files[file?.id]?.url ?? file?.url,
  confirm: (spec) => confirmWith($("confirm"), spec, context),
  zone: () => page.state.users[page.me].zone,
  date: (seconds, format) => dateWords(new Date(seconds * 1000), format),
};

function dateWords(moment, format) {
  const say = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: context.zone(), ...options }).format(moment);
  const words = {
    "{date}": { dateStyle: "long" }, "{date_short}": { dateStyle: "medium" }, "{date_long}": { dateStyle: "full" },
    "{date_num}": { dateStyle: "short" }, "{date_pretty}": { dateStyle: "long" }, "{date_short_pretty}": { dateStyle: "medium" },
    "{date_long_pretty}": { dateStyle: "full" }, "{time}": { timeStyle: "short" }, "{time_secs}": { timeStyle: "medium" },
    "{day_divider_pretty}": { dateStyle: "full" },
  };
  return format.replace(/\{[a-z_]+\}/g, (name) => (words[name] ? say(words[name]) : name));
}

// ── what a person does ──
const send = (asked) => act(page.me, asked);
const channel = () => page.state.channels.find((each) => each.id === page.place[page.me]);
const useIn = (shown) => (spec, value) =>
  send(spec.type === "button" ? { do: "click", shown, action_id: spec.action_id } : { do: "select", shown, action_id: spec.action_id, value });

function go(id, tab = "messages") {
  const moved = page.place[page.me] !== id || page.tab !== tab;
  page.place[page.me] = id;
  page.tab = tab;
  if (moved) page.thread = null;
  draw();
  if (tab === "home") {
    $("scroll").scrollTop = 0;
    send({ do: "home" });
  } else toEnd();
  if (tab === "messages" && channel().im) send({ do: "home", tab });
}

function become(person) {
  page.me = person;
  page.thread = null;
  page.tab = "messages";
  refresh().then(toEnd);
}

const composer = new Composer({
  page,
  form: $("composer"), field: $("composer-text"), list: $("completions"), hint: $("hint"), note: $("thread-note"), shortcuts: $("shortcuts"),
  channel, send, draw: () => draw(), sent: () => toEnd(),
});

// ── drawing ──
function draw() {
  const { state } = page;
  const here = channel();
  document.title = `${here.im ? here.name : `#${here.name}`} · ${state.team}`;
  $("team").textContent = state.team;
  page.read[`${page.me} ${here.id}`] = here.messages.at(-1)?.ts ?? "0";
  drawButtons($("demo-buttons"), state.buttons, async (number) => composer.say((await send({ do: "button", number })).note));
  drawActing($("acting"), state, page.me, become);
  drawSide($("side"), page, go);
  drawWhere($("where"), page, here, go, () => send({ do: "invite", channel: here.id }));
  const atHome = here.im && page.tab === "home";
  $("log").hidden = atHome;
  $("home").hidden = !atHome;
  $("composer").hidden = atHome;
  if (atHome) drawHome($("home"), state.home, context, useIn(state.home?.id));
  else drawLog($("log"), here, page, context, {
    useIn, say: composer.put, reply: composer.replyIn, hide,
    shortcut: (shown, callback_id) => send({ do: "message_shortcut", shown, callback_id }),
  });
  composer.draw();
  drawModal($("modal"), state, context, { useIn, send });
}

function hide(id) {
  page.hidden.add(id);
  draw();
}

// ── keeping to the end of the conversation, unless a person scrolled up to read ──
let atEnd = true;

function toEnd() {
  atEnd = true;
  const scroll = $("scroll");
  scroll.scrollTop = scroll.scrollHeight;
}

let last = 0;
$("scroll").addEventListener("scroll", (event) => {
  const { scrollHeight, scrollTop, clientHeight } = event.target;
  if (scrollHeight - scrollTop - clientHeight < 60) atEnd = true;
  else if (scrollTop < last) atEnd = false; // upwards: only a person does that, growing content does not
  last = scrollTop;
});
const watcher = new ResizeObserver(() => { if (atEnd && !$("log").hidden) toEnd(); });
watcher.observe($("log"));
watcher.observe($("scroll"));

/** A link to a message that stands here leads to it, as in Slack's own client. */
addEventListener("click", (event) => {
  const address = event.target.closest("a")?.href ?? "";
  const found = /^https:\/\/[\w-]+\.slack\.example\/archives\/(\w+)\/p(\d+)(\d{6})$/.exec(address);
  if (!found || !page.state.channels.some((each) => each.id === found[1])) return;
  event.preventDefault();
  go(found[1]);
  atEnd = false;
  document.querySelector(`[data-ts="${found[2]}.${found[3]}"]`)?.scrollIntoView();
});

let running = false;
let again = false;

/** Ask for the state and draw it; asked meanwhile, do it once more afterwards. */
async function refresh() {
  if (running) return void (again = true);
  running = true;
  try {
    do {
      again = false;
      page.state = await readState(page.me);
      page.me = page.state.me;
      page.place[page.me] ??= page.state.channels.find((each) => each.bot && !each.im)?.id ?? page.state.channels[0].id;
      draw();
    } while (again);
  } catch (error) {
    composer.say(error.message, true);
  } finally {
    running = false;
  }
}

if (isOpen) {
  listen({
    changed: refresh,
    lost: () => composer.say("The local Slack does not answer. Is the demo still running?", true),
    found: () => composer.say(""),
  });
} else {
  $("log").append(el("div", { class: "refusal" }, "This address lacks its token: open the page by the whole address that the demo printed."));
}
