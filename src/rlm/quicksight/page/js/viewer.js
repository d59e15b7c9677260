// Who looks: row-level security acts on the name chosen here.

import { el } from "./elements.js";

export function viewerChooser(place, users, user) {
  place.replaceChildren();
  if (users.length < 2) return;
  const select = el(
    "select",
    { "aria-label": "View as", onchange: () => choose(select.value) },
    users.map((name) => el("option", { value: name, selected: name === user, text: name })),
  );
  place.append(el("label", { className: "viewer" }, ["View as", select]));
}

function choose(name) {
  const address = new URL(location.href);
  address.searchParams.set("user", name);
  location.href = address.href;
}

export function written(moment) {
  return moment ? `Refreshed ${moment.slice(0, 16).replace("T", " ")} UTC` : "";
}
