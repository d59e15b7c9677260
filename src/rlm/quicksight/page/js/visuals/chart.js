// Charts: the server's option, completed by what only the page knows: sizes, texts, clicks.

import { el } from "../elements.js";
import { writeNumber } from "../format.js";
import { placeByRegion, ready as mapReady } from "./maps.js";

const LONGEST_WAIT = 3000;

export async function drawChart(body, place, visual) {
  const box = el("div", { className: "chart" });
  place.append(box);
  const option = structuredClone(body.option);
  if (option.map) {
    await mapReady(option.map);
    placeByRegion(option);
    delete option.map;
  }
  const legend = option.legend;
  const many = (option.series || []).reduce((sum, one) => sum + (one.data ? one.data.length : 0), 0);
  const chart = echarts.init(box, null, { renderer: many > 4000 ? "canvas" : "svg" });
  const arrange = () => arranged(option, legend, box.clientWidth, box.clientHeight);
  const finished = new Promise((done) => {
    chart.on("finished", done);
    setTimeout(done, LONGEST_WAIT);
  });
  chart.setOption(complete(option, legend, box));
  chart.on("click", (event) => {
    const point = (event.data && event.data.point) || {};
    visual.clicked(point, event.event && event.event.event);
  });
  await finished;
  return {
    resize: () => {
      chart.resize();
      chart.setOption(arrange());
    },
    mark: (values) => mark(chart, option, values),
    dispose: () => chart.dispose(),
    chart,
  };
}

// Points that were not chosen are pale.
function mark(chart, option, values) {
  if (!values && !chart.isMarked) return;
  chart.isMarked = Boolean(values);
  const isChosen = (item) => !values || !item.point || Object.entries(item.point).every(([id, value]) => !(id in values) || JSON.stringify(values[id]) === JSON.stringify(value));
  const series = option.series.map((one) => ({
    data: (one.data || []).map((item) => (item && typeof item === "object" ? { ...item, itemStyle: { ...item.itemStyle, opacity: isChosen(item) ? (one.itemStyle && one.itemStyle.opacity) ?? 1 : 0.28 } } : item)),
  }));
  chart.setOption({ series });
}

function complete(option, legend, box) {
  for (const axis of [].concat(option.xAxis || [], option.yAxis || [], option.radiusAxis || [], option.visualMap || [])) {
    const form = axis.axisLabel && axis.axisLabel.format;
    if (form) axis.axisLabel.formatter = (value) => writeNumber(value, form);
    if (axis.textFormat) axis.formatter = (value) => writeNumber(value, axis.textFormat);
  }
  option.stateAnimation = { duration: 0 };
  for (const series of option.series || []) {
    series.animation = false;
    if (series.label && series.label.show && !series.label.formatter) {
      series.label.formatter = (item) => (item.data ? (item.data.short ?? item.data.text ?? "") : "");
    }
    if (series.type === "bar" && series.label && series.label.show && String(series.label.position).startsWith("inside")) {
      // A label that its bar cannot hold would lie over others.
      series.labelLayout = (told) => {
        const fits = told.labelRect.width <= told.rect.width + 2 && told.labelRect.height <= told.rect.height + 2;
        return fits ? {} : { x: -9999, y: -9999 };
      };
    }
    if (series.edgeLabel && series.edgeLabel.show) series.edgeLabel.formatter = (item) => item.data.text;
    if (series.detail && series.detail.show !== false && series.type === "gauge") {
      series.detail.formatter = () => series.data[0].text;
      if (series.axisLabel && series.axisLabel.format) {
        const form = series.axisLabel.format;
        series.axisLabel.formatter = (value) => writeNumber(value, form);
      }
    }
  }
  if (option.tooltip) {
    option.tooltip = {
      confine: false,
      appendTo: document.body,
      borderWidth: 0,
      padding: 10,
      backgroundColor: cssColor("--primary-background"),
      textStyle: { color: cssColor("--primary-foreground"), fontSize: 12 },
      transitionDuration: 0,
      extraCssText: "box-shadow:0 6px 24px rgb(10 20 40 / .22);border-radius:8px;z-index:65",
      ...option.tooltip,
      formatter: (items) => tip(items),
    };
  }
  if (box.clientHeight < 130) {
    for (const axis of [].concat(option.xAxis || [], option.yAxis || [])) delete axis.name;
    if (option.dataZoom) option.dataZoom = option.dataZoom.filter((one) => one.type !== "slider");
  }
  const placed = arranged(option, legend, box.clientWidth, box.clientHeight);
  delete option.legend;
  return { ...option, ...placed };
}

