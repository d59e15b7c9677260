// The section for the staff: sales of an event against its forecast and events like it.
import { ask } from "./api.js";
import { chart } from "./chart.js";
import { addDays, daysBetween } from "./days.js";
import { at, element, orTell, problemOf } from "./dom.js";

const MISSING = {
  over: "It is over: nothing is left to forecast.",
  cancelled: "It is cancelled.",
  nothing_sold: "Nothing is sold yet.",
  too_few_comparable_events: "Too few events like it sold before: no forecast.",
};
const percent = (share) => (share === null ? "unknown" : `${Math.round(share * 100)} %`);
const money = (cents, currency) => new Intl.NumberFormat("en", {
  style: "currency", currency: currency ?? "EUR", maximumFractionDigits: 0, notation: cents > 1e8 ? "compact" : "standard",
}).format(cents / 100);

const fact = (term, value, more) =>
  element("div", {}, element("dt", {}, term), element("dd", {}, value, more ? element("small", {}, more) : null));

function facts({ event, pace, outlook }) {
  const { forecast } = outlook;
  return element("dl", { class: "facts" },
    fact("Sold", event.net_tickets.toLocaleString("en"), event.capacity === null ? "" : `of ${event.capacity.toLocaleString("en")}, ${percent(event.sell_through)}`),
    fact("Gross", money(event.gross_cents, event.currency), event.is_simulated ? "simulated sales" : ""),
    fact("Pace", pace.ratio === null ? "unknown" : `${pace.ratio.toFixed(2)}×`, pace.ratio === null ? "" : `of ${pace.comparable_events} like it`),
    fact("Forecast", forecast ? forecast.final_tickets.toLocaleString("en") : "none", forecast ? `${forecast.low.toLocaleString("en")} to ${forecast.high.toLocaleString("en")}, 8 of 10 times` : ""),
    fact("To go", event.days_to_go === null ? "" : event.is_over ? "over" : `${event.days_to_go} days`, event.as_of ? `as of ${event.as_of}` : ""));
}

// Real sales and simulated ones are never one series: the event's own kind.
const soFar = (body) => body.series.find((one) => one.metric === "net_tickets_so_far");

// Days to go count from the day on which it begins where the data ends.
const course = (series, lastDay) =>
  series.days.map((day, n) => [daysBetween(day, lastDay), series.values[n]]).filter(([day, value]) => day >= 0 && value !== null);

// Its course in tickets, if it was to have today's sales of the event at hand.
async function courseOf(api, one, event) {
  const answer = await ask(api, "/analyze", { event_id: one.event_id, metrics: "net_tickets_so_far" }, "staff");
  const series = answer.status === 200 && soFar(answer.body);
  if (!series || !(one.share_sold > 0.05)) return null;
  const points = course(series, one.starts_on_local);
  const final = points.at(-1)?.[1];
  if (!final) return null;
  // Sold out early, it stays what it is until the day.
  const scale = event.net_tickets / one.share_sold / final;
  return { name: `${one.name}, ${one.starts_on_local}`, course: [...points, [0, final]].map(([day, tickets]) => [day, tickets * scale]) };
}

function comparableTable(comparable, reports) {
  return element("table", { class: "comparable-events" },
    element("caption", {}, "Events like it: the share of their final sales that they had at this time"),
    element("tbody", {}, comparable.map((one) => element("tr", {},
      element("td", {}, reports.has(one.event_id) ? element("a", { href: reports.get(one.event_id) }, one.name) : one.name),
      element("td", { class: "note" }, one.starts_on_local),
      element("td", { class: "number" }, percent(one.share_sold), element("span", { class: "bar", "aria-hidden": "true", style: `--share: ${one.share_sold}` }))))));
}

export function analyst(api, reports) {
  const form = at("analyze");
  const field = form.elements.event_id;
  const option = (value, text) => element("option", { value }, text);
  let asked = 0;

  async function run() {
    const mine = ++asked;
    const answer = await ask(api, "/analyze", { event_id: field.value }, "staff");
    if (mine !== asked) return;
    if (answer.status !== 200) return at("analysis").replaceChildren(problemOf(answer));
    const { event, outlook } = answer.body;
    const series = soFar(answer.body);
    const lastDay = event.as_of && event.days_to_go !== null ? addDays(event.as_of, event.days_to_go) : event.starts_at?.slice(0, 10);
    const sold = series && lastDay ? course(series, lastDay) : [];
    const said = MISSING[outlook.missing] ?? "";
    const draw = (comparable) => at("analysis").replaceChildren(
      element("h3", {}, event.name, " ", element("span", { class: "note" }, [event.venue_name, event.city].filter(Boolean).join(", "))),
      facts(answer.body),
      said ? element("p", { class: "note" }, said) : "",
      sold.length ? element("div", { class: "charts" },
        chart({ width: at("analysis").clientWidth > 560 ? 800 : 400, sold, capacity: event.capacity, forecast: outlook.forecast, comparable, title: `Tickets of ${event.name} by days to go: ${event.net_tickets} sold${outlook.forecast ? `, ${outlook.forecast.final_tickets} forecast` : ""}` }),
        outlook.comparable.length ? comparableTable(outlook.comparable, reports) : null) : "");
    draw([]);
    const courses = outlook.forecast ? await Promise.all(outlook.comparable.map((one) => courseOf(api, one, event))) : [];
    if (mine === asked && courses.length) draw(courses.filter(Boolean));
  }

  const show = () => orTell(at("analysis"), run());
  form.addEventListener("submit", (event) => { event.preventDefault(); if (field.value) show(); });
  // One that has sold a while, still sells, and has a forecast; else the next to begin.
  async function telling(events, asOf) {
    const soon = addDays(asOf, 7);
    const inOrder = [...events].sort((one, other) => one.starts_at.localeCompare(other.starts_at));
    for (const event of inOrder.filter((one) => one.starts_on_local >= soon).slice(0, 5)) {
      const answer = await ask(api, "/analyze", { event_id: event.event_id, metrics: "orders" }, "staff");
      if (answer.body?.outlook?.forecast) return event;
    }
    return inOrder[0];
  }

  return {
    // What can be chosen: the events that are recommended. One of them is shown.
    async offer(events, asOf) {
      const mine = ++asked;
      const once = [...new Map(events.map((event) => [event.event_id, event])).values()];
      field.replaceChildren(...once.map((event) =>
        option(event.event_id, [event.name, event.starts_on_local, event.city].filter(Boolean).join(", "))));
      at("analysis").replaceChildren();
      const chosen = await telling(once, asOf);
      if (!chosen || mine !== asked) return;
      field.value = chosen.event_id;
      await show();
    },
    async show(eventId) {
      field.value = eventId;
      await show();
      at("staff").scrollIntoView({ block: "start", behavior: "smooth" });
    },
  };
}
