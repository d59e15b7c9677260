// Places the tiles of a sheet: a grid of 36 columns, or pixels.

import { el } from "./elements.js";

// Of a canvas as wide as the definition has it in mind.
const ROW = 40;

export function place(canvas, layout, makeTile) {
  canvas.replaceChildren();
  canvas.className = `canvas ${layout.kind}`;
  return layout.kind === "grid" ? grid(canvas, layout, makeTile) : free(canvas, layout, makeTile);
}

function grid(canvas, layout, makeTile) {
  const inOrder = [...layout.elements].sort((a, b) => (a.y ?? 1e6) - (b.y ?? 1e6) || (a.x ?? 0) - (b.x ?? 0));
  for (const one of inOrder) {
    const tile = makeTile(one);
    const cell = el("div", { className: "cell" }, tile);
    cell.style.gridColumn = one.x === undefined ? `span ${one.w}` : `${one.x + 1} / span ${one.w}`;
    cell.style.gridRow = one.y === undefined ? `span ${one.h}` : `${one.y + 1} / span ${one.h}`;
    cell.style.setProperty("--stacked", `${Math.max(64, one.h * ROW)}px`);
    canvas.append(cell);
  }
  const fit = () => {
    // The same proportions on every width, within what can be read.
    const row = Math.max(34, Math.min(46, (ROW * canvas.clientWidth) / layout.width));
    canvas.style.setProperty("--row", `${row.toFixed(2)}px`);
  };
  fit();
  return fit;
}

function free(canvas, layout, makeTile) {
  const inner = el("div", { className: "free-inner" });
  inner.style.width = `${layout.width}px`;
  inner.style.height = `${layout.height}px`;
  for (const one of layout.elements) {
    const cell = el("div", { className: "cell" }, makeTile(one));
    Object.assign(cell.style, { left: `${one.x}px`, top: `${one.y}px`, width: `${one.w}px`, height: `${one.h}px` });
    inner.append(cell);
  }
  const frame = el("div", { className: "free-frame" }, inner);
  canvas.append(frame);
  const fit = () => {
    // Wider than the window: smaller, never larger.
    const scale = Math.min(1, canvas.clientWidth / (layout.width + 32));
    inner.style.transform = scale < 1 ? `scale(${scale.toFixed(4)})` : "";
    frame.style.height = `${Math.ceil(layout.height * scale)}px`;
    frame.style.width = `${Math.ceil(layout.width * scale)}px`;
  };
  fit();
  return fit;
}
