// Making elements, and text with `code` in it.

const SVG = "http://www.w3.org/2000/svg";

function fill(made, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key, value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

// An attribute whose value is a function listens to the event of that name.
export const element = (name, attributes = {}, ...children) =>
  fill(document.createElement(name), attributes, children);

export const svg = (name, attributes = {}, ...children) =>
  fill(document.createElementNS(SVG, name), attributes, children);

export const at = (id) => document.getElementById(id);

export const prose = (text) =>
  text.split(/`([^`]+)`/).map((part, n) => (n % 2 ? element("code", {}, part) : part));

export const paragraphs = (text) =>
  text.split(/\n\s*\n/).map((one) => element("p", {}, prose(one.replace(/\s+/g, " ").trim())));

export function problemOf(answer) {
  const text = answer.body?.detail ?? answer.body?.title ?? "no body";
  return element("p", { class: "problem" }, element("strong", {}, String(answer.status)), ` ${text}`);
}

// What failed before there was an answer is told where the answer would be.
export const orTell = (target, promise) =>
  promise.catch((error) => target.replaceChildren(element("p", { class: "problem" }, String(error.message ?? error))));

let made = 0;

// Panels of which one is seen; arrow keys go from one tab to the next.
export function tabs(label, panels) {
  const group = `tabs-${++made}`;
  const buttons = panels.map(([name], n) =>
    element("button", {
      type: "button", role: "tab", id: `${group}-tab-${n}`, "aria-controls": `${group}-${n}`,
      click: () => show(n),
      keydown: (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (step) show((n + step + panels.length) % panels.length).focus();
      },
    }, name));
  const shown = panels.map(([, node], n) =>
    element("div", { role: "tabpanel", id: `${group}-${n}`, "aria-labelledby": `${group}-tab-${n}` }, node));
  function show(chosen) {
    buttons.forEach((button, n) => {
      button.setAttribute("aria-selected", String(n === chosen));
      button.tabIndex = n === chosen ? 0 : -1;
      shown[n].hidden = n !== chosen;
    });
    return buttons[chosen];
  }
  show(0);
  return element("div", { class: "tabs" }, element("div", { role: "tablist", "aria-label": label }, buttons), shown);
}
