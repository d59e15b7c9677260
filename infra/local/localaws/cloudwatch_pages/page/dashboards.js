// One dashboard at a time, asked again every ten seconds.
import { markdown } from "./text.js";

const EVERY_MILLISECONDS = 10000;
const WORDS = { ALARM: "Alarm", OK: "OK", INSUFFICIENT_DATA: "No data" };
const names = document.getElementById("names");
const range = document.getElementById("range");
const board = document.getElementById("board");
const status = document.getElementById("status");
const number = new Intl.NumberFormat(undefined, { maximumFractionDigits: 3 });
const short = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });
const charts = new Map();
let drawnName = null;
let widgets = [];

async function ask(path, parameters = {}) {
  const answer = await fetch(`${path}?${new URLSearchParams(parameters)}`, { cache: "no-store" });
  if (!answer.ok) throw new Error(`${path}: HTTP ${answer.status}`);
  return answer.json();
}

function made(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function pill(alarm, text) {
  const element = made("span", `state ${alarm.state}`, text);
  element.title = [alarm.means, alarm.reason].filter(Boolean).join("\n");
  return element;
}

function drawAlarms(alarms) {
  const list = document.getElementById("alarms");
  const loud = alarms.filter((alarm) => alarm.state !== "OK");
  const quiet = alarms.length - loud.length;
  loud.sort((one, other) => one.state.localeCompare(other.state));
  const items = loud.map((alarm) => {
    const item = made("li");
    item.append(pill(alarm, alarm.name));
    return item;
  });
  const rest = loud.length ? `${quiet} more are OK` : `All ${quiet} alarms are OK`;
  if (alarms.length) items.push(made("li", "rest", rest));
  list.replaceChildren(...items);
}

function drawStates(element, properties, alarms) {
  const wanted = new Set(properties.alarms ?? []);
  const list = made("ul", "states");
  for (const alarm of alarms.filter((one) => wanted.has(one.arn))) {
    const item = made("li");
    const text = made("span", "", alarm.name);
    text.append(made("small", "", alarm.state === "OK" ? alarm.means : alarm.reason));
    item.append(pill(alarm, WORDS[alarm.state]), text);
    list.append(item);
  }
  element.replaceChildren(list);
}

function drawValues(element, found) {
  const values = made("div", "values");
  for (const line of found.lines) {
    const one = made("div");
    const last = line.points.at(-1);
    one.append(made("strong", "", last ? number.format(last[1]) : "–"), made("span", "", line.label));
    values.append(one);
  }
  element.replaceChildren(values);
}

function drawChart(key, element, properties, found) {
  // Without ECharts there are numbers.
  if (!window.echarts) return drawValues(element, found);
  let chart = charts.get(key);
  if (!chart) {
    element.replaceChildren();
    chart = window.echarts.init(element, null, { renderer: "svg" });
    charts.set(key, chart);
  }
  const given = properties.annotations?.horizontal ?? [];
  const marks = [...given.flat(), ...(found.thresholds ?? [])].filter((one) => one.value !== undefined);
  const axis = (side) => ({
    type: "value",
    min: properties.yAxis?.[side]?.min,
    max: properties.yAxis?.[side]?.max,
    axisLabel: { color: colour("--muted"), formatter: (value) => short.format(value) },
    splitLine: { lineStyle: { color: colour("--line") }, show: side === "left" },
  });
  const isBar = properties.view === "bar";
  chart.setOption(
    {
      animation: false,
      grid: { left: 8, right: 12, top: 10, bottom: found.lines.length > 1 ? 28 : 6, containLabel: true },
      legend: { bottom: 0, icon: "roundRect", itemHeight: 3, itemWidth: 14, show: found.lines.length > 1, textStyle: { color: colour("--muted") }, type: "scroll" },
      tooltip: { trigger: "axis", confine: true, valueFormatter: (value) => (value === undefined ? "–" : number.format(value)) },
      xAxis: { type: "time", min: found.since, max: Date.now(), axisLabel: { color: colour("--muted"), hideOverlap: true }, axisLine: { lineStyle: { color: colour("--line") } } },
      yAxis: found.lines.some((line) => line.yAxis === "right") ? [axis("left"), axis("right")] : axis("left"),
      series: found.lines.map((line, at) => ({
        name: line.label,
        type: isBar ? "bar" : "line",
        data: line.points,
        color: line.color,
        stack: properties.stacked ? "all" : undefined,
        areaStyle: properties.stacked ? {} : undefined,
        showSymbol: line.points.length < 30,
        symbolSize: 5,
        yAxisIndex: line.yAxis === "right" ? 1 : 0,
        markLine: at === 0 && marks.length
          ? { silent: true, symbol: "none", lineStyle: { color: colour("--bad"), type: "dashed" }, data: marks.map((one) => ({ yAxis: one.value, label: { formatter: one.label ?? "", position: "insideEndTop", color: colour("--bad") } })) }
          : undefined,
      })),
    },
    true,
  );
}

async function fill(widget, at, alarms) {
  const { type, properties } = widget.what;
  if (type === "alarm") return drawStates(widget.body, properties, alarms);
  if (type !== "metric") return undefined;
  const found = await ask("widget", { name: drawnName, number: at, range: range.value });
  if (found.problem) return widget.body.replaceChildren(made("p", "problem", found.problem));
  if (properties.view === "singleValue" || properties.view === "gauge") return drawValues(widget.body, found);
  return drawChart(at, widget.body, properties, found);
}

function lay(dashboard) {
  for (const chart of charts.values()) chart.dispose();
  charts.clear();
  widgets = (dashboard.widgets ?? []).map((what) => {
    const properties = what.properties ?? {};
    const element = made("article", `widget ${what.type}`);
    const { x = 0, y = 0, width = 6, height = 6 } = what;
    element.style.gridArea = `${y + 1} / ${x + 1} / span ${height} / span ${width}`;
    const body = made("div", "chart");
    if (what.type === "text") element.append(markdown(properties.markdown ?? ""));
    else {
      if (properties.title) element.append(made("h2", "", properties.title));
      if (!["metric", "alarm"].includes(what.type)) {
        body.append(made("p", "nothing", `Widgets of the type ${what.type} are not drawn here.`));
      }
      element.append(body);
    }
    return { what: { ...what, properties }, element, body };
  });
  board.replaceChildren(...widgets.map((widget) => widget.element));
}

async function look() {
  const [known, alarms] = await Promise.all([ask("names"), ask("alarms")]);
  drawAlarms(alarms);
  const listed = [...names.options].map((option) => option.value);
  if (known.join() !== listed.join()) {
    const wanted = new URLSearchParams(location.search).get("name");
    names.replaceChildren(...known.map((name) => new Option(name, name, false, name === wanted)));
  }
  document.getElementById("empty").hidden = known.length > 0;
  if (names.value && names.value !== drawnName) {
    drawnName = names.value;
    lay(await ask("board", { name: drawnName }));
  }
  await Promise.all(widgets.map((widget, at) => fill(widget, at, alarms)));
  status.textContent = `live, ${new Date().toLocaleTimeString()}`;
  status.classList.remove("lost");
}

let waiting;
async function again() {
  clearTimeout(waiting);
  try {
    await look();
  } catch (error) {
    status.textContent = `The local AWS does not answer (${error.message}); trying again…`;
    status.classList.add("lost");
  }
  waiting = setTimeout(again, EVERY_MILLISECONDS);
}

names.addEventListener("change", () => {
  history.replaceState(null, "", `?name=${encodeURIComponent(names.value)}`);
  again();
});
range.addEventListener("change", again);
addEventListener("resize", () => charts.forEach((chart) => chart.resize()));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
again();
