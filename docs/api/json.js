// JSON for a reader: indented, coloured by kind, with short lists on one line.
import { element } from "./dom.js";

const WIDTH = 72;
const token = (kind, text) => element("span", { class: `json-${kind}` }, text);

function scalar(value) {
  const kind = value === null ? "null" : typeof value;
  return token(kind, JSON.stringify(value));
}

function inside(value, indent) {
  if (value === null || typeof value !== "object") return [scalar(value)];
  const isList = Array.isArray(value);
  const [open, close] = isList ? "[]" : "{}";
  const entries = Object.entries(value);
  const isShort = JSON.stringify(value).length + indent.length < WIDTH
    && entries.every(([, one]) => one === null || typeof one !== "object");
  const deeper = `${indent}  `;
  const [before, between, after] = !entries.length || (isShort && isList)
    ? ["", ", ", ""] : [`\n${deeper}`, `,\n${deeper}`, `\n${indent}`];
  const parts = entries.flatMap(([name, one], n) => [
    n ? between : before,
    ...(isList ? [] : [token("name", JSON.stringify(name)), ": "]),
    ...inside(one, deeper),
  ]);
  return [open, ...parts, after, close];
}

export const pretty = (value) =>
  element("code", {}, typeof value === "string" ? value : inside(value, ""));

// A block of code that can be scrolled by keys and copied.
export function codeBlock(label, code) {
  const said = element("span", { class: "visually-hidden", "aria-live": "polite" });
  const copy = element("button", {
    type: "button", class: "copy", "aria-label": `Copy: ${label}`,
    click: async () => {
      await navigator.clipboard.writeText(code.textContent);
      copy.textContent = "Copied";
      said.textContent = `${label} is copied`;
      setTimeout(() => { copy.textContent = "Copy"; }, 1500);
    },
  }, "Copy");
  return element("div", { class: "code-block" }, element("pre", { tabindex: "0", "aria-label": label }, code), copy, said);
}
