// A chart as a table: for those who hear the page, and for those who want the numbers.

import { el } from "../elements.js";

export function numbers(option, place) {
  const axis = [].concat(option.xAxis || [], option.yAxis || []).find((one) => one.type === "category");
  const series = (option.series || []).filter((one) => one.name !== "" || (one.data || []).some((item) => item.name));
  const isGrid = axis && !option.grids && series.every((one) => ["bar", "line"].includes(one.type));
  const table = isGrid ? byCategory(axis, series) : byItem(series);
  place.replaceChildren(el("div", { className: "scroll", tabindex: "0", role: "region", "aria-label": "The numbers" }, table));
}

function byCategory(axis, series) {
  const head = el("tr", {}, [el("th", { scope: "col", text: axis.name || "" }), ...series.map((one) => el("th", { scope: "col", className: "number", text: one.name }))]);
  const rows = axis.data.map((name, i) =>
    el("tr", {}, [el("th", { scope: "row", text: name }), ...series.map((one) => el("td", { className: "number", text: (one.data[i] && one.data[i].text) || "" }))]));
  return el("table", { className: "data" }, [el("thead", {}, head), el("tbody", {}, rows)]);
}

function byItem(series) {
  const rows = series.flatMap((one) =>
    [...(one.links || []), ...(one.data || [])]
      .filter((item) => item.text)
      .map((item) =>
        el("tr", {}, [
          el("th", { scope: "row", text: [series.length > 1 ? one.name : "", item.tipName && one.type === "sankey" ? item.tipName : item.name || pointName(item)].filter(Boolean).join(" · ") }),
          el("td", { className: "number", text: item.text }),
        ])));
  return el("table", { className: "data" }, el("tbody", {}, rows));
}

function pointName(item) {
  return Object.values(item.point || {}).map((one) => (one && one.moment ? one.moment.slice(0, 10) : one)).join(" · ");
}
