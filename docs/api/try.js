// The try-it page: recommendations, the ranking, and the staff's analysis. Its address carries what is asked.
import { analyst } from "./analysis.js";
import { findApi, rankedPlaces, reports, someFans } from "./api.js";
import { at, element } from "./dom.js";
import { recommender } from "./recommend.js";
import { ranking } from "./trends.js";

const options = (id, values) => at(id).replaceChildren(...values.map((value) => element("option", { value })));
const orElse = (promise, fallback) => promise.catch(() => fallback);

try {
  const api = await findApi();
  at("state").textContent = `The API of ${api.env} on this machine.`;
  const [known, fans, places] = await Promise.all([
    orElse(reports(api), new Map()), orElse(someFans(api), []), orElse(rankedPlaces(api), { genres: [], cities: [] }),
  ]);
  options("fans", fans);
  options("genres", places.genres);
  options("cities", places.cities);

  const analysis = analyst(api, known);
  const recommendations = recommender(api, {
    reports: known, analyze: (eventId) => analysis.show(eventId), chosen: (events) => analysis.offer(events, trends?.as_of),
  });
  const trends = await ranking(api, (artist) => recommendations.like(artist)).run();
  const [first] = trends?.trends ?? [];
  const top = first && { id: first.artist_id, name: first.artist_name ?? first.artist_id };
  const given = new URLSearchParams(location.search);
  recommendations.restore(given, {
    artist: top?.name ?? "",
    fan: fans[0] ?? "",
    // Generated data has a today of its own: events are to come from there.
    from: trends?.as_of ?? "",
  });
  await recommendations.run(given.has("artist") ? undefined : top);
  document.body.dataset.state = "ready";
} catch (error) {
  at("state").replaceChildren(element("span", { class: "problem" }, String(error.message ?? error)));
  document.body.dataset.state = "failed";
}
