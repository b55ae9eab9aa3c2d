/** Moments as people at the bank read them. The worker's own timezone says nothing about the bank's. */
import { bankZone } from "../../shared/zone";

const DAY_MS = 86_400_000;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
/** Making one takes longer than using it a hundred times. */
const readers = new Map<string, Intl.DateTimeFormat>();

/** The civil date of a moment. */
export function dayOf(moment: string | Date): string {
  const part = partsOf(moment);
  return part ? `${part.year}-${part.month}-${part.day}` : "";
}

/** `09:05`. */
export function timeOf(moment: string | Date): string {
  const part = partsOf(moment);
  return part ? `${part.hour}:${part.minute}` : "";
}

/** `09:05` today, `11-03 09:05` this year, `2025-11-03` before; a day has no time to be shown. */
export function whenOf(moment: string | Date | null, today: string): string {
  if (typeof moment === "string" && DAY.test(moment)) {
    return moment.slice(0, 4) === today.slice(0, 4) ? moment.slice(5) : moment;
  }
  const part = moment === null ? null : partsOf(moment);
  if (!part) return "";
  const time = `${part.hour}:${part.minute}`;
  if (`${part.year}-${part.month}-${part.day}` === today) return time;
  if (part.year === today.slice(0, 4)) return `${part.month}-${part.day} ${time}`;
  return `${part.year}-${part.month}-${part.day}`;
}

/** The day so many days after another. */
export function daysAfter(day: string, count: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + count * DAY_MS).toISOString().slice(0, 10);
}

/** Whole days from one day to another. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS);
}

/** Sorting by a moment or day, the newest first; what is of the same moment stays as it came. */
export function newestFirst<Item>(at: (item: Item) => string): (one: Item, other: Item) => number {
  return (one, other) => (at(one) === at(other) ? 0 : at(one) < at(other) ? 1 : -1);
}

type Parts = Record<"year" | "month" | "day" | "hour" | "minute", string>;

function partsOf(moment: string | Date): Parts | null {
  const date = typeof moment === "string" ? new Date(moment) : moment;
  if (Number.isNaN(date.getTime())) return null;
  const found = readerIn(bankZone()).formatToParts(date).map((part) => [part.type, part.value]);
  return Object.fromEntries(found) as Parts;
}

function readerIn(zone: string): Intl.DateTimeFormat {
  let reader = readers.get(zone);
  if (!reader) {
    const two = "2-digit";
    reader = new Intl.DateTimeFormat("en-CA", { timeZone: zone, hourCycle: "h23", year: "numeric", month: two, day: two, hour: two, minute: two });
    readers.set(zone, reader);
  }
  return reader;
}
