// Where a person types: commands with completion, mentions, replies in threads.
import { el } from "./dom.js";
import { settle } from "./frame.js";

/** How a command is used, from its slash on. */
const usage = ({ name, usage: words }) => (!words ? name : words.startsWith("/") ? words : `${name.split(" ")[0]} ${words}`);

export class Composer {
  constructor({ page, field, form, list, hint, note, shortcuts, channel, send, draw, sent }) {
    Object.assign(this, { page, field, list, hint, note, shortcuts, channel, send, redraw: draw, sent });
    this.offers = [];
    this.chosen = -1;
    this.last = "";
    this.put = this.put.bind(this);
    this.replyIn = this.replyIn.bind(this);
    field.addEventListener("input", () => this.typed());
    field.addEventListener("keydown", (event) => this.key(event));
    field.addEventListener("blur", () => setTimeout(() => this.offer([]), 150));
    field.addEventListener("focus", () => this.typed());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.sendIt();
    });
  }

  /** Put a line into the box, ready to send. */
  put(line) {
    this.field.value = line;
    this.field.focus();
    this.grow();
    this.offer([]);
  }

  replyIn(ts) {
    this.page.thread = ts;
    this.redraw();
    this.field.focus();
  }

  /** A word of our own under the box; `lasting` ones stay until the next. */
  say(words, lasting = false) {
    this.hint.textContent = words || "";
    this.hint.classList.toggle("trouble", lasting && Boolean(words));
  }

  draw() {
    const here = this.channel();
    this.field.placeholder = `Message ${here.im ? "" : "#"}${here.name}, or type /`;
    this.note.hidden = !this.page.thread;
    if (this.page.thread) {
      this.note.replaceChildren("Replying in a thread ", el("button", {
        type: "button", class: "button small",
        onclick: () => { this.page.thread = null; this.redraw(); this.field.focus(); },
      }, "Leave the thread"));
    }
    const offered = this.page.state.shortcuts.filter((each) => each.kind === "global");
    settle(this.shortcuts, JSON.stringify(offered), () => offered.map((each) => el("button", {
      type: "button", class: "button small", title: each.about, "data-name": each.callback_id,
      onclick: () => this.send({ do: "shortcut", callback_id: each.callback_id }),
    }, el("span", { "aria-hidden": "true" }, "⚡ "), each.name)));
  }

  grow() {
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight, 160)}px`;
  }

  // ── completion ──
  typed() {
    this.grow();
    const { state } = this.page;
    if (!state) return;
    const text = this.field.value.slice(0, this.field.selectionStart);
    const mention = /(^|\s)@(\w*)$/.exec(text);
    if (text.startsWith("/")) {
      const lower = text.toLowerCase().trimEnd();
      const offers = state.commands.filter((each) => each.name.startsWith(lower) && each.name !== lower);
      const exact = state.commands.findLast((each) => `${lower} `.startsWith(`${each.name} `));
      this.offer(offers.map((each) => ({ insert: `${each.name} `, from: 0, title: usage(each), note: each.summary })));
      if (!offers.length && exact) this.say(`${usage(exact)} — ${exact.summary}`);
      else this.say("");
    } else if (mention) {
      const users = Object.values(state.users).filter((user) => user.kind !== "slackbot" && user.id !== this.page.me && user.name.startsWith(mention[2].toLowerCase()));
      const from = text.length - mention[2].length - 1;
      this.offer(users.sort((a, b) => (b.kind === "bot") - (a.kind === "bot"))
        .map((user) => ({ insert: `@${user.name} `, from, title: `@${user.name}`, note: user.kind === "bot" ? "App" : user.real_name })));
    } else this.offer([]);
  }

  offer(offers) {
    this.offers = offers;
    this.chosen = -1;
    this.list.hidden = !offers.length;
    this.field.removeAttribute("aria-activedescendant");
    this.list.replaceChildren(...offers.map((each, index) => el("li", {
      id: `offer-${index}`, role: "option", "aria-selected": "false",
      onmousedown: (event) => { event.preventDefault(); this.take(index); },
    }, el("strong", {}, each.title), el("span", {}, each.note))));
  }

  mark(index) {
    this.chosen = (index + this.offers.length) % this.offers.length;
    [...this.list.children].forEach((node, at) => node.setAttribute("aria-selected", String(at === this.chosen)));
    this.list.children[this.chosen].scrollIntoView({ block: "nearest" });
    this.field.setAttribute("aria-activedescendant", `offer-${this.chosen}`);
  }

  take(index) {
    const { insert, from } = this.offers[index];
    const rest = this.field.value.slice(this.field.selectionStart);
    this.field.value = this.field.value.slice(0, from) + insert + rest;
    this.field.setSelectionRange(from + insert.length, from + insert.length);
    this.field.focus();
    this.typed();
  }

  key(event) {
    if (event.isComposing) return;
    const open = this.offers.length > 0;
    if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      this.mark(this.chosen < 0 && event.key === "ArrowUp" ? -1 : this.chosen + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "ArrowUp" && !this.field.value && this.last) {
      event.preventDefault();
      this.put(this.last);
    } else if (open && event.key === "Tab" && !event.shiftKey) {
      event.preventDefault();
      this.take(Math.max(this.chosen, 0));
    } else if (open && event.key === "Escape") this.offer([]);
    else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      if (open && this.chosen >= 0) this.take(this.chosen);
      else this.sendIt();
    }
  }

  // ── sending ──
  async sendIt() {
    const text = this.field.value.trim();
    if (!text) return;
    this.put("");
    this.last = text;
    this.sent();
    const { state, thread } = this.page;
    const here = this.channel();
    const bot = state.users[state.bot].name;
    const asked = { channel: here.id, text, thread_ts: thread ?? undefined };
    const [, command, rest] = /^(\/\S+)\s*([\s\S]*)$/.exec(text) ?? [];
    this.say(command ? `${bot} is answering…` : "");
    let answer;
    if (command) answer = await this.send({ ...asked, do: "slash", command, text: rest });
    else if (here.im) answer = await this.send({ ...asked, do: "dm" });
    else answer = await this.send({ ...asked, do: text.includes(`@${bot}`) ? "mention" : "say" });
    this.say(answer.error === "unreachable" ? "The local Slack does not answer. Is the demo still running?" : "", answer.error === "unreachable");
  }
}
