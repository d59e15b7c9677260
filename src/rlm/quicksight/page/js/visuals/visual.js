// One tile: its head, its body by kind, its notes; redrawn only when its drawing changes.

import { el } from "../elements.js";
import { plain, rich } from "../markup.js";
import { drawChart } from "./chart.js";
import { drawKpi } from "./kpi.js";
import { numbers } from "./numbers.js";
import { drawPivot } from "./pivot.js";
import { drawTable } from "./table.js";
import { drawWords } from "./words.js";

const BODIES = {
  chart: drawChart,
  table: drawTable,
  pivot: drawPivot,
  kpi: drawKpi,
  words: drawWords,
  insight: (body, place) => place.append(el("div", { className: "rich insight" }, rich(body.content))),
  text: (body, place) => place.append(el("div", { className: "rich" }, rich(body.content))),
  image: drawImage,
  custom: drawCustom,
  empty: (body, place) => place.append(el("div", { className: "empty", text: body.text })),
  box: drawBox,
};

export class Visual {
  constructor(element, board) {
    this.board = board;
    this.id = element.id;
    this.style = element.style || {};
    this.tile = el("section", { className: "tile", dataset: { visual: element.id } });
    this.tile.append(el("div", { className: "empty", "aria-hidden": "true" }));
    this.handle = null;
  }

  async show(drawing) {
    this.dispose();
    this.drawing = drawing;
    this.showsNumbers = false;
    const heading = `title-${drawing.id}`;
    this.tile.className = `tile is-${drawing.kind}`;
    Object.assign(this.tile.style, this.style);
    this.tile.classList.toggle("clicks", this.board.isClickable(drawing));
    this.tile.setAttribute("role", drawing.kind === "text" ? "note" : "figure");
    if (drawing.label) this.tile.setAttribute("aria-label", drawing.label);
    const head = el("div", { className: "tile-head" });
    if (drawing.title.length) head.append(el("h3", { className: "tile-title rich", id: heading }, rich(drawing.title)));
    if (drawing.subtitle.length) head.append(el("p", { className: "tile-subtitle rich" }, rich(drawing.subtitle)));
    const body = el("div", { className: "tile-body" });
    this.tile.replaceChildren(this.tools(), head, body);
    if (drawing.notes.length) {
      this.tile.append(el("div", { className: "tile-notes", text: drawing.notes.join(" ") }));
    }
    const draw = BODIES[drawing.kind] || drawBox;
    this.handle = (await draw(drawing.body, body, this, drawing)) || null;
    this.mark();
  }

  tools() {
    const tools = el("div", { className: "tile-tools" });
    if (this.drawing && this.drawing.kind === "chart") {
      tools.append(
        this.showsNumbers
          ? tool("◫", "Show the chart", () => this.toggleNumbers(false))
          : tool("☰", "Show the numbers", () => this.toggleNumbers(true)),
      );
    }
    if ((this.board.choices.drills[this.id] || []).length) {
      tools.append(tool("↑", "Drill up", () => this.board.drillUp(this.id)));
    }
    if (this.board.choices.selection.some((one) => one.visual === this.id)) {
      tools.append(tool("✕", "Clear what this visual filters", () => this.board.clearSelection(this.id)));
    }
    return tools;
  }

  async toggleNumbers(wanted) {
    await this.show(this.drawing);
    if (wanted) {
      this.dispose();
      this.showsNumbers = true;
      numbers(this.drawing.body.option, this.tile.querySelector(".tile-body"));
      this.refreshTools();
    }
    const button = this.tile.querySelector(".tile-tools button");
    if (button) button.focus();
  }

  // Shows which points of this visual filter the others.
  mark() {
    const chosen = this.board.choices.selection.find((one) => one.visual === this.id);
    if (this.handle && this.handle.mark) this.handle.mark(chosen ? chosen.values : null);
  }

  refreshTools() {
    const old = this.tile.querySelector(".tile-tools");
    if (old) old.replaceWith(this.tools());
  }

  clicked(point, at) {
    if (this.handle && this.handle.chart) this.handle.chart.dispatchAction({ type: "hideTip" });
    if (point && Object.keys(point).length) this.board.clicked(this, point, at);
  }

  resize() {
    if (this.handle && this.handle.resize) this.handle.resize();
  }

  dispose() {
    if (this.handle && this.handle.dispose) this.handle.dispose();
    this.handle = null;
  }

  name() {
    return this.drawing ? plain(this.drawing.title) || this.drawing.label : this.id;
  }
}

function tool(text, label, onclick) {
  return el("button", { type: "button", title: label, "aria-label": label, text, onclick });
}

function drawImage(body, place, visual, drawing) {
  const image = el("img", { src: visual.board.fileAddress(body.file), alt: drawing.label });
  const fits = { width: { width: "100%" }, height: { height: "100%" }, contain: { width: "100%", height: "100%", objectFit: "contain" }, none: {} };
  Object.assign(image.style, fits[body.scaling] || fits.contain);
  place.append(image);
  return new Promise((done) => {
    image.addEventListener("load", () => done(null));
    image.addEventListener("error", () => {
      place.replaceChildren(el("div", { className: "empty", text: drawing.label }));
      done(null);
    });
  });
}

function drawCustom(body, place) {
  const isWeb = /^https?:/i.test(body.address);
  place.append(
    el("div", { className: "empty" }, [
      el("div", {}, [
        el("div", { text: body.type === "IMAGE" ? "A picture from elsewhere" : "Content from elsewhere" }),
        isWeb
          ? el("a", { href: body.address, target: "_blank", rel: "noopener noreferrer", text: body.address })
          : el("span", { text: body.address }),
      ]),
    ]),
  );
}

function drawBox(body, place, visual, drawing) {
  place.append(
    el("div", { className: "boxed" }, [
      el("strong", { text: `${body.name || "Visual"} not drawn` }),
      el("ul", {}, drawing.missing.map((one) => el("li", { text: one }))),
    ]),
  );
}
