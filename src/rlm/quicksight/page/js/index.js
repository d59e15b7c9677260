// The list of dashboards.

import { listings } from "./api.js";
import { byId, el } from "./elements.js";
import { viewerChooser, written } from "./viewer.js";

function card(one) {
  const search = location.search;
  const address = `/dashboards/${encodeURIComponent(one.id)}`;
  return el("article", { className: "card" }, [
    el("h2", {}, el("a", { href: address + search, text: one.name })),
    one.description ? el("p", { text: one.description }) : null,
    el(
      "ul",
      { "aria-label": "Sheets" },
      one.sheets.map((sheet) =>
        el("li", {}, el("a", { href: `${address}/sheets/${encodeURIComponent(sheet.id)}${search}`, text: sheet.name })),
      ),
    ),
    one.problem ? el("div", { className: "problem", text: one.problem }) : null,
    el("div", { className: "quiet", text: [one.version, written(one.refreshedAt)].filter(Boolean).join(" · ") }),
  ]);
}

async function start() {
  const cards = byId("cards");
  try {
    const found = await listings();
    viewerChooser(byId("viewer"), found.users, found.user);
    const drawn = found.dashboards.map(card);
    cards.replaceChildren(
      ...(drawn.length ? drawn : [el("div", { className: "nothing", text: "No dashboard is here for you yet." })]),
    );
  } catch (problem) {
    cards.replaceChildren(el("div", { className: "trouble", role: "alert", text: problem.message }));
  }
  cards.setAttribute("aria-busy", "false");
  document.documentElement.dataset.ready = "true";
}

start();
