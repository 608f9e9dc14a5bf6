// Modals, and the question before a dangerous button. Both are <dialog>: the browser keeps focus inside.
import { blocks } from "./blocks.js";
import { el } from "./dom.js";
import { valuesUnder } from "./elements.js";
import { textObject } from "./mrkdwn.js";

/** Show the view on top, if any. A view that did not change keeps its nodes, and what was typed into them. */
export function drawModal(place, state, context, { useIn, send }) {
  const view = state.modal;
  if (!view) {
    place.dataset.key = "";
    if (place.open) place.close();
    return;
  }
  if (place.dataset.key !== `${view.id} ${view.hash}`) {
    place.dataset.key = `${view.id} ${view.hash}`;
    place.replaceChildren(form(place, view, state, context, { useIn, send }));
  }
  complain(place, view.errors);
  if (!place.open) place.showModal();
}

function form(place, view, state, context, { useIn, send }) {
  const close = () => send({ do: "close", shown: view.id });
  place.oncancel = (event) => {
    event.preventDefault();
    close();
  };
  const submit = async (event) => {
    event.preventDefault();
    const button = event.target.querySelector(".submit");
    button.disabled = true;
    const { errors } = await send({ do: "submit", shown: view.id, values: valuesUnder(event.target.querySelector(".inside")) });
    button.disabled = false;
    complain(place, errors ?? {});
    place.querySelector(".bad input, .bad textarea, .bad select")?.focus();
  };
  return el("form", { onsubmit: submit, novalidate: true },
    el("header", {},
      el("h2", { id: "modal-title" }, textObject(view.title, context)),
      el("button", { type: "button", class: "close", "aria-label": "Close", onclick: close }, "×")),
    el("div", { class: "inside" }, el("p", { class: "trouble", role: "alert" }), blocks(view, context, useIn(view.id))),
    el("footer", {},
      el("button", { type: "button", class: "button", onclick: close }, view.close ? textObject(view.close, context) : state.depth > 1 ? "Back" : "Cancel"),
      view.submit ? el("button", { type: "submit", class: "button primary submit" }, textObject(view.submit, context)) : null));
}

/** Say under each input what is wrong with it; "" is about the whole. */
function complain(place, errors) {
  for (const block of place.querySelectorAll("[data-block]")) {
    const says = errors[block.dataset.block] ?? "";
    block.classList.toggle("bad", Boolean(says));
    const wrong = block.querySelector(".wrong");
    if (wrong && wrong.textContent !== says) wrong.textContent = says;
  }
  const trouble = place.querySelector(".trouble");
  if (trouble) trouble.textContent = errors[""] ?? "";
}

/** Ask a confirm object's question. Answers true or false. */
export function confirmWith(place, spec, context) {
  return new Promise((resolve) => {
    const answer = (yes) => {
      place.close();
      resolve(yes);
    };
    place.oncancel = () => resolve(false);
    place.replaceChildren(el("form", { onsubmit: (event) => { event.preventDefault(); answer(true); } },
      el("header", {}, el("h2", { id: "confirm-title" }, textObject(spec.title, context))),
      el("div", { class: "inside" }, el("p", {}, textObject(spec.text, context))),
      el("footer", {},
        el("button", { type: "button", class: "button", onclick: () => answer(false) }, textObject(spec.deny, context)),
        el("button", { type: "submit", class: `button ${spec.style ?? "primary"}` }, textObject(spec.confirm, context)))));
    place.showModal();
  });
}
