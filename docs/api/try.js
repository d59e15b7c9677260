// The try-it page: artists like one, where they play, who trends. Its address carries what is asked.
import { artistsLike, ask, element, findApi } from "./page.js";

const at = (id) => document.getElementById(id);
const like = at("like").elements;
const trends = at("trends").elements;
let api;

function problem(target, answer) {
  target.replaceChildren(element("span", { class: "problem" }, `${answer.status}: ${answer.body.detail ?? answer.body.title}`));
}

async function recommend() {
  const [known] = await artistsLike(api, like.artist.value);
  const answer = await ask(api, "/recommend", {
    artist_id: known?.id ?? like.artist.value, city: like.city.value, from: like.from.value,
  });
  at("recommended").replaceChildren();
  draw([]);
  if (answer.status !== 200) return problem(at("source"), answer);
  const { source, model_version: version, artists } = answer.body;
  at("source").replaceChildren(
    element("span", { class: "badge" }, source), version ? ` ${version}` : "",
    known ? ` for ${known.name}` : "", artists.length ? "" : ": nobody is found there",
  );
  at("recommended").replaceChildren(...artists.map((artist) =>
    element("li", {}, element("strong", {}, artist.name ?? artist.artist_id), element("br"), artist.reason.text,
      ...artist.events.slice(0, 2).map((event) =>
        element("div", { class: "note" }, `${event.starts_on_local}, ${event.venue_name ?? ""}, ${event.city ?? ""}`)))));
  draw(artists.flatMap((artist) => artist.events.map((event) => ({ ...event, artist: artist.name }))));
}

// Dots by longitude and latitude, fitted to what there is; no map tiles, so it works offline.
function draw(events) {
  const placed = events.filter((event) => event.latitude !== null && event.longitude !== null);
  const cities = new Map();
  for (const event of placed) {
    const key = `${event.city}, ${event.country}`;
    const city = cities.get(key) ?? { ...event, key, count: 0 };
    cities.set(key, { ...city, count: city.count + 1 });
  }
  const all = [...cities.values()];
  const span = (name) => {
    const values = all.map((city) => city[name]);
    const low = Math.min(...values), high = Math.max(...values);
    const room = Math.max(1, (high - low) * 0.15);
    return [low - room, high + room];
  };
  const svg = (name, attributes, ...children) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };
  if (!all.length) return at("map").replaceChildren(svg("text", { x: 16, y: 28 }, "No events to show"));
  const [west, east] = span("longitude"), [south, north] = span("latitude");
  at("map").replaceChildren(...all.map((city) => {
    const x = ((city.longitude - west) / (east - west)) * 480, y = ((north - city.latitude) / (north - south)) * 300;
    return svg("g", { "data-city": city.key },
      svg("title", {}, `${city.key}: ${city.count}`),
      svg("circle", { cx: x, cy: y, r: 4 + 2 * Math.sqrt(city.count) }),
      svg("text", { x: Math.min(x + 9, 400), y: y + 4 }, `${city.city} (${city.count})`));
  }));
}

async function showTrends() {
  const answer = await ask(api, "/fetch-trends", { window: trends.window.value, genre: trends.genre.value, city: trends.city.value });
  at("ranking").replaceChildren();
  if (answer.status !== 200) return problem(at("as-of"), answer);
  at("as-of").textContent = answer.body.as_of ? `As of ${answer.body.as_of}, ${answer.body.total} artists` : "No ranking yet";
  at("ranking").replaceChildren(...answer.body.trends.map((trend) =>
    element("tr", {},
      element("td", { class: "number" }, String(trend.rank)),
      element("td", {}, trend.artist_name ?? trend.artist_id),
      element("td", { class: "number" }, trend.score.toFixed(3)),
      element("td", { class: "number" }, trend.change === null ? "new" : `${Math.round(trend.change * 100)} %`),
      element("td", {}, trend.signal))));
}

function remember() {
  const query = new URLSearchParams({ artist: like.artist.value, place: like.city.value, from: like.from.value });
  history.replaceState(null, "", `?${query}`);
}

at("like").addEventListener("submit", (event) => { event.preventDefault(); remember(); recommend(); });
at("trends").addEventListener("submit", (event) => { event.preventDefault(); showTrends(); });
like.artist.addEventListener("input", async () => {
  const found = await artistsLike(api, like.artist.value);
  at("artists").replaceChildren(...found.map((artist) => element("option", { value: artist.name })));
});

try {
  api = await findApi();
  at("state").textContent = `The API of ${api.env} on this machine.`;
  const given = new URLSearchParams(location.search);
  like.artist.value = given.get("artist") ?? "";
  like.city.value = given.get("place") ?? "";
  const ranking = (await ask(api, "/fetch-trends", { limit: 1 })).body;
  // Generated data has a today of its own: events are to come from there.
  like.from.value = given.get("from") ?? ranking.as_of ?? "";
  await showTrends();
  if (like.artist.value) await recommend();
  document.body.dataset.state = "ready";
} catch (error) {
  at("state").replaceChildren(element("span", { class: "problem" }, String(error.message ?? error)));
  document.body.dataset.state = "failed";
}
