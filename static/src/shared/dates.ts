/** Civil dates as people type them, read into `2026-01-31`. */

const SHAPES = [
  /^(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*日?$/,
  /^(\d{4})(\d{2})(\d{2})$/,
];
const EARLIEST_YEAR = 1900;
const LATEST_YEAR = 2199;

/** The date in ISO form, or null when the text is no date that exists. */
export function isoDate(typed: string): string | null {
  const text = typed.normalize("NFKC").trim();
  for (const shape of SHAPES) {
    const found = shape.exec(text);
    if (found) return existing(Number(found[1]), Number(found[2]), Number(found[3]));
  }
  return null;
}

function existing(year: number, month: number, day: number): string | null {
  if (year < EARLIEST_YEAR || year > LATEST_YEAR) return null;
  const date = new Date(Date.UTC(year, month - 1, day));
  const stands = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return stands ? date.toISOString().slice(0, 10) : null;
}
