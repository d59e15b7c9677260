// Icons of conditional formatting.

import { el } from "../elements.js";

const SHAPES = {
  CARET_UP: "▴", CARET_DOWN: "▾", PLUS: "＋", MINUS: "－", ARROW_UP: "↑", ARROW_DOWN: "↓", ARROW_LEFT: "←", ARROW_UP_LEFT: "↖",
  ARROW_DOWN_LEFT: "↙", ARROW_RIGHT: "→", ARROW_UP_RIGHT: "↗", ARROW_DOWN_RIGHT: "↘", FACE_UP: "☺", FACE_DOWN: "☹", FACE_FLAT: "😐",
  ONE_BAR: "▁", TWO_BAR: "▃", THREE_BAR: "▅", CIRCLE: "●", TRIANGLE: "▲", SQUARE: "■", FLAG: "⚑", THUMBS_UP: "👍", THUMBS_DOWN: "👎",
  CHECKMARK: "✓", X: "✕",
};

export function icon(told) {
  const text = told.text || SHAPES[told.name] || "●";
  return el("span", { className: "icon", style: { color: told.color || "" }, title: told.label || null, text: `${text} ` });
}
