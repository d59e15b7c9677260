// The section of the ranking: who gains an audience; a row recommends artists like that one.
import { ask } from "./api.js";
import { at, element, orTell, problemOf } from "./dom.js";

function change(trend) {
  if (trend.change === null) return element("span", { class: "change new" }, "new");
  const percent = Math.round(trend.change * 100);
  const [kind, arrow, word] = percent > 0 ? ["up", "▲", "up"] : percent < 0 ? ["down", "▼", "down"] : ["same", "■", "unchanged"];
  return element("span", { class: `change ${kind}` },
    element("span", { "aria-hidden": "true" }, `${arrow} `),
    element("span", { class: "visually-hidden" }, `${word} `), `${Math.abs(percent)} %`);
}

const number = (value) => new Intl.NumberFormat("en", { notation: "compact" }).format(value);

// What stands behind the score, the signal's own measure first.
function support(trend) {
  const { days, ...measures } = trend.support;
  const of = measures[trend.signal] ?? null;
  return [
    of === null ? trend.signal : `${number(of)} ${trend.signal}`,
    days === null ? "" : `${days} days`,
    trend.is_reliable ? "" : "not certain",
    trend.is_simulated ? "simulated" : "",
  ].filter(Boolean).join(", ");
}

function row(trend, best, like) {
  const name = trend.artist_name ?? trend.artist_id;
  return element("tr", { click: () => like({ id: trend.artist_id, name }) },
    element("td", { class: "number" }, String(trend.rank)),
    element("td", {},
      // For keys; the row is told of it, as of any click in it.
      element("button", { type: "button", class: "link", title: `Recommend artists like ${name}` }, name),
      element("span", { class: "note" }, support(trend))),
    element("td", { class: "number" }, change(trend)),
    element("td", { class: "number" }, trend.score.toFixed(3),
      element("span", { class: "bar", "aria-hidden": "true", style: `--share: ${best > 0 ? Math.max(0, trend.score / best) : 0}` })));
}

export function ranking(api, like) {
  const form = at("trends");
  const fields = form.elements;

  async function run() {
    const answer = await ask(api, "/fetch-trends", {
      window: fields.window.value, genre: fields.genre.value.trim(), city: fields.city.value.trim(), limit: 15,
    });
    at("ranking").replaceChildren();
    if (answer.status !== 200) {
      at("as-of").replaceChildren(problemOf(answer));
      return null;
    }
    const { as_of: asOf, total, trends } = answer.body;
    at("as-of").textContent = asOf ? `As of ${asOf}, ${total} artists. Choose one for artists like it.` : "No ranking yet.";
    const best = Math.max(...trends.map((trend) => trend.score));
    at("ranking").replaceChildren(...trends.map((trend) => row(trend, best, like)));
    return answer.body;
  }

  const show = () => orTell(at("as-of"), run());
  form.addEventListener("submit", (event) => { event.preventDefault(); show(); });
  fields.window.addEventListener("change", show);
  return { run };
}
