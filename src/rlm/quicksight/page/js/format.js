// Numbers on axes: the server writes all others.

const SCALES = { THOUSANDS: [1e3, "K"], MILLIONS: [1e6, "M"], BILLIONS: [1e9, "B"], TRILLIONS: [1e12, "T"], LAKHS: [1e5, "L"], CRORES: [1e7, "Cr"] };
const AUTOMATIC = ["TRILLIONS", "BILLIONS", "MILLIONS", "THOUSANDS"];

export function writeNumber(value, form = {}) {
  if (value === null || value === undefined || !Number.isFinite(Number(value))) return "";
  let amount = Number(value);
  const isPercent = form.kind === "percent";
  if (isPercent) amount *= 100;
  let unit = "";
  if (!isPercent && form.scale && form.scale !== "NONE") {
    const name = form.scale === "AUTO" ? AUTOMATIC.find((one) => Math.abs(amount) >= SCALES[one][0]) : form.scale;
    if (name && SCALES[name]) {
      amount /= SCALES[name][0];
      unit = SCALES[name][1];
    }
  }
  // Ticks are round: as many decimals as they need, at most three, instead of a fixed number.
  const [whole, fraction] = Math.abs(amount).toFixed(3).split(".");
  const rest = fraction.replace(/0+$/, "");
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, form.thousands ?? ",");
  const digits = rest ? `${grouped}${form.mark ?? "."}${rest}` : grouped;
  let body = `${form.currency ?? ""}${digits}${unit}${isPercent ? "%" : ""}`;
  if (amount < 0) body = form.parentheses ? `(${body})` : `-${body}`;
  return `${form.prefix ?? ""}${body}${form.suffix ?? ""}`;
}
