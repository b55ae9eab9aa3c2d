/**
 * The filters of field templates, each the twin of one in server/field/filters.py; both are held
 * to tests/cases/filters.json. Unknown is null and shows as a dash; what has not the expected
 * shape throws.
 */
import { groupedYuan } from "./amounts";
import { capitals as amountInCapitals } from "./capitals";

const EMPTY = "—";
const WEEKDAYS_ZH = "日一二三四五六";
const WEEKDAYS_EN = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS_EN = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const KILO = 1024;

export const filters = {
  yuan,
  capitals,
  count,
  percent,
  day,
  short_day,
  moment,
  clock,
  file_size,
  mask_phone,
};

/** 123450 fen as `1,234.50`. */
export function yuan(fen: unknown): string {
  return fen === null ? EMPTY : groupedYuan(whole(fen));
}

/** 12345 fen as `壹佰贰拾叁元肆角伍分`. */
export function capitals(fen: unknown): string {
  return fen === null ? EMPTY : amountInCapitals(whole(fen));
}

/** 1234 as `1,234`. */
export function count(number: unknown): string {
  return number === null ? EMPTY : String(whole(number)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `5.40` per cent as `5.4%`. */
export function percent(rate: unknown): string {
  if (rate === null) return EMPTY;
  const found = /^(\d+)(?:\.(\d+))?$/.exec(text(rate));
  if (!found) throw new RangeError("rate");
  const coins = (found[2] ?? "").replace(/0+$/, "");
  return coins ? `${found[1]}.${coins}%` : `${found[1]}%`;
}

/** A civil date as it is written, `2026-01-31`. */
export function day(date: unknown): string {
  return date === null ? EMPTY : civil(date);
}

/** `1月31日 周六`, or `Sat 31 Jan`. */
export function short_day(date: unknown, language: string): string {
  if (date === null) return EMPTY;
  const on = new Date(`${civil(date)}T00:00:00Z`);
  const [month, dayOfMonth, weekday] = [on.getUTCMonth(), on.getUTCDate(), on.getUTCDay()];
  if (language === "zh") return `${month + 1}月${dayOfMonth}日 周${WEEKDAYS_ZH.charAt(weekday)}`;
  return `${WEEKDAYS_EN[weekday]} ${dayOfMonth} ${MONTHS_EN[month]}`;
}

/** The bank's wall clock at a moment: `2026-01-31 09:05`. */
export function moment(at: unknown, zone: string): string {
  return at === null ? EMPTY : local(at, zone);
}

/** The bank's wall clock at a moment, without the day: `09:05`. */
export function clock(at: unknown, zone: string): string {
  return at === null ? EMPTY : local(at, zone).slice(-5);
}

/** Bytes as `512 B`, `12.3 KB`, `4.0 MB`, `1.5 GB`. */
export function file_size(size: unknown): string {
  if (size === null) return EMPTY;
  const bytes = whole(size);
  if (bytes < KILO) return `${bytes} B`;
  const power = bytes < KILO ** 2 ? 1 : bytes < KILO ** 3 ? 2 : 3;
  const unit = KILO ** power;
  const tenths = Math.floor((bytes * 20 + unit) / (unit * 2));
  return `${Math.floor(tenths / 10)}.${tenths % 10} ${["KB", "MB", "GB"][power - 1]}`;
}

/** `138****0000` of eleven characters; of any other number the last two. */
export function mask_phone(number: unknown): string {
  if (number === null) return EMPTY;
  const signs = [...text(number)];
  if (signs.length === 11) return `${signs.slice(0, 3).join("")}****${signs.slice(7).join("")}`;
  const hidden = Math.max(signs.length - 2, 0);
  return hidden > 1 ? "*".repeat(hidden) + signs.slice(hidden).join("") : "*".repeat(signs.length);
}

function whole(value: unknown): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) {
    throw new TypeError("not a whole number");
  }
  return value;
}

function text(value: unknown): string {
  if (typeof value !== "string") throw new TypeError("not a text");
  return value;
}

function civil(value: unknown): string {
  const day = text(value);
  const at = new Date(`${day}T00:00:00Z`);
  const stands = /^(?!0000)\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(at.getTime());
  // JavaScript takes 30 February for a day in March.
  if (!stands || at.toISOString().slice(0, 10) !== day) throw new RangeError("date");
  return day;
}

const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;
/** Making a format takes longer than using it a hundred times. */
const clocks = new Map<string, Intl.DateTimeFormat>();

function local(value: unknown, zone: string): string {
  if (!MOMENT.test(text(value))) throw new RangeError("moment");
  const at = new Date(value as string);
  if (Number.isNaN(at.getTime())) throw new RangeError("moment");
  const part = Object.fromEntries(wall(zone).formatToParts(at).map((one) => [one.type, one.value]));
  return `${part.year}-${part.month}-${part.day} ${part.hour}:${part.minute}`;
}

function wall(zone: string): Intl.DateTimeFormat {
  let format = clocks.get(zone);
  if (!format) {
    const two = "2-digit";
    format = new Intl.DateTimeFormat("en-CA", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: two,
      day: two,
      hour: two,
      minute: two,
    });
    clocks.set(zone, format);
  }
  return format;
}
