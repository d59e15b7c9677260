// Outlines of countries from TopoJSON (world-atlas): rings of [longitude, latitude].

function decoded(topology) {
  const { scale: [sx, sy], translate: [tx, ty] } = topology.transform;
  return topology.arcs.map((arc) => {
    let x = 0, y = 0;
    return arc.map(([dx, dy]) => [(x += dx) * sx + tx, (y += dy) * sy + ty]);
  });
}

// A negative arc is that of its complement, the other way round.
const points = (arcs, ring) => ring.flatMap((n, place) => {
  const arc = n < 0 ? [...arcs[~n]].reverse() : arcs[n];
  return place ? arc.slice(1) : arc;
});

// Over the date line a ring goes on beyond 180 degrees, and is there a second time on the other side.
function unrolled(ring) {
  let turns = 0;
  const flat = ring.map(([longitude, latitude], n) => {
    const step = n ? longitude - ring[n - 1][0] : 0;
    if (Math.abs(step) > 180) turns -= Math.sign(step);
    return [longitude + 360 * turns, latitude];
  });
  // Around a pole: closed beneath what is drawn.
  if (turns) return [[...flat, [flat.at(-1)[0], -90], [flat[0][0], -90]]];
  const beyond = flat.some(([longitude]) => longitude > 180) ? -360 : flat.some(([longitude]) => longitude < -180) ? 360 : 0;
  return beyond ? [flat, flat.map(([longitude, latitude]) => [longitude + beyond, latitude])] : [flat];
}

export function rings(topology) {
  const arcs = decoded(topology);
  return topology.objects.countries.geometries.flatMap(({ type, arcs: of }) =>
    (type === "Polygon" ? [of] : of).flat().flatMap((ring) => unrolled(points(arcs, ring))));
}

const kept = new Map();

// Fine outlines for a small part of the world; none where the atlas is not served.
export function outlines(spanDegrees) {
  const name = spanDegrees > 70 ? "countries-110m.json" : "countries-50m.json";
  if (!kept.has(name)) {
    kept.set(name, fetch(`atlas/${name}`)
      .then(async (answer) => (answer.ok ? rings(await answer.json()) : []))
      .catch(() => []));
  }
  return kept.get(name);
}
