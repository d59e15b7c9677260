// The section that recommends: like an artist or as a fan, in a place, from a day on.
import { artistsLike, ask } from "./api.js";
import { at, element, orTell, problemOf } from "./dom.js";
import { drawMap, tellInto } from "./map.js";

const SOURCES = {
  model: ["good", "the model's answer"],
  precomputed: ["warn", "recommended earlier, for the model cannot be reached now"],
  popular: ["plain", "what is popular, for nothing is known to go by"],
};

const price = (event) => {
  if (event.lowest_price_cents === null) return "";
  const format = new Intl.NumberFormat("en", { style: "currency", currency: event.currency ?? "EUR", maximumFractionDigits: 0 });
  const [low, high] = [event.lowest_price_cents, event.highest_price_cents].map((cents) => format.format(cents / 100));
  return low === high ? low : `${low} to ${high}`;
};

function eventItem(event, { reports, analyze }) {
  const report = reports.get(event.event_id);
  return element("li", { class: "event" },
    element("time", { datetime: event.starts_on_local }, event.starts_on_local),
    element("span", { class: "where" }, [event.venue_name, event.city, event.country].filter(Boolean).join(", ")),
    element("span", { class: "links" },
      element("span", { class: "price" }, price(event)),
      report ? element("a", { href: report, "aria-label": `Report of ${event.name}` }, "report") : null,
      element("button", { type: "button", class: "link", "aria-label": `Analyze ${event.name}`, click: () => analyze(event.event_id) }, "analyze")));
}

function artistItem(artist, best, tools) {
  const share = artist.score === null || !(best > 0) ? null : Math.max(0, artist.score / best);
  return element("li", {},
    element("div", { class: "artist" },
      element("strong", {}, artist.name ?? artist.artist_id),
      element("span", { class: "note" }, artist.genres.join(", ")),
      share === null ? null : element("span", {
        class: "bar", role: "img", style: `--share: ${share}`, "aria-label": `score ${artist.score}`, title: `score ${artist.score}`,
      })),
    element("p", { class: "reason" }, artist.reason.text),
    artist.events.length
      ? element("ul", { class: "events" }, artist.events.map((event) => eventItem(event, tools)))
      : element("p", { class: "note" }, "No event to come."));
}

function said({ body, who }) {
  const [kind, words] = SOURCES[body.source];
  const stranger = body.is_known_fan === false && body.source !== "precomputed" ? "Nobody knows this fan. " : "";
  return [
    element("span", { class: `pill ${kind}`, "data-source": body.source }, body.source),
    ` ${stranger}This is ${words}${who ? `, for ${who}` : ""}.`,
    body.artists.length ? "" : " Nobody is found there.",
    body.model_version ? element("span", { class: "version" }, ` ${body.model_version}`) : "",
  ];
}

export function recommender(api, { reports, analyze, chosen }) {
  const form = at("like");
  const fields = form.elements;
  const isFan = () => fields.as.value === "fan";
  const tell = tellInto("at-place");

  function choose(kind) {
    fields.as.value = kind;
    at("by-artist").hidden = kind !== "artist";
    at("by-fan").hidden = kind !== "fan";
  }

  let asked = 0;

  // `known` is an artist whose id is known already: names are not unique.
  async function run(known) {
    const mine = ++asked;
    const text = fields.artist.value.trim();
    const fan = fields.fan.value.trim();
    if (!(isFan() ? fan : text)) return drawNothing(isFan() ? "Choose a fan." : "Choose an artist: there is no ranking that would name one.");
    const [found] = isFan() || !text ? [] : known ? [known] : await artistsLike(api, text);
    const answer = await ask(api, "/recommend", {
      ...(isFan() ? { fan_id: fan } : { artist_id: found?.id ?? text }),
      city: fields.city.value.trim(), genre: fields.genre.value.trim(), from: fields.from.value,
    });
    if (mine !== asked) return;
    const artists = answer.status === 200 ? answer.body.artists : [];
    at("at-place").textContent = artists.length ? "Point at a city, or go to it by keys, for its events." : "";
    if (answer.status === 200) at("source").replaceChildren(...said({ body: answer.body, who: isFan() ? fan : found?.name }));
    else at("source").replaceChildren(problemOf(answer));
    const best = Math.max(...artists.map((artist) => artist.score ?? 0));
    at("recommended").replaceChildren(...artists.map((artist) => artistItem(artist, best, { reports, analyze })));
    const events = artists.flatMap((artist) => artist.events.map((event) => ({ ...event, artist: artist.name ?? artist.artist_id })));
    await Promise.all([drawMap(at("map"), events, tell), chosen(events)]);
  }

  function drawNothing(why) {
    at("source").textContent = why;
    at("at-place").textContent = "";
    at("recommended").replaceChildren();
    return Promise.all([drawMap(at("map"), [], tell), chosen([])]);
  }

  function remember() {
    const question = { as: fields.as.value, artist: fields.artist.value, fan: fields.fan.value, place: fields.city.value, genre: fields.genre.value, from: fields.from.value };
    history.replaceState(null, "", `?${new URLSearchParams(Object.entries(question).filter(([, value]) => value))}`);
  }

  for (const radio of form.querySelectorAll("[name=as]")) radio.addEventListener("change", () => choose(radio.value));
  form.addEventListener("submit", (event) => { event.preventDefault(); remember(); orTell(at("source"), run()); });
  fields.artist.addEventListener("input", async () => {
    const found = await artistsLike(api, fields.artist.value);
    at("artists").replaceChildren(...found.map((artist) => element("option", { value: artist.name })));
  });

  return {
    run,
    restore(given, fallback) {
      choose(given.get("as") === "fan" || (given.get("fan") && !given.get("artist")) ? "fan" : "artist");
      fields.artist.value = given.get("artist") ?? fallback.artist;
      fields.fan.value = given.get("fan") ?? fallback.fan;
      fields.city.value = given.get("place") ?? "";
      fields.genre.value = given.get("genre") ?? "";
      fields.from.value = given.get("from") ?? fallback.from;
    },
    async like(artist) {
      choose("artist");
      fields.artist.value = artist.name;
      remember();
      await orTell(at("source"), run(artist));
      at("recommend").scrollIntoView({ block: "start", behavior: "smooth" });
    },
  };
}
