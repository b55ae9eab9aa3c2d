/** How long to wait before the next try: at random, so that a branch does not come back as one. */

const BASE_MS = 500;
const MOST_MS = 20_000;

/** Full jitter: from nothing to a limit that doubles; never less than the server asked for. */
export function pauseBefore(retry: number, askedMs: number, random: () => number): number {
  return askedMs + random() * Math.min(MOST_MS, BASE_MS * 2 ** retry);
}

/** The pause between whole synchronisations that failed: up to five minutes. */
export function pauseAfter(failures: number, askedMs: number, random: () => number): number {
  return Math.max(askedMs, random() * Math.min(300_000, 2_000 * 2 ** failures));
}

/** Retry-After in seconds or as a date, in milliseconds; 0 where there is none. */
export function askedPause(header: string | null, nowMs: number): number {
  if (!header) return 0;
  const seconds = Number(header);
  const pause = Number.isNaN(seconds) ? Date.parse(header) - nowMs : seconds * 1000;
  return Number.isFinite(pause) ? Math.max(0, Math.min(pause, 3_600_000)) : 0;
}
