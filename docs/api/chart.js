// Tickets of an event by days to go: what is sold, the forecast with its range, and where events
// like it would have gone from here.
import { svg } from "./dom.js";

const HEIGHT = 300;
const ROOM = { left: 52, right: 118, top: 16, bottom: 36 };

// Round numbers of which a few reach `most`.
function ticks(most) {
  const rough = most / 4, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= rough);
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, n) => n * step);
}

// Ends of lines that lie close are told one under the other.
function spread(labels) {
  let last = -Infinity;
  return labels.sort((one, other) => one.y - other.y).map((label) => {
    last = Math.max(label.y, last + 15);
    return { ...label, y: last };
  });
}

// `width` is that of the place it is drawn in. `sold`, and each course of `comparable`: [days to go, tickets]. `forecast` may be null.
export function chart({ width, sold, capacity, forecast, comparable, title }) {
  const first = Math.max(...sold.map(([day]) => day), 1);
  const [lastDay, lastTickets] = sold.at(-1);
  const tops = [lastTickets, forecast?.high ?? 0, ...sold.map(([, tickets]) => tickets)];
  const highest = Math.max(...tops);
  const most = (capacity !== null && capacity < highest * 1.6 ? Math.max(capacity, highest) : highest) * 1.06 || 1;
  const x = (day) => ROOM.left + ((first - day) / first) * (width - ROOM.left - ROOM.right);
  const y = (tickets) => HEIGHT - ROOM.bottom - (Math.min(tickets, most) / most) * (HEIGHT - ROOM.top - ROOM.bottom);
  const line = (points, kind) => svg("polyline", { class: kind, points: points.map(([day, tickets]) => `${x(day).toFixed(1)},${y(tickets).toFixed(1)}`).join(" ") });
  const right = width - ROOM.right;

  const grid = ticks(most).map((tickets) => svg("g", { class: "tick" },
    svg("line", { x1: ROOM.left, x2: right, y1: y(tickets), y2: y(tickets) }),
    svg("text", { x: ROOM.left - 8, y: y(tickets) + 4, "text-anchor": "end" }, tickets.toLocaleString("en"))));
  const days = [[first, "start"], [Math.round(first / 2), "middle"], [0, "end"]]
    .filter(([, anchor]) => anchor !== "middle" || width > 560)
    .map(([day, anchor]) => svg("text", { x: x(day), y: HEIGHT - 12, "text-anchor": anchor }, day ? `${day} days to go` : "the day"));

  const ends = [];
  const shown = [...grid, ...days];
  if (capacity !== null && capacity <= most) {
    shown.push(svg("line", { class: "capacity", x1: ROOM.left, x2: right, y1: y(capacity), y2: y(capacity) }));
    ends.push({ y: y(capacity), kind: "note", text: `capacity ${capacity.toLocaleString("en")}` });
  }
  shown.push(...comparable.map(({ name, course }) => {
    const drawn = line(course.filter(([day]) => day <= first), "comparable");
    drawn.append(svg("title", {}, name));
    return drawn;
  }));
  if (forecast) {
    shown.push(
      svg("polygon", { class: "range", points: [[lastDay, lastTickets], [0, forecast.low], [0, forecast.high]].map(([day, tickets]) => `${x(day)},${y(tickets)}`).join(" ") }),
      line([[lastDay, lastTickets], [0, forecast.final_tickets]], "forecast"));
    ends.push(
      { y: y(forecast.high), kind: "note", text: `${forecast.high.toLocaleString("en")} high` },
      { y: y(forecast.final_tickets), kind: "final", text: `${forecast.final_tickets.toLocaleString("en")} forecast` },
      { y: y(forecast.low), kind: "note", text: `${forecast.low.toLocaleString("en")} low` });
  }
  shown.push(line(sold, "sold"), svg("circle", { class: "now", cx: x(lastDay), cy: y(lastTickets), r: 4 }));
  if (!forecast) ends.push({ y: y(lastTickets), kind: "final", text: `${lastTickets.toLocaleString("en")} sold` });
  shown.push(...spread(ends).map(({ y: place, kind, text }) => svg("text", { class: `end ${kind}`, x: right + 8, y: place + 4 }, text)));
  return svg("svg", { class: "chart", viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": title }, shown);
}
