// A value, its comparison, its course, its progress.

import { el, svg } from "../elements.js";
import { icon } from "./icons.js";

const ARROWS = { up: "▲", down: "▼", same: "●" };

export function drawKpi(body, place) {
  const parts = [];
  const value = el("div", { className: "kpi-value", style: fitting(body.valueStyle || {}) }, [body.icon ? icon(body.icon) : null, body.value]);
  parts.push(value);
  if (body.comparison) parts.push(comparison(body.comparison));
  else if (body.label) parts.push(el("div", { className: "kpi-label", text: body.label }));
  if (body.progress !== undefined) {
    const percent = Math.round(body.progress * 1000) / 10;
    parts.push(
      el("div", { className: "kpi-progress", role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": percent, "aria-label": `${percent} % of the target` },
        el("i", { style: { width: `${percent}%`, background: body.progressColor || "" } })),
    );
  }
  if (body.sparkline) parts.push(sparkline(body.sparkline));
  place.append(el("div", { className: "kpi" }, parts));
}

// A size that somebody chose, but never taller than the tile has room for.
function fitting(style) {
  return style.fontSize ? { ...style, fontSize: `max(12px, min(${style.fontSize}, 86cqh))` } : style;
}

function comparison(told) {
  const style = { color: told.color || "", ...told.style };
  return el("div", { className: "kpi-compare" }, [
    el("span", { style }, [
      told.icon ? icon(told.icon) : told.hasArrow ? el("span", { "aria-hidden": "true", text: `${ARROWS[told.direction]} ` }) : null,
      told.text,
    ]),
    el("small", { text: [told.label, told.than].filter(Boolean).join(": ") }),
  ]);
}

function sparkline(told) {
  const width = 200;
  const height = 48;
  const values = told.points.map((one) => one.value).filter((one) => one !== null);
  const low = Math.min(...values);
  const span = Math.max(...values) - low || 1;
  const step = width / Math.max(told.points.length - 1, 1);
  const places = told.points
    .map((one, i) => (one.value === null ? null : [i * step, height - 4 - ((one.value - low) / span) * (height - 10)]))
    .filter(Boolean)
    .map(([x, y]) => `${x.toFixed(2)},${y.toFixed(2)}`);
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img", "aria-label": "Course over time" });
  if (told.isArea && places.length) {
    drawing.append(svg("polygon", { points: `0,${height} ${places.join(" ")} ${width},${height}`, fill: told.color, "fill-opacity": 0.14 }));
  }
  drawing.append(svg("polyline", { points: places.join(" "), fill: "none", stroke: told.color, "stroke-width": 2, "vector-effect": "non-scaling-stroke", "stroke-linejoin": "round" }));
  if (told.hasTooltip) {
    told.points.forEach((one, i) => {
      const strip = svg("rect", { x: Math.max(0, (i - 0.5) * step), y: 0, width: step, height, fill: "transparent" });
      strip.append(svg("title", { text: one.text }));
      drawing.append(strip);
    });
  }
  return el("div", { className: "kpi-spark" }, drawing);
}
