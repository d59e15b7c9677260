// What the page asks the server.

export class Trouble extends Error {}

function withUser(path) {
  const user = new URLSearchParams(location.search).get("user");
  if (!user) return path;
  return `${path}${path.includes("?") ? "&" : "?"}user=${encodeURIComponent(user)}`;
}

async function answer(response) {
  let told = {};
  try {
    told = await response.json();
  } catch {
    told = {};
  }
  if (!response.ok) throw new Trouble(told.error || `The server answered ${response.status}.`);
  return told;
}

export async function listings() {
  return answer(await fetch(withUser("/api/dashboards")));
}

export async function outline(dashboard) {
  return answer(await fetch(withUser(`/api/dashboards/${encodeURIComponent(dashboard)}`)));
}

export async function sheet(dashboard, sheetId, state, known, signal) {
  const path = `/api/dashboards/${encodeURIComponent(dashboard)}/sheets/${encodeURIComponent(sheetId)}`;
  return answer(
    await fetch(withUser(path), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ state, known }),
      signal,
    }),
  );
}

export function fileAddress(dashboard, file) {
  return withUser(`/api/dashboards/${encodeURIComponent(dashboard)}/files/${encodeURIComponent(file)}`);
}

export function changes(dashboard, stamp, onChange) {
  const path = `/api/dashboards/${encodeURIComponent(dashboard)}/changes?stamp=${encodeURIComponent(stamp)}`;
  const events = new EventSource(withUser(path));
  events.addEventListener("change", (event) => onChange(JSON.parse(event.data)));
  return events;
}
