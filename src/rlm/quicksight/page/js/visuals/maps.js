// Outlines of countries and states, fetched when the first map is drawn.

const KNOWN = {
  world: { file: "/libraries/world.json", object: "countries" },
  states: { file: "/libraries/states.json", object: "states" },
};
const loading = {};

export function ready(name) {
  loading[name] ||= load(name);
  return loading[name];
}

async function load(name) {
  const { file, object } = KNOWN[name];
  if (!window.topojson) await script("/libraries/topojson.js");
  const topology = await (await fetch(file)).json();
  const outlines = topojson.feature(topology, topology.objects[object]);
  if (name === "world") outlines.features = outlines.features.filter((one) => one.properties.name !== "Antarctica");
  outlines.features.forEach((one) => unbroken(one.geometry));
  echarts.registerMap(name, outlines);
}

// Land across the line where days change goes on beyond it, instead of back around the world.
function unbroken(geometry) {
  const parts = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  for (const ring of parts.flat()) {
    const crosses = ring.some(([east], i) => i && Math.abs(east - ring[i - 1][0]) > 180);
    if (crosses) ring.forEach((place) => (place[0] += place[0] < 0 ? 360 : 0));
  }
}

function script(source) {
  return new Promise((done, failed) => {
    const element = document.createElement("script");
    element.src = source;
    element.onload = done;
    element.onerror = () => failed(new Error(`${source} could not be loaded`));
    document.head.append(element);
  });
}

// Points that have a region instead of coordinates stand in its middle.
export function placeByRegion(option) {
  const places = (option.series || []).flatMap((one) => (one.data || []).filter((item) => item.region));
  if (!places.length) return;
  const { geoJSON } = echarts.getMap(option.geo.map);
  const outlines = new Map(geoJSON.features.map((one) => [one.properties.name, one.geometry]));
  for (const item of places) {
    const geometry = outlines.get(item.region);
    if (geometry) item.value = [...middle(geometry), item.value[2]];
  }
}

// The middle of the largest part's box.
function middle(geometry) {
  const parts = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  let best = null;
  for (const [outline] of parts) {
    const east = outline.map((one) => one[0]);
    const north = outline.map((one) => one[1]);
    const box = [Math.min(...east), Math.max(...east), Math.min(...north), Math.max(...north)];
    const size = (box[1] - box[0]) * (box[3] - box[2]);
    if (!best || size > best.size) best = { size, at: [(box[0] + box[1]) / 2, (box[2] + box[3]) / 2] };
  }
  return best.at;
}
