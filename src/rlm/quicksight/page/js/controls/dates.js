// Dates: one, a range, or a period that moves with today.

import { el } from "../elements.js";

function asInput(value, hasTime) {
  if (!value) return "";
  const text = value.moment ?? String(value);
  return hasTime ? text.slice(0, 16) : text.slice(0, 10);
}

function asValue(text) {
  if (!text) return null;
  return { moment: text.length === 10 ? `${text}T00:00:00` : `${text}:00`.slice(0, 19) };
}

function input(told, value, label, name) {
  return el("input", { type: told.hasTime ? "datetime-local" : "date", "aria-labelledby": label, "aria-label": name, value: asInput(value, told.hasTime) });
}

export function dateControl(told, change, label) {
  if (!told.isRange) {
    const one = input(told, told.chosen[0] ?? told.minimum, label);
    one.addEventListener("change", () => change(one.value ? { values: [asValue(one.value)] } : null));
    return one;
  }
  const first = input(told, told.minimum, null, `${told.label}: from`);
  const last = input(told, told.maximum, null, `${told.label}: to`);
  const told_ = () => {
    if (first.value && last.value && first.value > last.value) {
      last.setCustomValidity("The end is before the beginning.");
      last.reportValidity();
      return;
    }
    last.setCustomValidity("");
    const choice = { minimum: asValue(first.value), maximum: asValue(last.value) };
    if (!choice.minimum) delete choice.minimum;
    if (!choice.maximum) delete choice.maximum;
    change(Object.keys(choice).length ? choice : { all: true });
  };
  first.addEventListener("change", told_);
  last.addEventListener("change", told_);
  return el("div", { className: "pair" }, [first, el("span", { text: "–" }), last]);
}

const PERIODS = [
  ["PREVIOUS", "Previous"],
  ["THIS", "This"],
  ["LAST", "Last"],
  ["NOW", "To date:"],
  ["NEXT", "Next"],
];
const UNITS = ["YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE"];

export function relativeControl(told, change, label) {
  const now = told.relative || { RelativeDateType: "THIS", TimeGranularity: "MONTH", RelativeDateValue: 1 };
  const kind = select(PERIODS, now.RelativeDateType, `${told.label}: which`);
  const unit = select(UNITS.map((one) => [one, one.toLowerCase()]), now.TimeGranularity, `${told.label}: unit`);
  const count = el("input", { type: "number", min: 1, step: 1, value: now.RelativeDateValue ?? 1, "aria-label": `${told.label}: how many`, style: { maxWidth: "76px" } });
  const counts = () => {
    count.hidden = !["LAST", "NEXT"].includes(kind.value);
  };
  const tell = () => {
    counts();
    const choice = { RelativeDateType: kind.value, TimeGranularity: unit.value };
    if (!count.hidden) choice.RelativeDateValue = Math.max(1, Number(count.value) || 1);
    change({ relative: choice });
  };
  counts();
  for (const one of [kind, unit, count]) one.addEventListener("change", tell);
  return el("div", { className: "pair", role: "group", "aria-labelledby": label }, [kind, count, unit]);
}

function select(options, chosen, label) {
  return el("select", { "aria-label": label }, options.map(([value, text]) => el("option", { value, selected: value === chosen, text })));
}
