// Shows openapi.json: operations with examples and a try, errors, schemas.
import { findApi } from "./api.js";
import { at, element, prose } from "./dom.js";
import { errorRows, operationSection } from "./operation.js";
import { anchor, schemaSection } from "./schemas.js";

const read = async (name) => (await fetch(name)).json();

async function apiOrNone() {
  try {
    const api = await findApi();
    return { api, base: `${location.origin}${api.base}` };
  } catch {
    return { api: null, base: null };
  }
}

const link = (href, ...words) => element("li", {}, element("a", { href }, words));

function contents(operations, schemas) {
  return [
    element("h2", {}, "Operations"),
    element("ul", {}, operations.map(({ path, method, described }) =>
      link(`#${described.operationId}`, element("span", { class: "method" }, method.toUpperCase()), " ", path))),
    element("ul", {}, link("#errors", "Errors")),
    element("details", { open: matchMedia("(min-width: 48rem)").matches },
      element("summary", {}, "Schemas"),
      element("ul", {}, Object.keys(schemas).map((name) => link(`#schema-${name}`, name)))),
  ];
}

// The entry of what is being read is marked while the page scrolls.
function followReading(sections) {
  const links = new Map([...document.querySelectorAll("#contents a")].map((one) => [one.hash.slice(1), one]));
  const seen = new Set();
  const watch = new IntersectionObserver((changes) => {
    for (const { target, isIntersecting } of changes) seen[isIntersecting ? "add" : "delete"](target.id);
    const first = sections.find(({ id }) => seen.has(id));
    for (const [id, one] of links) one.toggleAttribute("aria-current", id === first?.id);
  }, { rootMargin: "-10% 0px -60% 0px" });
  for (const section of sections) watch.observe(section);
}

const [described, examples, { api, base }] =
  await Promise.all([read("openapi.json"), read("examples.json"), apiOrNone()]);
const { schemas } = described.components;
const operations = Object.entries(described.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, of]) => ({ path, method, described: of })));
const shownBase = base ?? described.servers[0].url;

at("contents").replaceChildren(...contents(operations, schemas));
at("reference").replaceChildren(
  element("header", { class: "intro" },
    element("h1", {}, `${described.info.title} API`, " ", element("span", { class: "version" }, described.info.version)),
    element("p", { class: "lead" }, prose(described.info.description)),
    element("dl", { class: "facts" },
      element("dt", {}, "Address"), element("dd", {}, element("code", {}, shownBase)),
      element("dt", {}, "Key"), element("dd", {}, "in the header ", element("code", {}, "x-api-key"),
        api ? ". A try sends the key that this machine's API has for the plan that you choose." : ". No API is deployed on this machine: nothing can be tried."))),
  ...operations.map(({ path, method, described: of }) =>
    operationSection(path, method, of, { api, base: shownBase, example: examples[of.operationId] })),
  element("section", { id: "errors" },
    element("h2", {}, "Errors", anchor("errors", "errors")),
    element("p", {}, "Every error is a ", element("a", { href: "#schema-Problem" }, "Problem"),
      ". Its type is stable: decide by it, not by words."),
    element("dl", { class: "rows" }, errorRows(described.paths))),
  element("section", { id: "schemas" }, element("h2", {}, "Schemas"),
    element("p", { class: "note" }, "Every property is there in every answer; what is not known is null.")),
  ...Object.entries(schemas).map(([name, of]) => schemaSection(name, of, schemas)),
);
if (location.hash) at(location.hash.slice(1))?.scrollIntoView();
followReading([...document.querySelectorAll("#reference section[id]")]);
document.body.dataset.state = "ready";
