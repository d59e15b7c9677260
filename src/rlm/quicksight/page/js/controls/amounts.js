// Sliders, and what is typed.

import { el } from "../elements.js";

const WAIT = 250;

function later(run) {
  let waiting = null;
  return () => {
    clearTimeout(waiting);
    waiting = setTimeout(run, WAIT);
  };
}

export function sliderControl(told, change, label) {
  const bar = (value, name) => el("input", { type: "range", min: told.from, max: told.to, step: told.step || "any", value, "aria-label": name });
  if (!told.isRange) {
    const one = bar(told.chosen[0] ?? told.from, told.label);
    const said = el("output", { className: "quiet", text: one.value });
    one.addEventListener("input", () => { said.textContent = one.value; });
    one.addEventListener("change", later(() => change({ values: [Number(one.value)] })));
    return el("div", { className: "pair", "aria-labelledby": label }, [one, said]);
  }
  const low = bar(told.minimum ?? told.from, `${told.label}: at least`);
  const high = bar(told.maximum ?? told.to, `${told.label}: at most`);
  const said = el("output", { className: "quiet" });
  const track = el("div", { className: "range" }, [low, high]);
  const share = (one) => `${((Number(one.value) - told.from) / (told.to - told.from || 1)) * 100}%`;
  const say = () => {
    const [first, last] = [low, high].sort((a, b) => Number(a.value) - Number(b.value));
    said.textContent = `${first.value} – ${last.value}`;
    track.style.setProperty("--low", share(first));
    track.style.setProperty("--high", share(last));
  };
  const tell = later(() => change({ minimum: Math.min(Number(low.value), Number(high.value)), maximum: Math.max(Number(low.value), Number(high.value)) }));
  for (const one of [low, high]) {
    one.addEventListener("input", say);
    one.addEventListener("change", tell);
  }
  say();
  return el("div", { "aria-labelledby": label }, [track, said]);
}

export function textControl(told, change, label) {
  const now = told.chosen.map((one) => one?.moment ?? one ?? "").join("\n");
  const isArea = told.kind === "textarea";
  const field = isArea
    ? el("textarea", { rows: 2, "aria-labelledby": label, placeholder: "One a line" })
    : el("input", { type: "text", "aria-labelledby": label });
  field.value = now;
  const tell = () => {
    const values = isArea ? field.value.split("\n").map((one) => one.trim()).filter(Boolean) : field.value === "" ? [] : [field.value];
    change(values.length ? { values } : told.changes === "filters" ? { all: true } : { values: [] });
  };
  field.addEventListener("change", tell);
  if (!isArea) {
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") {
        event.preventDefault();
        field.blur();
      }
    });
  }
  return field;
}
