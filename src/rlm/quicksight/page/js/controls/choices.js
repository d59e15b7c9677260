// Dropdowns and lists, of one or of several values, with a search.

import { el } from "../elements.js";

const SEARCHED = 8;

export function choiceControl(told, change, label) {
  return told.kind === "list" ? list(told, change, label) : dropdown(told, change, label);
}

function same(a, b) {
  return JSON.stringify(a) === JSON.stringify(b) || String(a?.moment ?? a) === String(b?.moment ?? b);
}

function summary(told) {
  if (told.isAll) return "All";
  const names = told.chosen.map((value) => (told.options.find((one) => same(one.value, value)) || { label: String(value?.moment ?? value ?? "") }).label);
  if (!names.length) return told.isMultiple ? "None" : "Choose…";
  return names.length > 3 ? `${names.length} chosen` : names.join(", ");
}

function dropdown(told, change, label) {
  const text = el("span", { text: summary(told) });
  const field = el("button", { type: "button", className: "field", "aria-haspopup": "listbox", "aria-expanded": "false", "aria-labelledby": label, title: summary(told) }, text);
  const wrap = el("div", {}, field);
  let popup = null;
  const close = () => {
    if (!popup) return;
    popup.remove();
    popup = null;
    field.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", outside);
  };
  const outside = (event) => {
    if (!wrap.contains(event.target)) close();
  };
  const done = (choice) => {
    close();
    field.focus();
    change(choice);
  };
  field.addEventListener("click", () => {
    if (popup) {
      close();
      return;
    }
    popup = el("div", { className: "popup" }, chooser(told, done, label));
    popup.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        close();
        field.focus();
      }
    });
    wrap.append(popup);
    field.setAttribute("aria-expanded", "true");
    document.addEventListener("pointerdown", outside);
    (popup.querySelector("input[type=search]") || popup.querySelector(".options")).focus();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") {
      event.preventDefault();
      if (!popup) field.click();
    }
  });
  return wrap;
}

function list(told, change, label) {
  return el("div", {}, chooser(told, change, label, true));
}

// The search, the options, and for several values what confirms them.
function chooser(told, done, label, isImmediate = false) {
  let chosen = told.isAll ? null : told.chosen.slice();
  let active = -1;
  const options = el("ul", { className: `options${told.isMultiple ? "" : " single"}`, role: "listbox", tabindex: "0", "aria-labelledby": label, "aria-multiselectable": told.isMultiple ? "true" : null });
  const search = el("input", { type: "search", placeholder: "Search", "aria-label": "Search the options" });
  const isChosen = (value) => chosen === null || chosen.some((one) => same(one, value));
  const shown = () => {
    const wanted = search.value.trim().toLowerCase();
    return told.options.filter((one) => one.label.toLowerCase().includes(wanted));
  };
  const pick = (value) => {
    if (!told.isMultiple) {
      done({ values: [value] });
      return;
    }
    if (chosen === null) chosen = isImmediate ? told.options.map((one) => one.value) : told.options.map((one) => one.value);
    chosen = isChosen(value) ? chosen.filter((one) => !same(one, value)) : [...chosen, value];
    if (isImmediate) confirm();
    else fill();
  };
  const confirm = () => {
    const isEverything = chosen === null || (chosen.length === told.options.length && !told.isCut);
    done(isEverything ? { all: true } : { values: chosen });
  };
  const fill = () => {
    const rows = shown();
    const drawn = rows.map((one, i) =>
      el("li", { role: "option", "aria-selected": String(isChosen(one.value)), className: i === active ? "active" : "", onclick: () => pick(one.value) }, [el("span", { className: "tick", "aria-hidden": "true" }), el("span", { text: one.label })]));
    if (told.takesAll && !search.value) {
      const every = () => {
        if (!told.isMultiple) done({ all: true });
        else {
          chosen = chosen === null ? [] : null;
          if (isImmediate) confirm();
          else fill();
        }
      };
      drawn.unshift(el("li", { role: "option", "aria-selected": String(chosen === null), className: active === -2 ? "active" : "", onclick: every }, [el("span", { className: "tick", "aria-hidden": "true" }), el("span", { text: "All" })]));
    }
    if (told.isCut) drawn.push(el("li", { className: "quiet", text: "More than can be listed; type to choose" }));
    options.replaceChildren(...drawn);
  };
  const keys = (event) => {
    const rows = shown();
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      active = Math.max(0, Math.min(rows.length - 1, active + (event.key === "ArrowDown" ? 1 : -1)));
      fill();
      const at = options.querySelector(".active");
      if (at) at.scrollIntoView({ block: "nearest" });
    }
    if (event.key === "Enter" || (event.key === " " && event.target === options)) {
      event.preventDefault();
      if (active >= 0 && rows[active]) pick(rows[active].value);
      else if (event.key === "Enter" && search.value && !rows.length && told.isCut) pick(search.value);
    }
  };
  search.addEventListener("input", () => {
    active = -1;
    fill();
  });
  search.addEventListener("keydown", keys);
  options.addEventListener("keydown", keys);
  fill();
  const parts = [told.options.length > SEARCHED || told.isCut ? search : null, options];
  if (told.isMultiple && !isImmediate) {
    parts.push(el("div", { className: "popup-foot" }, [
      el("button", { type: "button", className: "button main", text: "Apply", onclick: confirm }),
      el("button", { type: "button", className: "button", text: "Reset", onclick: () => done(null) }),
    ]));
  }
  return parts;
}
