// One operation of the reference: what it is, its parameters and answers, an example, a try.
import { element, paragraphs, prose } from "./dom.js";
import { codeBlock, pretty } from "./json.js";
import { anchor, row, typeOf } from "./schemas.js";
import { requestExample } from "./snippets.js";
import { tryout } from "./tryout.js";

const bodyOf = (response) => Object.values(response.content ?? {})[0]?.schema;

function answers(responses) {
  const good = Object.entries(responses).filter(([status]) => status < 400);
  const bad = Object.entries(responses).filter(([status]) => status >= 400);
  return [
    element("dl", { class: "rows" }, good.map(([status, response]) => element("div", { class: "row" },
      element("dt", {}, element("span", { class: "pill good" }, status)),
      element("dd", {}, element("p", {}, prose(response.description), " ",
        bodyOf(response) ? element("span", { class: "type" }, typeOf(bodyOf(response))) : "No body."),
      element("p", { class: "note" }, "Headers: ", Object.keys(response.headers ?? {}).join(", "), "."))))),
    element("p", {}, "Errors: ", bad.flatMap(([status], n) => [
      n ? " " : "", element("a", { href: `#error-${status}`, class: "pill bad" }, status),
    ])),
  ];
}

function trying(api, path, described, example) {
  const place = element("div");
  const button = element("button", { type: "button", "aria-expanded": "false" }, "Try");
  let made;
  button.addEventListener("click", () => {
    if (made) place.hidden = !place.hidden;
    else {
      made = tryout(api, path, described, example.query);
      place.append(made.node);
      made.run();
    }
    button.textContent = place.hidden ? "Try" : "Close";
    button.setAttribute("aria-expanded", String(!place.hidden));
  });
  if (!api) {
    button.disabled = true;
    button.title = "The API is not deployed on this machine";
  }
  return [button, place];
}

export function operationSection(path, method, described, { api, base, example }) {
  const plan = described.tags.includes("staff") ? "staff" : "public";
  const [button, place] = trying(api, path, described, example);
  return element("section", { id: described.operationId, class: "operation" },
    element("header", {},
      element("h2", {}, described.summary, anchor(described.operationId, path)),
      element("p", { class: "route" },
        element("span", { class: "method" }, method.toUpperCase()), element("code", {}, path),
        element("span", { class: `plan ${plan}` }, plan === "staff" ? "staff's key" : "any key"), button)),
    place,
    element("div", { class: "split" },
      element("div", { class: "described" },
        paragraphs(described.description),
        element("h3", {}, "Parameters"),
        element("dl", { class: "rows" }, described.parameters.map((one) =>
          row(one.name, one.schema, `${one.in === "header" ? "A header. " : ""}${one.description}`, one.example))),
        element("h3", {}, "Answers"), answers(described.responses)),
      element("div", { class: "example" },
        element("h3", {}, "Example"), requestExample(base, path, example.query, plan),
        element("h4", {}, "Answer"), codeBlock(`Example answer of ${path}`, pretty(example.answer)))));
}

// Every kind of error, once.
export function errorRows(paths) {
  const found = new Map();
  for (const [path, methods] of Object.entries(paths)) {
    for (const { responses } of Object.values(methods)) {
      for (const [status, response] of Object.entries(responses)) {
        if (status < 400) continue;
        const one = found.get(status) ?? { response, of: [] };
        found.set(status, { ...one, of: [...one.of, path] });
      }
    }
  }
  const everywhere = Object.keys(paths).length;
  return [...found].map(([status, { response, of }]) => {
    const [, type] = response.description.match(/`(.+)`/) ?? [];
    const words = response.description.replace(/\s*`.+`/, "");
    return element("div", { class: "row", id: `error-${status}` },
      element("dt", {}, element("span", { class: "pill bad" }, status)),
      element("dd", {}, element("p", {}, element("code", {}, type ?? "")), element("p", {}, prose(words)),
        response.headers ? element("p", { class: "note" }, "With ", Object.keys(response.headers).join(", "), ".") : null,
        of.length < everywhere ? element("p", { class: "note" }, `Of ${of.join(", ")}.`) : null));
  });
}