function cssColor(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function tip(items) {
  const list = [].concat(items).filter((one) => one.seriesName !== "" || one.name);
  const shown = list.filter((one) => one.data && (one.data.text ?? one.data.value) !== undefined && one.data.text !== "");
  if (!shown.length) return "";
  const isAxis = Array.isArray(items);
  const rows = shown.slice(0, 16).map((one) => {
    const name = isAxis ? one.seriesName : one.data.tipName || one.name;
    return el("div", {}, [
      el("i", { style: { background: typeof one.color === "string" ? one.color : "transparent" } }),
      el("span", { text: name }),
      el("span", { text: one.data.text ?? String(one.value) }),
    ]);
  });
  if (shown.length > 16) rows.push(el("div", { text: `and ${shown.length - 16} more` }));
  const heading = isAxis ? shown[0].name || shown[0].axisValueLabel : shown[0].data.heading;
  return el("div", { className: "tip" }, [heading ? el("b", { text: heading }) : null, ...rows]);
}

// Legend, grid and centres, by the room there is.
function arranged(option, legend, width, height) {
  const placed = {};
  const space = { left: 2, right: 10, top: 8, bottom: 4 };
  const zooms = option.dataZoom || [];
  if (zooms.some((one) => one.axis === "xAxis")) space.bottom += 26;
  if (zooms.some((one) => one.axis === "yAxis")) space.right += 22;
  if (legend && height >= 84) placed.legend = placeLegend(legend, width, height, space);
  if (option.visualMap && option.visualMap.show !== false) space[option.visualMap.orient === "horizontal" ? "bottom" : "right"] += option.visualMap.orient === "horizontal" ? 34 : 62;
  if (zooms.length) {
    placed.dataZoom = zooms.map((one) => {
      if (one.type !== "slider") return { ...one, zoomOnMouseWheel: false, moveOnMouseWheel: true };
      const bar = { ...one, brushSelect: false, showDetail: false, showDataShadow: false, borderColor: "transparent", handleSize: "70%" };
      return one.axis === "xAxis"
        ? { ...bar, bottom: space.bottom - 24, height: 12, left: 40, right: space.right + 20 }
        : { ...bar, right: space.right - 18, width: 10, top: space.top + 10, bottom: space.bottom + 20 };
    });
  }
  if (option.grid === undefined && option.xAxis) {
    placed.grid = { ...space, outerBoundsMode: "same", outerBoundsContain: "all" };
  }
  if (option.grids) placed.grid = panels(option.grids, space, width, height);
  if (option.panelTitles) {
    placed.title = panelTitles(option, placed.grid);
    placed.series = option.series.map((one) => (one.type === "pie" ? inPanel(one, placed.grid[one.panel]) : one));
    if (!option.xAxis) delete placed.grid;
  }
  if (option.radar) placed.radar = { ...option.radar, center: centre(space, width, height), radius: Math.max(20, Math.min(width - space.left - space.right - 90, height - space.top - space.bottom - 44) / 2) };
  const pies = (option.series || []).filter((one) => one.type === "pie" && !one.panel);
  if (pies.length) {
    const middle = centre(space, width, height);
    const room = Math.min(width - space.left - space.right, height - space.top - space.bottom);
    placed.series = option.series.map((one) => {
      if (one.type !== "pie") return one;
      if (legend && width < 420 && one.label && one.label.show) {
        // Names are in the legend; there is no room for them twice.
        for (const item of one.data) item.short = item.brief ?? item.short;
      }
      const labelled = one.label && one.label.show && one.label.position === "outside";
      const outer = Math.max(20, (room / 2) * (labelled ? 0.7 : 0.92));
      const inner = (parseFloat(one.radius[0]) / 74) * outer;
      return { ...one, center: middle, radius: [inner, outer] };
    });
    const text = pies[0].center_text;
    if (text) {
      placed.title = { text, left: middle[0], top: middle[1], textAlign: "center", textVerticalAlign: "middle", padding: 0, itemGap: 0, textStyle: { fontSize: Math.max(12, Math.min(22, room / 11)), fontWeight: 650, color: cssColor("--primary-foreground"), fontFamily: option.textStyle.fontFamily } };
    }
  }
  const boxes = { funnel: 0, treemap: 0, sankey: 0, gauge: 0 };
  if (!placed.series && (option.series || []).some((one) => one.type in boxes)) {
    placed.series = option.series.map((one) => {
      if (one.type === "gauge") {
        return { ...one, center: ["50%", "68%"], radius: Math.max(30, Math.min(width / 2 - 12, height * 0.62)) };
      }
      return one.type in boxes ? { ...one, left: space.left + (one.type === "sankey" ? 4 : 2), right: space.right + (one.type === "sankey" ? 110 : 0), top: space.top, bottom: space.bottom + 4 } : one;
    });
  }
  return placed;
}

function centre(space, width, height) {
  return [space.left + (width - space.left - space.right) / 2, space.top + (height - space.top - space.bottom) / 2];
}

function placeLegend(legend, width, height, space) {
  let position = legend.position;
  const longest = legend.data.reduce((most, name) => Math.max(most, name.length), 0);
  if (legend.isAutomatic) position = width > 460 && height > 130 ? "right" : "bottom";
  if ((position === "right" || position === "left") && width < 300) position = "bottom";
  const common = {
    type: "scroll", data: legend.data, icon: "roundRect", itemWidth: 10, itemHeight: 10, itemGap: 10, pageIconSize: 10,
    pageTextStyle: { color: legend.textStyle.color, fontSize: 11 }, pageIconColor: legend.textStyle.color, padding: 0,
    textStyle: { fontSize: 12, ...legend.textStyle },
  };
  if (position === "right" || position === "left") {
    const room = Math.min(Math.round(width * 0.3), Math.max(64, longest * 7 + 26));
    space[position] += room + 8;
    return { ...common, orient: "vertical", [position]: 4, top: 8, bottom: 8, textStyle: { ...common.textStyle, width: room - 18, overflow: "truncate" } };
  }
  space[position] += 24;
  return { ...common, orient: "horizontal", left: 4, right: 4, [position]: 2, textStyle: { ...common.textStyle, width: Math.min(200, longest * 7 + 8), overflow: "truncate" } };
}

// Small multiples: `grids` says how many columns and rows.
function panels(grids, space, width, height) {
  const found = [];
  const across = (width - space.left - space.right) / grids.columns;
  const down = (height - space.top - space.bottom) / grids.rows;
  for (let i = 0; i < grids.count; i += 1) {
    found.push({
      left: space.left + (i % grids.columns) * across + 4,
      top: space.top + Math.floor(i / grids.columns) * down + 20,
      width: Math.max(10, across - 14),
      height: Math.max(10, down - 26),
      outerBoundsMode: "same",
      outerBoundsContain: "axisLabel",
    });
  }
  return found;
}

function panelTitles(option, grids) {
  return option.panelTitles.map((text, i) => ({
    text, left: grids[i].left + grids[i].width / 2, top: grids[i].top - 18, textAlign: "center", padding: 0,
    textStyle: { fontSize: 12, fontWeight: 600, color: cssColor("--primary-foreground"), width: grids[i].width, overflow: "truncate", fontFamily: option.textStyle.fontFamily },
  }));
}

function inPanel(pie, box) {
  const outer = Math.max(12, Math.min(box.width, box.height) / 2 - 6);
  const inner = (parseFloat(pie.radius[0]) / 74) * outer;
  return { ...pie, center: [box.left + box.width / 2, box.top + box.height / 2], radius: [inner, outer], label: { show: false }, labelLine: { show: false } };
}
