// Shows openapi.json: each operation with its parameters, answers and schemas.
import { element } from "./page.js";

const refName = (schema) => schema.$ref.split("/").pop();

function typeOf(schema) {
  if (schema.$ref) return element("a", { href: `#schema-${refName(schema)}` }, refName(schema));
  if (schema.anyOf) return element("span", {}, ...schema.anyOf.flatMap((one, n) => (n ? [" or ", typeOf(one)] : [typeOf(one)])));
  if (schema.type === "array") return element("span", {}, "list of ", typeOf(schema.items ?? {}));
  const bounds = [
    schema.enum?.join(", "),
    schema.format,
    schema.minimum !== undefined ? `${schema.minimum} to ${schema.maximum}` : undefined,
    schema.default !== undefined ? `default ${schema.default}` : undefined,
  ].filter(Boolean);
  return element("span", {}, bounds.length ? `${schema.type} (${bounds.join("; ")})` : String(schema.type ?? "any"));
}

const table = (head, rows) =>
  element("table", {},
    element("thead", {}, element("tr", {}, ...head.map((cell) => element("th", { scope: "col" }, cell)))),
    element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map((cell) => element("td", {}, cell))))));

function operation(path, method, described) {
  return element("section", { id: described.operationId },
    element("h2", {}, element("code", {}, `${method.toUpperCase()} ${path}`), ` ${described.summary}`),
    element("p", {}, described.description),
    element("h3", {}, "Parameters"),
    table(["name", "value", "what it is", "example"], described.parameters.map((parameter) => [
      element("code", {}, parameter.name), typeOf(parameter.schema), parameter.description,
      element("code", {}, String(parameter.example ?? "")),
    ])),
    element("h3", {}, "Answers"),
    table(["status", "what it is", "body"], Object.entries(described.responses).map(([status, response]) => {
      const [kind, content] = Object.entries(response.content ?? {})[0] ?? ["", undefined];
      return [status, response.description, content ? element("span", {}, `${kind}: `, typeOf(content.schema)) : "none"];
    })));
}

function schema(name, described) {
  const rows = Object.entries(described.properties ?? {}).map(([property, of]) => [element("code", {}, property), typeOf(of)]);
  return element("section", { id: `schema-${name}` }, element("h3", {}, name), element("p", {}, described.description ?? ""), table(["property", "type"], rows));
}

const described = await (await fetch("openapi.json")).json();
document.getElementById("reference").replaceChildren(
  element("h1", {}, `${described.info.title} ${described.info.version}`),
  element("p", {}, described.info.description),
  ...Object.entries(described.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, of]) => operation(path, method, of))),
  element("h2", {}, "Schemas"),
  ...Object.entries(described.components.schemas).map(([name, of]) => schema(name, of)),
);
document.body.dataset.state = "ready";
