// Word clouds: the largest word in the middle, others on a spiral around it, where nothing is yet.

import { svg } from "../elements.js";

export function drawWords(body, place, visual) {
  place.classList.add("words");
  const draw = () => {
    const width = place.clientWidth || 400;
    const height = place.clientHeight || 300;
    place.replaceChildren(cloud(body, width, height, visual));
  };
  draw();
  return { resize: draw };
}

function cloud(body, width, height, visual) {
  const family = getComputedStyle(document.body).fontFamily;
  const pen = document.createElement("canvas").getContext("2d");
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": visual.drawing.label });
  const largest = Math.max(16, Math.min(height / 3.2, width / 7));
  const taken = [];
  body.words.forEach((word, i) => {
    const size = Math.round(11 + word.size * (largest - 11));
    pen.font = `600 ${size}px ${family}`;
    const isTurned = body.isTurned && i % 3 === 2;
    const long = pen.measureText(word.text).width + body.padding * 2;
    const high = size * 1.05 + body.padding;
    const [w, h] = isTurned ? [high, long] : [long, high];
    const spot = freeSpot(w, h, width, height, taken);
    if (!spot) return;
    taken.push(spot);
    const x = spot.x + w / 2;
    const y = spot.y + h / 2;
    const text = svg("text", {
      x, y, "text-anchor": "middle", "dominant-baseline": "central", "font-size": size, "font-weight": 600, fill: body.colors[i % body.colors.length],
      transform: isTurned ? `rotate(-90 ${x} ${y})` : null, text: word.text, onclick: (event) => visual.clicked(word.point, event),
    });
    text.append(svg("title", { text: word.value ? `${word.text}: ${word.value}` : word.text }));
    drawing.append(text);
  });
  return drawing;
}

function freeSpot(w, h, width, height, taken) {
  const ratio = width / Math.max(height, 1);
  for (let turn = 0; turn < 2400; turn += 1) {
    const angle = turn * 0.35;
    const radius = turn * 0.22;
    const x = width / 2 + Math.cos(angle) * radius * ratio - w / 2;
    const y = height / 2 + Math.sin(angle) * radius - h / 2;
    if (x < 0 || y < 0 || x + w > width || y + h > height) continue;
    if (!taken.some((one) => x < one.x + one.w && x + w > one.x && y < one.y + one.h && y + h > one.y)) return { x, y, w, h };
  }
  return null;
}
