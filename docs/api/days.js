// Days as text, `2026-06-07`.
const MILLISECONDS = 86400000;

export const daysBetween = (from, to) => Math.round((Date.parse(to) - Date.parse(from)) / MILLISECONDS);

// No day is counted from as none.
export const addDays = (day, count) =>
  (day ? new Date(Date.parse(day) + count * MILLISECONDS).toISOString().slice(0, 10) : "");
