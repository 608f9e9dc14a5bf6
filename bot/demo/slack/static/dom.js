// Elements made from text. Nothing here, or anywhere on this page, turns text into markup.

/** An element: el("a", {href, class: "x", onclick: f}, "text", child, [more]). Absent and false attributes are left out. */
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "class") made.className = value;
    else if (name === "colour") made.style.setProperty("--colour", value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** A link that may only lead to the web or to mail. */
export function link(address, label) {
  const safe = /^(https?:\/\/|mailto:)/i.test(address);
  return safe ? el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, label) : el("span", {}, label);
}

/** Lines as text and <br>. */
export function lines(text) {
  return text.split("\n").flatMap((line, index) => (index ? [el("br"), line] : [line]));
}
