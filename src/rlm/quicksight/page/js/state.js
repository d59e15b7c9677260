// What the viewer chose; parameters are in the address too, as `#p.Region=North&p.Region=South`.

export class Choices {
  constructor(declared) {
    this.kinds = new Map(declared.map((one) => [one.name, one]));
    this.parameters = {};
    this.filters = {};
    this.drills = {};
    this.selection = [];
    this.readAddress();
  }

  readAddress() {
    this.parameters = {};
    const told = new URLSearchParams(location.hash.replace(/^#/, ""));
    for (const [key, text] of told) {
      if (!key.startsWith("p.")) continue;
      const name = key.slice(2);
      const found = this.kinds.get(name);
      if (!found) continue;
      const value = this.typed(found, text);
      if (value === undefined) continue;
      this.parameters[name] = found.isMultiple ? [...(this.parameters[name] || []), value] : [value];
    }
  }

  typed(declared, text) {
    if (declared.kind === "integer" || declared.kind === "decimal") {
      const number = Number(text);
      return Number.isFinite(number) ? number : undefined;
    }
    if (declared.kind === "datetime") {
      const day = text.replace(/Z$/, "").replace(" ", "T");
      return Number.isNaN(Date.parse(day)) ? undefined : { moment: day.length === 10 ? `${day}T00:00:00` : day };
    }
    return text;
  }

  writeAddress() {
    const told = new URLSearchParams();
    for (const name of Object.keys(this.parameters).sort()) {
      for (const value of this.parameters[name]) told.append(`p.${name}`, spoken(value));
    }
    const hash = told.toString();
    history.replaceState(null, "", `${location.pathname}${location.search}${hash ? `#${hash}` : ""}`);
  }

  setParameter(name, values) {
    if (values === null) delete this.parameters[name];
    else this.parameters[name] = values;
    this.writeAddress();
  }

  setFilter(id, choice) {
    if (choice === null) delete this.filters[id];
    else this.filters[id] = choice;
  }

  // A second click on the same point takes the first one back.
  select(visual, values, action) {
    const same = this.selection.find((one) => one.visual === visual);
    this.selection = this.selection.filter((one) => one.visual !== visual);
    if (same && JSON.stringify(same.values) === JSON.stringify(values)) return false;
    this.selection.push(action ? { visual, values, action } : { visual, values });
    return true;
  }

  clearSelection(visual) {
    this.selection = this.selection.filter((one) => one.visual !== visual);
  }

  drill(visual, step) {
    this.drills[visual] = [...(this.drills[visual] || []), step];
  }

  drillUp(visual) {
    const steps = (this.drills[visual] || []).slice(0, -1);
    if (steps.length) this.drills[visual] = steps;
    else delete this.drills[visual];
  }

  toJson() {
    return { parameters: this.parameters, filters: this.filters, drills: this.drills, selection: this.selection };
  }
}

export function spoken(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "object" && "moment" in value) return value.moment.replace(/T00:00:00$/, "");
  return String(value);
}
