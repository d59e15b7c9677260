// What a click on a point does: custom actions, drilling down; several choices are a menu.

import { el } from "./elements.js";
import { spoken } from "./state.js";

// Everything that a click on this point could do, as {label, run}.
export function possibilities(board, visual, point) {
  const drawing = visual.drawing;
  const found = [];
  for (const action of drawing.actions) {
    found.push({ label: action.name || "Action", isClick: action.isClick, run: () => perform(board, visual, action, point) });
  }
  const steps = board.choices.drills[visual.id] || [];
  for (const [id, field] of Object.entries(drawing.fields)) {
    if (!field.levels || !(id in point)) continue;
    const depth = steps.filter((one) => one.field === id).length;
    const next = field.levels[depth];
    if (next) {
      found.push({ label: `Drill down to ${next}`, run: () => board.drillDown(visual.id, { field: id, value: point[id] }) });
    }
  }
  return found;
}

export function canClick(drawing) {
  return drawing.actions.length > 0 || Object.values(drawing.fields || {}).some((one) => one.levels && one.levels.length);
}

function perform(board, visual, action, point) {
  for (const operation of action.operations) {
    if (operation.kind === "filter") board.choices.select(visual.id, point, action.id);
    if (operation.kind === "parameters") setParameters(board, visual, operation, point);
    if (operation.kind === "url") open(operation, board, visual, point);
  }
  // Wherever it stands: the sheet that is gone to is drawn with what the action sets.
  const there = action.operations.find((one) => one.kind === "navigate");
  if (there) board.goTo(there.sheet);
  else board.refresh();
}

function setParameters(board, visual, operation, point) {
  for (const one of operation.values) {
    if (one.all) board.choices.setParameter(one.name, []);
    else if (one.field !== undefined && one.field in point) board.choices.setParameter(one.name, [point[one.field]]);
    else if (one.column !== undefined) {
      const value = byName(visual, point, one.column);
      if (value !== undefined) board.choices.setParameter(one.name, [value]);
    } else if (one.parameter !== undefined) board.choices.setParameter(one.name, board.parameters[one.parameter] || []);
    else if (one.values) board.choices.setParameter(one.name, one.values);
  }
}

function byName(visual, point, name) {
  if (name in point) return point[name];
  const found = Object.entries(visual.drawing.fields).find(([, field]) => field.column === name || field.label === name);
  return found ? point[found[0]] : undefined;
}

function open(operation, board, visual, point) {
  const address = operation.template.replace(/<<(\$?)([^>]+)>>/g, (whole, isParameter, name) => {
    const values = isParameter ? board.parameters[name] || [] : [byName(visual, point, name)];
    return encodeURIComponent(values.map(spoken).join(","));
  });
  if (!/^https?:\/\//i.test(address)) return;
  window.open(address, operation.newTab ? "_blank" : "_self", "noopener,noreferrer");
}

export function menu(at, said, choices) {
  closeMenu();
  const box = el("div", { className: "menu", role: "menu" }, [
    el("div", { className: "said", text: said }),
    ...choices.map((one) =>
      el("button", { type: "button", role: "menuitem", text: one.label, onclick: () => { closeMenu(); one.run(); } })),
  ]);
  document.body.append(box);
  const x = Math.min(at.x, innerWidth - box.offsetWidth - 8);
  const y = Math.min(at.y, innerHeight - box.offsetHeight - 8);
  Object.assign(box.style, { left: `${Math.max(4, x)}px`, top: `${Math.max(4, y)}px` });
  box.querySelector("button").focus();
  box.addEventListener("keydown", (event) => {
    const buttons = [...box.querySelectorAll("button")];
    const place = buttons.indexOf(document.activeElement);
    if (event.key === "Escape") closeMenu();
    if (event.key === "ArrowDown") buttons[(place + 1) % buttons.length].focus();
    if (event.key === "ArrowUp") buttons[(place + buttons.length - 1) % buttons.length].focus();
  });
  setTimeout(() => document.addEventListener("pointerdown", outside), 0);
}

function outside(event) {
  if (!event.target.closest(".menu")) closeMenu();
}

export function closeMenu() {
  document.removeEventListener("pointerdown", outside);
  for (const one of document.querySelectorAll(".menu")) one.remove();
}
