// Buttons, menus and inputs. `use` is told what a person did: use(element, value), where a button has no value.
import { el } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { textObject } from "./mrkdwn.js";

const plain = (object) => (object ? withEmoji(object.text) : "");
let serial = 0;

/** One element of an actions block, an accessory, or an input. `held` is its value so far; `label` names it aloud. */
export function element(spec, held, context, use, label = "") {
  const name = label || plain(spec.placeholder) || spec.action_id;
  switch (spec.type) {
    case "button": return button(spec, context, use);
    case "image": return image(spec, context, "thumb");
    case "overflow":
    case "static_select": return select(spec, held?.selected_option?.value, name, context, use);
    case "multi_static_select":
    case "checkboxes": return several(spec, held?.selected_options, name, context, use);
    case "radio_buttons": return radio(spec, held?.selected_option?.value, name, context, use);
    case "users_select": return choice(spec, people(context), held?.selected_user, name, use);
    case "channels_select": return choice(spec, channels(context), held?.selected_channel, name, use);
    case "conversations_select": return choice(spec, channels(context), held?.selected_conversation, name, use);
    default: return typed(spec, held, name, use);
  }
}

function button(spec, context, use) {
  const press = async () => {
    if (spec.confirm && !(await context.confirm(spec.confirm))) return;
    if (spec.url) window.open(spec.url, "_blank", "noopener,noreferrer");
    made.classList.add("busy");
    await use(spec);
    made.classList.remove("busy");
  };
  const made = el("button", {
    type: "button", class: `button ${spec.style ?? ""}`, onclick: press, "data-action": spec.action_id,
    "aria-label": spec.accessibility_label,
  }, plain(spec.text), spec.url ? el("span", { class: "away", "aria-hidden": "true" }, " ↗") : null);
  return made;
}

function select(spec, chosen, name, context, use) {
  const option = (each) => el("option", { value: each.value, selected: each.value === chosen }, plain(each.text),
    each.description ? ` — ${plain(each.description)}` : "");
  const groups = spec.option_groups?.map((group) =>
    el("optgroup", { label: plain(group.label) }, group.options.map(option)));
  const first = plain(spec.placeholder) || (spec.type === "overflow" ? "⋯" : "Choose…");
  const made = el("select", { class: "select", "aria-label": name, "data-action": spec.action_id },
    el("option", { value: "", selected: !chosen }, first), groups ?? spec.options.map(option));
  made.addEventListener("change", async () => {
    const agreed = !spec.confirm || (await context.confirm(spec.confirm));
    if (agreed && made.value) await use(spec, made.value);
    if (!agreed || spec.type === "overflow") made.value = "";
  });
  return made;
}

function choice(spec, options, chosen, name, use) {
  const made = el("select", { class: "select", "aria-label": name, "data-action": spec.action_id },
    el("option", { value: "" }, plain(spec.placeholder) || "Choose…"),
    options.map(([value, label]) => el("option", { value, selected: value === chosen }, label)));
  made.addEventListener("change", () => use(spec, made.value));
  return made;
}

const people = (context) => Object.values(context.state.users).filter((user) => user.kind === "person")
  .map((user) => [user.id, user.real_name]);
const channels = (context) => context.state.channels.map((channel) => [channel.id, channel.im ? channel.name : `#${channel.name}`]);

function ticks(kind, spec, isOn, name, context, change) {
  const group = `g${++serial}`;
  return el("div", { class: "ticks", role: kind === "radio" ? "radiogroup" : "group", "aria-label": name, "data-action": spec.action_id },
    (spec.options ?? spec.option_groups.flatMap((each) => each.options)).map((option) => el("label", {},
      el("input", { type: kind, name: group, value: option.value, checked: isOn(option), onchange: change }),
      el("span", {}, textObject(option.text, context),
        option.description ? el("small", {}, textObject(option.description, context)) : null))));
}

function several(spec, chosen = [], name, context, use) {
  const made = ticks("checkbox", spec, (option) => chosen.some((each) => each.value === option.value), name, context,
    () => use(spec, [...made.querySelectorAll("input:checked")].map((input) => input.value)));
  return made;
}

function radio(spec, chosen, name, context, use) {
  return ticks("radio", spec, (option) => option.value === chosen, name, context, (event) => use(spec, event.target.value));
}

const KINDS = { datepicker: "date", timepicker: "time", email_text_input: "email", url_text_input: "url" };

function typed(spec, held, name, use) {
  const multiline = spec.type === "plain_text_input" && spec.multiline;
  const value = held?.value ?? held?.selected_date ?? held?.selected_time ?? "";
  const made = el(multiline ? "textarea" : "input", {
    type: multiline ? undefined : KINDS[spec.type] ?? "text", rows: multiline ? 4 : undefined, class: "input",
    inputmode: spec.type === "number_input" ? "decimal" : undefined, placeholder: plain(spec.placeholder) || undefined,
    "aria-label": name, "data-action": spec.action_id, maxlength: spec.max_length, autofocus: spec.focus_on_load,
  });
  made.value = value;
  made.addEventListener("change", () => use(spec, made.value));
  return made;
}

export function image(spec, context, className) {
  const source = spec.image_url ?? context.fileAddress(spec.slack_file);
  const made = el("img", { class: className, src: source, alt: spec.alt_text, loading: "lazy" });
  made.addEventListener("error", () => made.replaceWith(el("span", { class: "no-image" }, `🖼 ${spec.alt_text}`)));
  return made;
}

/** What the inputs under a node hold now, by action_id. */
export function valuesUnder(node) {
  const values = {};
  for (const field of node.querySelectorAll("[data-action]")) {
    const name = field.dataset.action;
    if (field.localName === "button") continue;
    if (!field.classList.contains("ticks")) values[name] = field.value || null;
    else {
      const chosen = [...field.querySelectorAll("input:checked")].map((input) => input.value);
      values[name] = field.getAttribute("role") === "radiogroup" ? chosen[0] ?? null : chosen;
    }
  }
  return values;
}
