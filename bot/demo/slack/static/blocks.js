// Blocks as elements.
import { el } from "./dom.js";
import { element, image } from "./elements.js";
import { markdown, textObject } from "./mrkdwn.js";
import { richText, table } from "./richtext.js";

/**
 * Draw blocks. `shown` is the message or view they belong to (its `state` holds what was chosen);
 * `use(element, value)` is called when a person clicks or chooses.
 */
export function blocks(shown, context, use) {
  return shown.blocks.map((block) => {
    const draw = KINDS[block.type];
    if (!draw) return el("p", { class: "unknown" }, `(this page cannot draw a block of type ${block.type})`);
    const held = (spec) => shown.state?.[block.block_id]?.[spec.action_id] ?? initial(spec);
    return el("div", { class: `block b-${block.type}`, "data-block": block.block_id }, draw(block, context, use, held));
  });
}

const initial = (spec) => ({
  value: spec.initial_value, selected_option: spec.initial_option, selected_options: spec.initial_options,
  selected_date: spec.initial_date, selected_time: spec.initial_time, selected_user: spec.initial_user,
  selected_channel: spec.initial_channel, selected_conversation: spec.initial_conversation,
});

const KINDS = {
  header: (block, context) => el("h3", {}, textObject(block.text, context)),
  divider: () => el("hr"),
  section: (block, context, use, held) => [
    el("div", { class: "section-main" },
      block.text ? el("div", { class: "text" }, textObject(block.text, context)) : null,
      block.fields ? el("div", { class: "fields" },
        block.fields.map((field) => el("div", { class: "text" }, textObject(field, context)))) : null),
    block.accessory ? el("div", { class: "accessory" }, element(block.accessory, held(block.accessory), context, use)) : null,
  ],
  context: (block, context) => block.elements.map((each) =>
    each.type === "image" ? image(each, context, "tiny") : el("span", { class: "text" }, textObject(each, context))),
  actions: (block, context, use, held) => block.elements.map((each) => element(each, held(each), context, use)),
  image: (block, context) => el("figure", {},
    block.title ? el("figcaption", {}, textObject(block.title, context)) : null, image(block, context, "picture")),
  rich_text: (block, context) => richText(block, context),
  table: (block, context) => table(block, context),
  markdown: (block) => el("div", { class: "text markdown-text" }, markdown(block.text)),
  input: (block, context, use, held) => {
    const name = block.label.text + (block.optional ? " (optional)" : "");
    return el("div", { class: "field" },
      el("div", { class: "label", "aria-hidden": "true" }, textObject(block.label, context),
        block.optional ? el("span", { class: "optional" }, " (optional)") : null),
      element(block.element, held(block.element), context, use, name),
      block.hint ? el("div", { class: "note" }, textObject(block.hint, context)) : null,
      el("div", { class: "wrong", role: "alert" }));
  },
};
