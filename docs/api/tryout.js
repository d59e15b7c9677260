// A form that asks an operation for real, and shows the answer: status, headers, body.
import { ask } from "./api.js";
import { element, prose } from "./dom.js";
import { codeBlock, pretty } from "./json.js";

const HEADERS = ["content-type", "etag", "cache-control", "retry-after", "x-amzn-requestid", "x-correlation-id"];
const PLANS = [["public", "public plan"], ["staff", "staff's plan"], ["", "no key"]];

function field(parameter, given) {
  const { name, schema } = parameter;
  const value = [given ?? ""].flat().join(" ");
  const choices = schema.enum;
  const input = choices
    ? element("select", { name }, element("option", { value: "" }, "not sent"),
      choices.map((one) => element("option", { value: one, selected: one === value }, one)))
    : element("input", {
      name, value, autocomplete: "off", spellcheck: "false",
      type: schema.format === "date" ? "date" : "text",
      placeholder: schema.default === undefined ? "" : `default ${schema.default}`,
    });
  if (schema.type === "array") input.title = input.placeholder = "several: with spaces between";
  return element("label", {}, element("code", {}, name), input);
}

// What was filled in of the parameters in one place: "query" or "header".
function read(form, parameters, place) {
  return Object.fromEntries(parameters.filter((one) => one.in === place).map(({ name, schema }) => {
    const value = form.elements[name].value.trim();
    return [name, schema.type === "array" ? value.split(/\s+/) : value];
  }).filter(([, value]) => place === "query" || value !== ""));
}

function status(answer) {
  const kind = answer.status < 400 ? "good" : "bad";
  const size = answer.body === null ? "no body" : `${JSON.stringify(answer.body).length} characters`;
  return element("p", { class: "status", "data-status": answer.status },
    element("span", { class: `pill ${kind}` }, String(answer.status)),
    ` in ${Math.round(answer.took)} ms, ${size}`);
}

const headerList = (answer) =>
  element("dl", { class: "headers" }, HEADERS.filter((name) => answer.headers.get(name)).flatMap((name) => [
    element("dt", {}, name), element("dd", {}, answer.headers.get(name)),
  ]));

export function tryout(api, path, operation, given) {
  const plan = operation.tags.includes("staff") ? "staff" : "public";
  const out = element("div", { class: "answer", "aria-live": "polite" });
  const send = element("button", {}, "Send");
  const form = element("form", {
    "aria-label": `Try ${path}`,
    submit: (event) => { event.preventDefault(); run(); },
  },
  element("div", { class: "fields" },
    operation.parameters.map((parameter) => field(parameter, given[parameter.name])),
    element("label", {}, "key", element("select", { name: "plan of the key" },
      PLANS.map(([value, text]) => element("option", { value, selected: value === plan }, text))))),
  element("div", { class: "actions" }, send));

  async function run(headers = {}) {
    send.disabled = true;
    try {
      const key = form.elements["plan of the key"].value || null;
      const sent = { ...read(form, operation.parameters, "header"), ...headers };
      const answer = await ask(api, path, read(form, operation.parameters, "query"), key, sent);
      const etag = answer.headers.get("etag");
      out.replaceChildren(
        status(answer), headerList(answer),
        answer.body === null
          ? element("p", { class: "note" }, "What the caller holds is still right.")
          : codeBlock(`Answer of ${path}`, pretty(answer.body)),
        ...(etag && answer.status === 200 ? [element("button", {
          type: "button", class: "quiet", click: () => run({ "If-None-Match": etag }),
        }, prose("Send again with `If-None-Match`"))] : []));
    } catch (error) {
      out.replaceChildren(element("p", { class: "problem" }, String(error.message ?? error)));
    } finally {
      send.disabled = false;
    }
  }
  return { node: element("div", { class: "tryout" }, form, out), run };
}
