// A map of events by city, fitted to them, without tiles: dots sized by how many there are.
import { at, element, svg } from "./dom.js";
import { outlines } from "./topology.js";

const LEAST_SPAN = 0.25;
// On a narrow screen less is drawn, so that words stay as large.
const sizeFor = (target) => (target.clientWidth > 560 ? { wide: 800, high: 380 } : { wide: 400, high: 280 });
const radians = (degrees) => (degrees * Math.PI) / 180;

// Mercator: both in radians.
const project = ([longitude, latitude]) => [
  radians(longitude), -Math.log(Math.tan(Math.PI / 4 + radians(Math.max(-80, Math.min(80, latitude))) / 2)),
];

export function citiesOf(events) {
  const cities = new Map();
  for (const event of events) {
    if (event.latitude === null || event.longitude === null) continue;
    const key = `${event.city}, ${event.country}`;
    const city = cities.get(key) ?? { key, name: event.city, events: [], place: [event.longitude, event.latitude] };
    city.events.push(event);
    cities.set(key, city);
  }
  return [...cities.values()].sort((one, other) => other.events.length - one.events.length);
}

// From projected to drawn: all cities with room around them, never nearer than a city's region.
function fitted(cities, { wide, high }) {
  const all = cities.map((city) => project(city.place));
  const [xs, ys] = [0, 1].map((axis) => all.map((one) => one[axis]));
  const [west, east, north, south] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const width = Math.max(LEAST_SPAN, (east - west) * 1.25, ((south - north) * 1.3 * wide) / high);
  const scale = wide / width;
  const [x0, y0] = [(west + east) / 2 - width / 2, (north + south) / 2 - (width * high) / wide / 2];
  const place = (lonLat) => {
    const [x, y] = project(lonLat);
    return [(x - x0) * scale, (y - y0) * scale];
  };
  return { place, degrees: (width * 180) / Math.PI };
}

const isSeen = (ring, { wide, high }) => {
  const [xs, ys] = [0, 1].map((axis) => ring.map((one) => one[axis]));
  return Math.max(...xs) > -50 && Math.min(...xs) < wide + 50 && Math.max(...ys) > -50 && Math.min(...ys) < high + 50;
};

const path = (ring) => `M${ring.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join("L")}Z`;

function drawOutlines(rings, place, size) {
  const shown = rings.map((ring) => ring.map(place)).filter((ring) => isSeen(ring, size));
  return svg("path", { class: "land", d: shown.map(path).join("") });
}

// Names that have room: of two that overlap, the city with more events keeps its own.
function labels(placed, { wide, high }) {
  const taken = placed.map(({ x, y, r }) => ({ left: x - r, right: x + r, top: y - r, bottom: y + r }));
  const free = (box) => box.left > 0 && box.right < wide && box.top > 0 && box.bottom < high
    && !taken.some((one) => box.left < one.right && box.right > one.left && box.top < one.bottom && box.bottom > one.top);
  return placed.flatMap(({ x, y, r, city }) => {
    const width = city.name.length * 7.2;
    const sides = [["start", x + r + 5, x + r + 5], ["end", x - r - 5, x - r - 5 - width]];
    for (const [anchor, from, left] of sides) {
      const box = { left, right: left + width, top: y - 7, bottom: y + 7 };
      if (!free(box)) continue;
      taken.push(box);
      return [svg("text", { x: from, y: y + 4, "text-anchor": anchor, "aria-hidden": "true" }, city.name)];
    }
    return [];
  });
}

const count = (number) => `${number} event${number === 1 ? "" : "s"}`;

// `tell(city)` shows a city's events; called on hover, focus and touch.
export async function drawMap(target, events, tell) {
  const cities = citiesOf(events), size = sizeFor(target);
  target.setAttribute("viewBox", `0 0 ${size.wide} ${size.high}`);
  if (!cities.length) {
    target.replaceChildren(svg("text", { x: size.wide / 2, y: size.high / 2, "text-anchor": "middle", class: "nothing" }, "No events to show on the map"));
    return;
  }
  const { place, degrees } = fitted(cities, size);
  const placed = cities.map((city) => {
    const [x, y] = place(city.place);
    return { x, y, r: 4 + 2.2 * Math.sqrt(city.events.length), city };
  });
  const dots = placed.map(({ x, y, r, city }) =>
    svg("circle", {
      cx: x, cy: y, r, class: "city", tabindex: "0", role: "img", "data-city": city.key,
      "aria-label": `${city.key}: ${count(city.events.length)}`,
      pointerenter: () => tell(city), focus: () => tell(city), click: () => tell(city),
    }));
  target.replaceChildren(svg("g", { class: "dots" }, dots), svg("g", { class: "labels" }, labels(placed, size)));
  target.prepend(drawOutlines(await outlines(degrees), place, size));
}

// A city's events, beneath the map.
export function tellInto(id) {
  return (city) => at(id).replaceChildren(
    element("strong", {}, city.key), ` ${count(city.events.length)}: `,
    city.events.map((event) => `${event.artist}, ${event.starts_on_local}`).slice(0, 6).join("; "),
    city.events.length > 6 ? `; and ${city.events.length - 6} more` : "");
}
