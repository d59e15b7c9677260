// Types of OpenAPI's schemas in words, with links to those that have a name.
import { element, paragraphs, prose } from "./dom.js";

const refName = (schema) => schema.$ref.split("/").pop();

export const anchor = (id, label) =>
  element("a", { class: "anchor", href: `#${id}`, "aria-label": `Link to ${label}` }, "#");

export function typeOf(schema) {
  if (schema.$ref) return [element("a", { href: `#schema-${refName(schema)}` }, refName(schema))];
  if (schema.anyOf) return schema.anyOf.flatMap((one, n) => (n ? [" or ", ...typeOf(one)] : typeOf(one)));
  if (schema.type === "array") return ["list of ", ...typeOf(schema.items ?? {})];
  const text = schema.enum && !schema.type ? "string" : schema.type ?? "any";
  return [schema.format === "date" ? "date" : text];
}

const code = (text) => element("code", {}, String(text));

// What a value must hold to, besides its type: the choices, bounds, form and default.
export function constraints(schema) {
  const items = schema.items ?? {};
  const choices = schema.enum ?? items.enum;
  const pattern = schema.pattern ?? items.pattern;
  const bounds = schema.minimum !== undefined ? [`${schema.minimum} to ${schema.maximum}`] : [];
  const many = schema.maxItems !== undefined ? [`${schema.minItems ?? 0} to ${schema.maxItems} values, the name repeated`] : [];
  return [
    ...[...bounds, ...many].map((text) => element("span", {}, text)),
    ...(schema.default !== undefined ? [element("span", {}, "default ", code(schema.default))] : []),
    ...(choices ? [element("span", { class: "choices" }, "one of ", choices.flatMap((one, n) => (n ? [" ", code(one)] : [code(one)])))] : []),
    ...(pattern ? [element("span", { class: "pattern" }, "matches ", code(pattern))] : []),
  ];
}

// A row: the name, the type, what it must hold to, what it is.
export function row(name, schema, description, example) {
  return element("div", { class: "row" },
    element("dt", {}, code(name), element("span", { class: "type" }, typeOf(schema))),
    element("dd", {},
      description ? element("p", {}, prose(description)) : null,
      element("div", { class: "constraints" }, constraints(schema),
        example === undefined ? null : element("span", {}, "for example ", code(example)))));
}

// Which schemas a schema speaks of.
function spokenOf(schema) {
  if (schema === null || typeof schema !== "object") return [];
  return Object.entries(schema).flatMap(([key, value]) => (key === "$ref" ? [refName(schema)] : spokenOf(value)));
}

export function schemaSection(name, described, schemas) {
  const users = Object.keys(schemas).filter((other) => other !== name && spokenOf(schemas[other]).includes(name));
  const id = `schema-${name}`;
  return element("section", { id, class: "schema" },
    element("h3", {}, name, anchor(id, name)),
    paragraphs(described.description ?? ""),
    users.length ? element("p", { class: "note" }, "Part of ",
      users.flatMap((user, n) => [n ? ", " : "", element("a", { href: `#schema-${user}` }, user)]), ".") : null,
    element("dl", { class: "rows compact" },
      Object.entries(described.properties ?? {}).map(([property, of]) => row(property, of))));
}
