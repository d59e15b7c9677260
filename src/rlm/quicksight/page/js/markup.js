// Builds the rich text that the server has parsed; only these tags and styles exist.

import { el } from "./elements.js";

const TAGS = { b: "strong", i: "em", u: "u", s: "s", sub: "sub", sup: "sup", ul: "ul", ol: "ol", li: "li", br: "br" };

export function rich(content) {
  return (content || []).map(one);
}

function one(node) {
  if (node.text !== undefined) return document.createTextNode(node.text);
  const children = rich(node.children);
  const style = node.style || {};
  if (node.tag === "a") {
    const properties = { href: node.href, style, rel: "noopener noreferrer" };
    if (node.newTab) properties.target = "_blank";
    return el("a", properties, children);
  }
  if (node.tag === "block") return el("span", { className: "block", style }, children);
  return el(TAGS[node.tag] || "span", { style }, children);
}

export function plain(content) {
  return (content || []).map((node) => node.text ?? plain(node.children)).join("");
}
