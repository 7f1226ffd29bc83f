// Times, waits and chances, as people read them.

import { text } from "./texts.js";

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

/** 14:05 today, "3 Mar, 14:05" on another day. */
export function when(iso) {
  if (!iso) return "";
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return "";
  return date.toDateString() === new Date().toDateString() ? clock.format(date) : day.format(date);
}

export function waited(seconds) {
  if (seconds < 60) return text("common.seconds", { n: Math.max(0, Math.floor(seconds)) });
  if (seconds < 3600) return text("common.minutes", { n: Math.floor(seconds / 60) });
  return text("common.hours", { n: Math.floor(seconds / 3600), m: Math.floor((seconds % 3600) / 60) });
}

/** A chance between 0 and 1 as a whole percentage; a dash when there is none. */
export function percent(share) {
  return typeof share === "number" ? `${Math.round(share * 100)} %` : "–";
}
