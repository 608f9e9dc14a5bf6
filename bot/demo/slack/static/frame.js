// The top bar, the sidebar, and the line above the messages.
import { el } from "./dom.js";

/** Put nodes in place, unless they would look the same: so that focus stays where it is. */
export function settle(place, key, make) {
  if (place.dataset.key === key) return;
  const had = place.contains(document.activeElement) ? document.activeElement.dataset.name : null;
  place.dataset.key = key;
  place.replaceChildren(...[make()].flat());
  if (had) (place.querySelector(`[data-name="${CSS.escape(had)}"]`) ?? place.querySelector('[aria-checked="true"]'))?.focus();
}

export function avatar(user, large = false) {
  const letters = user.real_name.split(/\s+/).map((word) => word[0]).slice(0, 2).join("").toUpperCase();
  return el("span", { class: `avatar ${user.kind} ${large ? "large" : ""}`, colour: user.colour, "aria-hidden": "true" },
    user.kind === "bot" ? "✦" : user.kind === "slackbot" ? "i" : letters);
}

export function drawButtons(place, labels, press) {
  settle(place, labels.join("|"), () =>
    labels.map((label, number) => el("button", { type: "button", class: "button quiet", "data-name": label, onclick: () => press(number) }, label)));
}

export function drawActing(place, state, me, become) {
  const people = Object.values(state.users).filter((user) => user.kind === "person");
  const move = (event) => {
    if (!["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    const step = event.key === "ArrowLeft" || event.key === "ArrowUp" ? people.length - 1 : 1;
    become(people[(people.findIndex((user) => user.id === me) + step) % people.length].id);
  };
  settle(place, me, () => [
    el("span", { class: "caption", "aria-hidden": "true" }, "Acting as"),
    ...people.map((user) => el("button", {
      type: "button", role: "radio", "aria-checked": String(user.id === me), tabindex: user.id === me ? "0" : "-1",
      "data-name": user.id === me ? "me" : user.id, title: `${user.real_name} · ${user.zone}`,
      onclick: () => become(user.id), onkeydown: move,
    }, avatar(user), el("span", {}, user.real_name.split(" ")[0]))),
  ]);
}

export function drawSide(place, page, go) {
  const { state, me } = page;
  const here = page.place[me];
  const fresh = (channel) => channel.id !== here && channel.messages.filter((message) =>
    message.user !== me && message.ts > (page.read[`${me} ${channel.id}`] ?? "0")).length;
  const counts = state.channels.map(fresh);
  const line = (channel, index) => el("button", {
    type: "button", class: `place ${channel.id === here ? "here" : ""} ${counts[index] ? "fresh" : ""}`,
    "aria-current": channel.id === here ? "page" : undefined, "data-name": channel.id,
    "data-channel": channel.name, onclick: () => go(channel.id),
  }, channel.im ? avatar(state.users[state.bot]) : el("span", { class: "hash", "aria-hidden": "true" }, "#"),
  el("span", { class: "name" }, channel.name), counts[index] ? el("span", { class: "count", "aria-label": `${counts[index]} new` }, String(counts[index])) : null);
  const rows = state.channels.map(line);
  settle(place, JSON.stringify([me, here, counts, state.channels.map((each) => each.name)]), () => [
    el("h2", {}, "Channels"), ...rows.filter((_, index) => !state.channels[index].im),
    el("h2", {}, "Apps"), ...rows.filter((_, index) => state.channels[index].im),
  ]);
}

export function drawWhere(place, page, here, go, invite) {
  const { state } = page;
  const bot = state.users[state.bot].name;
  const tab = (name, label) => el("button", {
    type: "button", "aria-pressed": String(page.tab === name), "data-name": `tab-${name}`,
    onclick: () => go(here.id, name),
  }, label);
  settle(place, JSON.stringify([here.id, here.bot, page.tab, page.me]), () => [
    el("h1", {}, here.im ? avatar(state.users[state.bot]) : el("span", { class: "hash", "aria-hidden": "true" }, "#"), here.name,
      here.im ? el("span", { class: "badge" }, "APP") : null),
    here.im
      ? el("div", { class: "tabs", role: "group", "aria-label": bot }, tab("messages", "Messages"), tab("home", "Home"))
      : el("p", {}, `${here.members} members`),
    here.im || here.bot ? null : el("p", { class: "absent" },
      `${bot} is not in this channel: commands work, mentions do not. `,
      el("button", { type: "button", class: "button small", "data-name": "invite", onclick: invite }, `Add ${bot}`)),
  ].filter(Boolean));
}
