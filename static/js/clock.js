// Keeps "3 minutes ago" and countdowns true, by one timer. Writes only what has changed.
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  [MINUTE, 1, "second"],
  [HOUR, MINUTE, "minute"],
  [2 * DAY, HOUR, "hour"],
  [60 * DAY, DAY, "day"],
  [730 * DAY, 30 * DAY, "month"],
  [Infinity, 365 * DAY, "year"],
];
const language = document.documentElement.lang || "en";
const relative = new Intl.RelativeTimeFormat(language, { numeric: "always" });

function secondsUntil(element) {
  return (Date.parse(element.dateTime) - Date.now()) / 1000;
}

function ago(seconds) {
  const size = Math.abs(seconds);
  const [, length, unit] = STEPS.find(([limit]) => size < limit);
  return relative.format(Math.trunc(seconds / length), unit);
}

function amount(number, unit) {
  const style = { style: "unit", unit, unitDisplay: "short" };
  return new Intl.NumberFormat(language, style).format(number);
}

// Under an hour to the second, as 09:41; above, in two units.
function length(seconds) {
  const size = Math.floor(Math.abs(seconds));
  if (size < HOUR) {
    const pad = (number) => String(number).padStart(2, "0");
    return `${pad(Math.floor(size / MINUTE))}:${pad(size % MINUTE)}`;
  }
  if (size < 2 * DAY) {
    const minutes = Math.floor((size % HOUR) / MINUTE);
    return `${amount(Math.floor(size / HOUR), "hour")} ${amount(minutes, "minute")}`;
  }
  return `${amount(Math.floor(size / DAY), "day")} ${amount(Math.floor((size % DAY) / HOUR), "hour")}`;
}

function write(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

function countDown(element) {
  const clock = element.closest(".clock");
  const seconds = secondsUntil(element);
  const late = seconds < 0;
  if (clock && late && clock.dataset.state !== "breached") clock.dataset.state = "breached";
  const word = clock ? (late ? clock.dataset.lateWord : clock.dataset.leftWord) : "";
  write(element, `${length(seconds)} ${word}`.trim());
}

function tick() {
  if (document.hidden) return;
  for (const element of document.querySelectorAll("time[data-relative]")) {
    write(element, ago(secondsUntil(element)));
  }
  document.querySelectorAll("time[data-countdown]").forEach(countDown);
}

tick();
setInterval(tick, 1000);
document.addEventListener("visibilitychange", tick);
