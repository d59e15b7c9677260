// A dashboard: its sheets, its choices, and what is drawn of them.

import { canClick, menu, possibilities } from "./actions.js";
import * as api from "./api.js";
import { applyChoice, control } from "./controls.js";
import { byId, el } from "./elements.js";
import { place } from "./layout.js";
import { plain, rich } from "./markup.js";
import { Choices, spoken } from "./state.js";
import { viewerChooser, written } from "./viewer.js";
import { Visual } from "./visuals/visual.js";

const isShot = new URLSearchParams(location.search).has("shot");
if (isShot) stopTheClock();

// ECharts measures texts less exactly where measuring takes long; without time passing it never
// does, and a picture does not depend on how busy the machine is.
function stopTheClock() {
  const RealDate = Date;
  const now = RealDate.now();
  window.Date = class extends RealDate {
    constructor(...told) {
      super(...(told.length ? told : [now]));
    }

    static now() {
      return now;
    }
  };
}

class Board {
  constructor(outline) {
    this.outline = outline;
    this.choices = new Choices(outline.parameters);
    this.parameters = {};
    this.visuals = new Map();
    this.places = new Map();
    this.hashes = {};
    this.told = new Map();
    this.running = null;
    this.spinner = el("div", { className: "spinner", role: "status", "aria-label": "Working", hidden: true });
    document.body.append(this.spinner);
  }

  fileAddress(file) {
    return api.fileAddress(this.outline.id, file);
  }

  isClickable(drawing) {
    return canClick(drawing);
  }

  // The frame

