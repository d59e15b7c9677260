// The example request of an operation as a person would send it.
import { queryString } from "./api.js";
import { element, tabs } from "./dom.js";
import { codeBlock } from "./json.js";

const KEY = { public: "RLM_API_KEY", staff: "RLM_STAFF_API_KEY" };

export function curl(base, path, query, plan) {
  const lines = Object.entries(query).flatMap(([name, value]) => [value].flat().map((one) =>
    `  --data-urlencode '${name}=${String(one).replaceAll("'", "'\\''")}'`));
  return [`curl --get '${base}${path}'`, `  --header "x-api-key: $${KEY[plan]}"`, ...lines].join(" \\\n");
}

export function javascript(base, path, query, plan) {
  const pairs = Object.entries(query).flatMap(([name, value]) => [value].flat().map((one) =>
    `  [${JSON.stringify(name)}, ${JSON.stringify(String(one))}],`));
  return [
    "const query = new URLSearchParams([", ...pairs, "]);",
    `const answer = await fetch(\`${base}${path}?\${query}\`, {`,
    `  headers: { "x-api-key": ${KEY[plan]} },`,
    "});",
    "const body = await answer.json();",
    "if (!answer.ok) throw new Error(body.detail ?? body.title);",
  ].join("\n");
}

const address = (base, path, query) => `${base}${path}?${queryString(query)}`;

export function requestExample(base, path, query, plan) {
  const block = (label, text) => [label, codeBlock(`${label} example of ${path}`, element("code", {}, text))];
  return tabs("Example request", [
    block("curl", curl(base, path, query, plan)),
    block("JavaScript", javascript(base, path, query, plan)),
    block("URL", address(base, path, query)),
  ]);
}
