// Controls: what is chosen becomes a parameter or a filter of the state.

import { dateControl, relativeControl } from "./controls/dates.js";
import { choiceControl } from "./controls/choices.js";
import { sliderControl, textControl } from "./controls/amounts.js";
import { el } from "./elements.js";

const KINDS = {
  dropdown: choiceControl,
  list: choiceControl,
  date: dateControl,
  relative: relativeControl,
  slider: sliderControl,
  text: textControl,
  textarea: textControl,
};

// A control element; `change` is called with what it now says: a choice as the state has it.
export function control(told, change) {
  const make = KINDS[told.kind];
  const id = `control-${told.id}`;
  const label = el("span", { className: "control-label", id: `${id}-label` }, [
    told.isLabelled ? told.label : "\u00a0",
    told.info ? el("span", { className: "info", title: told.info, text: "i" }) : null,
  ]);
  const box = el("div", { className: `control ${told.kind}`, dataset: { control: told.id } }, label);
  if (!make || told.missing.length) {
    box.append(el("div", { className: "empty", text: `Not available: ${told.missing.join("; ") || told.kind}` }));
    return box;
  }
  box.append(make(told, change, `${id}-label`));
  return box;
}

export function applyChoice(choices, told, choice) {
  if (told.changes === "parameters") {
    // Of a range only a filter knows; a parameter has values.
    choices.setParameter(told.name, choice === null ? null : choice.all ? [] : choice.values || []);
  } else choices.setFilter(told.name, choice);
}