  head() {
    const { outline } = this;
    for (const [name, value] of Object.entries(outline.theme)) document.documentElement.style.setProperty(name, value);
    byId("name").textContent = outline.name;
    byId("back").href = `/${location.search}`;
    byId("version").textContent = outline.version;
    byId("version").hidden = !outline.version;
    byId("refreshed").textContent = written(outline.refreshedAt);
    viewerChooser(byId("viewer"), outline.users, outline.user);
    const tabs = byId("tabs");
    tabs.replaceChildren(
      ...outline.sheets.map((sheet) =>
        el("button", { type: "button", role: "tab", id: `tab-${sheet.id}`, "aria-controls": "main", dataset: { sheet: sheet.id }, text: sheet.name, onclick: () => this.goTo(sheet.id) })),
    );
    tabs.addEventListener("keydown", (event) => {
      const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!way) return;
      const sheets = outline.sheets.map((one) => one.id);
      const next = sheets[(sheets.indexOf(this.sheet.id) + way + sheets.length) % sheets.length];
      this.goTo(next);
      byId(`tab-${next}`).focus();
    });
  }

  goTo(sheetId) {
    const sheet = this.outline.sheets.find((one) => one.id === sheetId);
    if (!sheet) {
      this.trouble(`There is no sheet ${sheetId}.`);
      return;
    }
    const path = `/dashboards/${encodeURIComponent(this.outline.id)}/sheets/${encodeURIComponent(sheetId)}`;
    if (location.pathname !== path) history.pushState(null, "", path + location.search + location.hash);
    this.open(sheet);
  }

  open(sheet) {
    this.sheet = sheet;
    for (const one of this.visuals.values()) one.dispose();
    this.visuals.clear();
    this.places.clear();
    this.hashes = {};
    this.told.clear();
    this.choices.selection = [];
    document.title = `${sheet.name} · ${this.outline.name}`;
    for (const tab of byId("tabs").children) {
      const isMine = tab.dataset.sheet === sheet.id;
      tab.setAttribute("aria-selected", String(isMine));
      tab.tabIndex = isMine ? 0 : -1;
    }
    byId("main").setAttribute("aria-labelledby", `tab-${sheet.id}`);
    byId("controls").replaceChildren();
    byId("sheet-head").replaceChildren();
    this.fit = place(byId("canvas"), sheet.layout, (element) => this.makeTile(element));
    return this.refresh();
  }

  makeTile(element) {
    if (element.type === "FILTER_CONTROL" || element.type === "PARAMETER_CONTROL") {
      const tile = el("div", { className: "tile control-tile", style: element.style || {} });
      this.places.set(element.id, tile);
      return tile;
    }
    const visual = new Visual(element, this);
    this.visuals.set(element.id, visual);
    return visual.tile;
  }

  // Drawing

  async refresh() {
    if (this.running) this.running.abort();
    const running = new AbortController();
    this.running = running;
    document.documentElement.dataset.ready = "false";
    this.spinner.hidden = false;
    byId("canvas").classList.add("busy");
    try {
      const answer = await api.sheet(this.outline.id, this.sheet.id, this.choices.toJson(), this.hashes, running.signal);
      if (this.running !== running) return;
      await this.show(answer);
      this.trouble("");
    } catch (problem) {
      if (problem.name === "AbortError") return;
      this.trouble(problem.message || String(problem));
    }
    if (this.running !== running) return;
    this.running = null;
    this.spinner.hidden = true;
    byId("canvas").classList.remove("busy");
    document.documentElement.dataset.ready = "true";
  }

  async show(answer) {
    this.parameters = answer.parameters;
    const head = byId("sheet-head");
    const title = plain(answer.texts.title);
    head.replaceChildren(
      ...(title ? [el("h2", { className: "rich" }, rich(answer.texts.title))] : []),
      ...(answer.texts.description.length ? [el("p", { className: "rich" }, rich(answer.texts.description))] : []),
    );
    this.showControls(answer.controls);
    const drawn = [];
    for (const [id, drawing] of Object.entries(answer.visuals)) {
      const visual = this.visuals.get(id);
      if (visual) drawn.push(visual.show(drawing));
    }
    for (const visual of this.visuals.values()) {
      visual.refreshTools();
      visual.mark();
    }
    this.hashes = answer.hashes;
    await Promise.all(drawn);
    this.showChips();
    this.showCounts(answer.counts);
  }

  showControls(controls) {
    const bar = byId("controls");
    const byName = new Map(controls.map((one) => [one.id, one]));
    const above = this.sheet.controls.map((one) => byName.get(one.id)).filter(Boolean);
    const known = new Set(above.map((one) => one.id));
    above.push(...controls.filter((one) => one.place === "above" && !known.has(one.id)));
    for (const told of controls) {
      const text = JSON.stringify(told);
      if (this.told.get(told.id) === text) continue;
      this.told.set(told.id, text);
      const made = control(told, (choice) => {
        applyChoice(this.choices, told, choice);
        this.refresh();
      });
      const onSheet = this.places.get(told.id);
      if (onSheet) onSheet.replaceChildren(made);
      else {
        const old = bar.querySelector(`[data-control="${CSS.escape(told.id)}"]`);
        const hadFocus = old && old.contains(document.activeElement);
        if (old) old.replaceWith(made);
        else bar.append(made);
        if (hadFocus) {
          const next = made.querySelector("button, input, select, textarea");
          if (next) next.focus();
        }
      }
    }
    const order = above.map((one) => bar.querySelector(`[data-control="${CSS.escape(one.id)}"]`)).filter(Boolean);
    if (order.some((one, i) => bar.children[i] !== one)) bar.append(...order);
  }

  showChips() {
    const chips = this.choices.selection.map((one) => {
      const visual = this.visuals.get(one.visual);
      const said = Object.values(one.values).map((value) => spoken(value) || "(empty)").join(", ");
      return el("span", { className: "chip" }, [
        el("span", { text: `${visual ? `${visual.name()}: ` : ""}${said}` }),
        el("button", { type: "button", "aria-label": `Clear ${said}`, text: "×", onclick: () => this.clearSelection(one.visual) }),
      ]);
    });
    byId("chips").replaceChildren(...chips);
  }

  showCounts(counts) {
    const said = [`${counts.visuals} ${counts.visuals === 1 ? "visual" : "visuals"}`];
    if (counts.boxed) said.push(`${counts.boxed} not drawn (${counts.missing.join("; ")})`);
    if (counts.empty) said.push(`${counts.empty} without data`);
    byId("footer").replaceChildren(...said.map((text) => el("span", { text })));
  }

  trouble(text) {
    const box = byId("trouble");
    box.hidden = !text;
    box.textContent = text;
  }

  // Clicks

  clicked(visual, point, event) {
    const found = possibilities(this, visual, point);
    if (!found.length) return;
    const direct = found.filter((one) => one.isClick);
    if (direct.length === 1 && found.length === 1) {
      direct[0].run();
      return;
    }
    const said = Object.values(point).map(spoken).join(", ");
    menu({ x: event ? event.clientX : innerWidth / 2, y: event ? event.clientY : innerHeight / 2 }, said, found);
  }

  drillDown(visual, step) {
    this.choices.drill(visual, step);
    this.refresh();
  }

  drillUp(visual) {
    this.choices.drillUp(visual);
    this.refresh();
  }

  clearSelection(visual) {
    this.choices.clearSelection(visual);
    this.refresh();
  }

  // The window and the address

  watch() {
    let waiting = null;
    let width = innerWidth;
    addEventListener("resize", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        if (this.fit) this.fit();
        if (innerWidth === width) return;
        width = innerWidth;
        for (const visual of this.visuals.values()) visual.resize();
      }, 120);
    });
    addEventListener("popstate", () => {
      const id = decodeURIComponent(location.pathname.split("/")[4] || "");
      const sheet = this.outline.sheets.find((one) => one.id === id) || this.outline.sheets[0];
      this.choices.readAddress();
      if (sheet !== this.sheet) this.open(sheet);
      else this.refresh();
    });
    addEventListener("hashchange", () => {
      this.choices.readAddress();
      this.refresh();
    });
    if (this.outline.isLive && !isShot) {
      api.changes(this.outline.id, this.outline.stamp, () => location.reload());
    }
  }
}

async function start() {
  if (isShot) document.documentElement.classList.add("shot");
  const [, , dashboard, , sheetId] = location.pathname.split("/").map(decodeURIComponent);
  try {
    const outline = await api.outline(dashboard);
    const board = new Board(outline);
    board.head();
    board.watch();
    window.board = board;
    const sheet = sheetId ? outline.sheets.find((one) => one.id === sheetId) : outline.sheets[0];
    if (!sheet) throw new api.Trouble(sheetId ? `${outline.name} has no sheet ${sheetId}.` : `${outline.name} has no sheets.`);
    if (document.fonts) await document.fonts.ready;
    await board.open(sheet);
  } catch (problem) {
    byId("trouble").hidden = false;
    byId("trouble").textContent = problem.message;
    document.documentElement.dataset.ready = "true";
  }
}

start();
