// Pivot tables: a tree of rows that opens and closes.

import { el } from "../elements.js";
import { content } from "./table.js";

const MOST_ROWS = 2000;

export function drawPivot(body, place, visual) {
  const scroll = el("div", { className: "scroll", tabindex: "0", role: "region", "aria-label": visual.drawing.label });
  place.append(scroll);
  const redraw = () => {
    const top = scroll.scrollTop;
    scroll.replaceChildren(table(body, visual, redraw));
    scroll.scrollTop = top;
  };
  redraw();
  return { resize() {} };
}

function table(body, visual, redraw) {
  const isHierarchy = body.layout === "HIERARCHY";
  const headers = isHierarchy ? (body.rowFields.length ? 1 : 0) : body.rowFields.length;
  const drawn = el("table", { className: "data pivot" });
  drawn.append(head(body, headers, isHierarchy));
  const lines = [];
  if (body.total && body.total.isFirst) lines.push({ total: true, node: body.total });
  walk(body, body.tree, 0, [], lines, isHierarchy);
  if (body.total && !body.total.isFirst) lines.push({ total: true, node: body.total });
  const rows = el("tbody");
  lines.slice(0, MOST_ROWS).forEach((line, i) => {
    for (const row of lineRows(body, line, headers, isHierarchy, visual, redraw, i)) rows.append(row);
  });
  if (lines.length > MOST_ROWS) {
    rows.append(el("tr", {}, el("td", { colspan: 99, text: `${lines.length - MOST_ROWS} more rows` })));
  }
  drawn.append(rows);
  return drawn;
}

// Lines from top to bottom; a tabular group's header spans its lines.
function walk(body, nodes, level, open, lines, isHierarchy) {
  for (const node of nodes) {
    const heads = [...open, { node, level, span: 0 }];
    const mine = heads[heads.length - 1];
    const from = lines.length;
    if (!node.children || node.isCollapsed) {
      lines.push({ heads: fresh(heads), node, level });
    } else {
      if (isHierarchy) lines.push({ heads: fresh(heads), node, level });
      walk(body, node.children, level + 1, isHierarchy ? [] : heads, lines, isHierarchy);
      if (!isHierarchy && body.subtotals.levels.includes(level) && node.cells) {
        lines.push({ subtotal: true, heads: [], node, level });
      }
    }
    mine.span = lines.length - from;
  }
}

// Headers that begin with this line; those drawn on an earlier one are not repeated.
function fresh(heads) {
  const begun = heads.filter((one) => !one.begun);
  for (const one of begun) one.begun = true;
  return begun;
}

function lineRows(body, line, headers, isHierarchy, visual, redraw, place) {
  const cells = line.node.cells || [[]];
  return cells.map((values, measure) => {
    const row = el("tr", { className: line.total ? `total${line.node.isFirst ? " first" : ""}` : line.subtotal ? "subtotal" : "" });
    if (!line.total && !line.subtotal && body.zebra.length) {
      row.style.background = body.zebra.length > 1 ? body.zebra[place % body.zebra.length] : place % 2 ? body.zebra[0] : "";
    }
    if (measure === 0) row.append(...heading(body, line, headers, isHierarchy, cells.length, redraw));
    if (body.measuresInRows) row.append(el("th", { scope: "row", text: body.measures[measure].label, style: body.styles.rowHeader }));
    const align = (i) => (body.measuresInRows ? body.measures[measure] : body.measures[i % body.measures.length] || {}).align;
    const base = line.total ? body.styles.total : line.subtotal ? body.styles.subtotal : body.styles.cell;
    const hides = isHierarchy && line.node.children && !line.node.isCollapsed && !body.subtotals.levels.includes(line.level);
    values.forEach((cell, i) => {
      row.append(el("td", { className: align(i) === "right" ? "number" : "", style: { ...base, ...((cell && cell.style) || {}) }, onclick: (event) => visual.clicked(line.node.point, event) }, hides ? "" : content(cell)));
    });
    return row;
  });
}

function heading(body, line, headers, isHierarchy, tall, redraw) {
  if (!headers) return [];
  if (line.total) return [el("th", { scope: "row", colspan: headers, rowspan: tall, style: body.styles.total, text: line.node.text })];
  if (line.subtotal) {
    return [el("th", { scope: "row", colspan: headers - line.level - 1 || 1, rowspan: tall, style: body.styles.subtotal, text: body.subtotals.label.replace("<<$aws:subtotalDimension>>", line.node.text) })];
  }
  if (isHierarchy) {
    return [el("th", { scope: "row", rowspan: tall, style: { ...body.styles.rowHeader, paddingLeft: `${10 + line.level * 16}px` } }, [toggle(body, line.node, redraw), line.node.text])];
  }
  return line.heads.map((one) => {
    const isLast = one.node === line.node;
    const across = isLast && one.node.isCollapsed ? headers - one.level : 1;
    return el("th", { scope: "row", rowspan: one.span * tall, colspan: across, style: body.styles.rowHeader }, [toggle(body, one.node, redraw), one.node.text]);
  });
}

function toggle(body, node, redraw) {
  if (!node.children || !node.cells || !body.showsToggles) return null;
  return el("button", {
    type: "button", className: "toggle", "aria-expanded": String(!node.isCollapsed), "aria-label": `${node.isCollapsed ? "Open" : "Close"} ${node.text}`,
    onclick: (event) => {
      event.stopPropagation();
      node.isCollapsed = !node.isCollapsed;
      redraw();
    },
  });
}

function head(body, headers, isHierarchy) {
  const top = el("thead");
  const tall = body.head.length || 1;
  const corner = headers + (body.measuresInRows ? 1 : 0);
  (body.head.length ? body.head : [[]]).forEach((cells, level) => {
    const row = el("tr");
    if (level === 0 && corner) {
      if (isHierarchy || !headers) {
        row.append(el("th", { rowspan: tall, colspan: corner, scope: "col", style: body.styles.rowFieldNames, text: headers ? body.rowsLabel : "" }));
      } else {
        body.rowFields.forEach((field) => {
          const width = body.widths[field.id];
          row.append(el("th", { rowspan: tall, scope: "col", style: { ...body.styles.rowFieldNames, ...(width ? { width: `${width}px`, minWidth: `${Math.min(width, 400)}px` } : {}) }, text: body.showsFieldNames ? field.label : "" }));
        });
        if (body.measuresInRows) row.append(el("th", { rowspan: tall, style: body.styles.rowFieldNames, text: "" }));
      }
    }
    cells.forEach((cell) => {
      const width = cell.measure && body.widths[cell.measure];
      row.append(el("th", { scope: cell.span > 1 ? "colgroup" : "col", colspan: cell.span, rowspan: cell.rows || null, className: cell.span > 1 ? "group" : cell.align === "right" || !cell.align ? "number" : "", style: { ...body.styles.columnHeader, ...(width ? { minWidth: `${Math.min(width, 300)}px` } : {}) }, text: cell.text }));
    });
    top.append(row);
  });
  return top;
}
