// What was sent, newest first; asks again every two seconds.
const EVERY_MILLISECONDS = 2000;
const STATES = { ALARM: ["Alarm", "alarm"], OK: ["OK", "ok"], INSUFFICIENT_DATA: ["No data", "unknown"] };

const list = document.getElementById("messages");
const topics = document.getElementById("topics");
const status = document.getElementById("status");
const shown = new Map();
let messages = [];
let wanted = "";
let isFirst = true;

const nameOf = (topic) => topic.split(":").pop();
const shortened = (reason) => reason.replaceAll(/arn:aws:cloudwatch:[^\s:]*:\d*:alarm:/g, "");

const clock = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

function alarmOf(message) {
  try {
    const found = JSON.parse(message.message);
    return found && found.AlarmName && STATES[found.NewStateValue] ? found : null;
  } catch {
    return null;
  }
}

function facts(message, alarm) {
  const found = [["To", message.to], ["Topic", nameOf(message.topic)]];
  if (!alarm) return found;
  if (alarm.AlarmDescription) found.unshift(["Means", alarm.AlarmDescription]);
  found.push(["Reason", shortened(alarm.NewStateReason)]);
  found.push(["State", `${alarm.OldStateValue} → ${alarm.NewStateValue}`]);
  if (alarm.AlarmRule) found.push(["Rule", alarm.AlarmRule]);
  for (const child of alarm.TriggeringChildren ?? []) {
    found.push(["Caused by", `${nameOf(child.Arn)} (${child.State.Value})`]);
  }
  const trigger = alarm.Trigger;
  if (trigger) {
    const what = trigger.MetricName
      ? `${trigger.Namespace} ${trigger.MetricName}`
      : (trigger.Metrics ?? []).map((one) => one.Expression ?? one.MetricStat.Metric.MetricName).join(", ");
    found.push(["Looks at", `${what}, ${trigger.DatapointsToAlarm} of ${trigger.EvaluationPeriods} × ${trigger.Period} s`]);
  }
  return found;
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function drawn(message) {
  const item = document.getElementById("message").content.firstElementChild.cloneNode(true);
  const alarm = alarmOf(message);
  const [word, kind] = alarm ? STATES[alarm.NewStateValue] : ["Message", ""];
  const pill = item.querySelector(".pill");
  pill.textContent = word;
  if (kind) pill.classList.add(kind);
  item.querySelector(".subject").textContent = alarm ? alarm.AlarmName : message.subject;
  item.querySelector(".lead").textContent = alarm
    ? (alarm.NewStateValue === "ALARM" && alarm.AlarmDescription) || shortened(alarm.NewStateReason)
    : message.message.split("\n")[0];
  const sent = new Date(message.sent_at * 1000);
  const time = item.querySelector("time");
  time.dateTime = sent.toISOString();
  time.textContent = clock.format(sent);
  item.querySelector(".topic").textContent = nameOf(message.topic);
  const details = item.querySelector("dl");
  for (const [name, value] of facts(message, alarm)) {
    const term = document.createElement("dt");
    const text = document.createElement("dd");
    term.textContent = name;
    text.textContent = value;
    details.append(term, text);
  }
  item.querySelector("pre").textContent = pretty(message.message);
  return item;
}

function drawTopics() {
  const counts = new Map();
  for (const message of messages) counts.set(message.topic, (counts.get(message.topic) ?? 0) + 1);
  topics.hidden = counts.size < 2;
  topics.replaceChildren(
    ...[["", messages.length], ...[...counts].sort()].map(([topic, count]) => {
      const button = document.createElement("button");
      const number = document.createElement("span");
      number.textContent = count;
      button.type = "button";
      button.append(topic ? nameOf(topic) : "All", " ", number);
      button.setAttribute("aria-pressed", String(topic === wanted));
      button.addEventListener("click", () => {
        wanted = topic;
        draw();
      });
      return button;
    }),
  );
}

function draw() {
  drawTopics();
  const visible = messages.filter((message) => !wanted || message.topic === wanted);
  const ids = new Set(messages.map((message) => message.id));
  for (const id of shown.keys()) if (!ids.has(id)) shown.delete(id);
  for (const message of visible) {
    if (shown.has(message.id)) continue;
    const item = drawn(message);
    if (!isFirst) item.classList.add("new");
    shown.set(message.id, item);
  }
  // Only what changed is moved: an open message stays open, and the reader's place is kept.
  const items = visible.map((message) => shown.get(message.id));
  const kept = new Set(items);
  for (const item of [...list.children]) if (!kept.has(item)) item.remove();
  items.forEach((item, at) => {
    if (list.children[at] !== item) list.insertBefore(item, list.children[at] ?? null);
  });
  document.getElementById("empty").hidden = messages.length > 0;
  isFirst = false;
}

async function look() {
  try {
    const answer = await fetch("messages", { cache: "no-store" });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    const found = (await answer.json()).messages;
    const isSame = found.length === messages.length && found[0]?.id === messages[0]?.id;
    messages = found;
    if (!isSame || isFirst) draw();
    status.textContent = messages.length === 1 ? "1 message, live" : `${messages.length} messages, live`;
    status.classList.remove("lost");
  } catch {
    status.textContent = "The local AWS does not answer; trying again…";
    status.classList.add("lost");
  }
  setTimeout(look, EVERY_MILLISECONDS);
}

look();
