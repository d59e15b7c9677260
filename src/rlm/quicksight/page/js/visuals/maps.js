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
  echarts.registerMap(name, outlines);
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
