// Tables: sorted by their heads, filled as far as they are looked at.

import { el } from "../elements.js";
import { icon } from "./icons.js";

const CHUNK = 200;

export function drawTable(body, place, visual) {
  const scroll = el("div", { className: "scroll", tabindex: "0", role: "region", "aria-label": visual.drawing.label });
  const table = el("table", { className: "data" });
  scroll.append(table);
  place.append(scroll);
  if (body.isTransposed) {
    transposed(table, body, visual);
    return { resize() {} };
  }
  let rows = body.rows.map((row, place_) => ({ ...row, place: place_ }));
  let sorted = null;
  const rowsBody = el("tbody");
  let shown = 0;
  const more = () => {
    for (const row of rows.slice(shown, shown + CHUNK)) rowsBody.append(oneRow(row, body, visual));
    shown += CHUNK;
  };
  const refill = () => {
    rowsBody.replaceChildren();
    shown = 0;
    more();
    scroll.scrollTop = 0;
  };
  const sortBy = (column) => {
    const down = sorted && sorted.column === column ? !sorted.down : body.columns[column].isMeasure;
    sorted = sorted && sorted.column === column && sorted.turns === 2 ? null : { column, down, turns: sorted && sorted.column === column ? 2 : 1 };
    const original = body.rows.map((row, place_) => ({ ...row, place: place_ }));
    rows = sorted ? original.sort((a, b) => compare(sortKey(a, column), sortKey(b, column), sorted.down) || a.place - b.place) : original;
    heads.forEach((head, i) => {
      const mine = sorted && sorted.column === i;
      head.setAttribute("aria-sort", mine ? (sorted.down ? "descending" : "ascending") : "none");
      head.querySelector(".way").textContent = mine ? (sorted.down ? "↓" : "↑") : "";
    });
    refill();
  };
  const heads = body.columns.map((column, i) =>
    el("th", { scope: "col", "aria-sort": "none", className: column.align === "right" ? "number" : "", style: { ...body.header.style, ...(column.width ? { width: `${column.width}px`, minWidth: `${column.width}px`, maxWidth: `${column.width}px` } : {}) } },
      el("button", { type: "button", className: "sort", onclick: () => sortBy(i) }, [column.label, el("span", { className: "way", "aria-hidden": "true" })])),
  );
  if (!body.header.isHidden) table.append(el("thead", {}, el("tr", {}, heads)));
  if (body.totals && body.totals.isFirst) table.append(el("tbody", {}, totalRow(body)));
  table.append(rowsBody);
  if (body.totals && !body.totals.isFirst) table.append(el("tfoot", {}, totalRow(body)));
  more();
  pin(table, body);
  scroll.addEventListener("scroll", () => {
    if (shown < rows.length && scroll.scrollTop + scroll.clientHeight > scroll.scrollHeight - 400) more();
  });
  const mark = (values) => {
    const wanted = values && JSON.stringify(values);
    for (const line of rowsBody.children) line.classList.toggle("chosen", Boolean(wanted) && line.dataset.point === wanted);
  };
  return { mark };
}

// Pinned columns stay when the others move; their places depend on the widths before them.
function pin(table, body) {
  if (!body.columns.some((one) => one.isPinned)) return;
  let left = 0;
  const rules = [];
  body.columns.forEach((column, i) => {
    if (!column.isPinned) return;
    const head = table.querySelector(`thead th:nth-child(${i + 1})`) || table.querySelector(`td:nth-child(${i + 1})`);
    table.style.setProperty(`--pin-${i}`, `${left}px`);
    rules.push(i);
    left += head ? head.offsetWidth : 0;
  });
  table.dataset.pinned = rules.join(" ");
  const apply = () => {
    for (const i of rules) {
      for (const cell of table.querySelectorAll(`tr > :nth-child(${i + 1})`)) {
        if (cell.classList.contains("pinned")) continue;
        cell.classList.add("pinned");
        cell.style.left = `var(--pin-${i})`;
      }
    }
  };
  apply();
  new MutationObserver(apply).observe(table, { childList: true, subtree: true });
}

function sortKey(row, column) {
  return (row.keys || {})[column] ?? textOf(row.cells[column]);
}

function textOf(cell) {
  return typeof cell === "object" && cell !== null ? (cell.text ?? "") : cell;
}

const NUMBER = /-?[\d,.]*\d/;

function numberOf(text) {
  const match = NUMBER.exec(String(text));
  if (!match || !/^[^A-Za-z]*[\d,.]+\s*[KMBT%]?\)?[^A-Za-z]*$/.test(String(text))) return null;
  const unit = { K: 1e3, M: 1e6, B: 1e9, T: 1e12 }[String(text).slice(match.index + match[0].length).trim()[0]] || 1;
  const amount = Number(match[0].replaceAll(",", "")) * unit;
  return String(text).startsWith("-") || String(text).startsWith("(") ? -Math.abs(amount) : amount;
}

function compare(a, b, down) {
  const one = typeof a === "number" ? a : numberOf(a);
  const other = typeof b === "number" ? b : numberOf(b);
  const way = down ? -1 : 1;
  if (one !== null && other !== null) return (one - other) * way;
  return String(a).localeCompare(String(b), "en", { numeric: true }) * way;
}

function oneRow(row, body, visual) {
  const line = el("tr", { dataset: row.point ? { point: JSON.stringify(row.point) } : {}, onclick: (event) => visual.clicked(row.point, event) });
  if (body.zebra.length) {
    line.style.background = body.zebra.length > 1 ? body.zebra[row.place % body.zebra.length] : row.place % 2 ? body.zebra[0] : "";
  }
  if (row.style) Object.assign(line.style, row.style);
  row.cells.forEach((cell, i) => {
    const column = body.columns[i];
    const style = { ...body.cell, ...((cell && cell.style) || {}) };
    if (column.width) style.maxWidth = `${column.width}px`;
    line.append(el("td", { className: column.align === "right" ? "number" : "", style, title: textOf(cell) }, content(cell)));
  });
  return line;
}

export function content(cell) {
  if (typeof cell !== "object" || cell === null) return String(cell ?? "");
  const parts = [];
  if (cell.bar) {
    parts.push(el("span", { className: "bar", style: { left: `${cell.bar.from}%`, width: `${cell.bar.length}%`, background: cell.bar.color } }));
  }
  if (cell.icon) parts.push(icon(cell.icon));
  if (cell.href) {
    parts.push(el("a", { href: cell.href, target: cell.newTab ? "_blank" : null, rel: "noopener noreferrer", text: cell.text }));
  } else if (!cell.hidesText) parts.push(el("span", { className: "over", text: cell.text }));
  return parts;
}

function totalRow(body) {
  return el("tr", { className: body.totals.isFirst ? "total first" : "total" },
    body.totals.cells.map((text, i) => el("td", { className: body.columns[i].align === "right" ? "number" : "", style: body.totals.style, text })));
}

function transposed(table, body, visual) {
  body.columns.forEach((column, i) => {
    table.append(el("tr", {}, [
      el("th", { scope: "row", style: body.header.style, text: column.label }),
      ...body.rows.slice(0, CHUNK).map((row) =>
        el("td", { className: column.align === "right" ? "number" : "", style: { ...body.cell, ...((row.cells[i] && row.cells[i].style) || {}) }, onclick: (event) => visual.clicked(row.point, event) }, content(row.cells[i]))),
    ]));
  });
}
