// The hybrid logical clock, the twin of sync/clock.py; both are held to tests/cases/clock.json.
// Stamps carry the time an edit was made, whatever the tablet's clock does in between.

export const MAX_MS = 2 ** 48 - 1;
export const MAX_COUNTER = 2 ** 16 - 1;

export interface Stamp {
  ms: number;
  counter: number;
  device: string;
}

const TEXT = /^([0-9a-f]{12})-([0-9a-f]{4})-([0-9a-z][0-9a-z-]{0,63})$/;
/** Characters of a stamp's text before its device. */
const HEAD = 18;

export function stampText(stamp: Stamp): string {
  return `${hex(stamp.ms, 12)}-${hex(stamp.counter, 4)}-${stamp.device}`;
}

/** Throws RangeError for what is no stamp. */
export function readStamp(text: string): Stamp {
  const [, ms, counter, device] = TEXT.exec(text) ?? [];
  if (!ms || !counter || !device) throw new RangeError("stamp");
  return { ms: parseInt(ms, 16), counter: parseInt(counter, 16), device };
}

/** The same moment as another device's: a copied tablet keeps its stamps under a new id. */
export function stampOf(text: string, device: string): string {
  return text.slice(0, HEAD) + device;
}

/** Stamp a new write; it is after `last` however the wall clock jumps. */
export function tick(last: Stamp, nowMs: number): Stamp {
  if (nowMs > last.ms) return { ...last, ms: bounded(nowMs), counter: 0 };
  return successor(last);
}

/** Move the clock past a stamp it heard, so that what is written next is later. */
export function receive(last: Stamp, heard: Stamp, nowMs: number): Stamp {
  const isNewer = last.ms > heard.ms || (last.ms === heard.ms && last.counter >= heard.counter);
  return tick({ ...(isNewer ? last : heard), device: last.device }, nowMs);
}

function successor(stamp: Stamp): Stamp {
  if (stamp.counter < MAX_COUNTER) return { ...stamp, counter: stamp.counter + 1 };
  if (stamp.ms >= MAX_MS) throw new RangeError("the clock has run out of stamps");
  return { ...stamp, ms: stamp.ms + 1, counter: 0 };
}

function bounded(ms: number): number {
  return Math.max(0, Math.min(Math.trunc(ms), MAX_MS));
}

function hex(value: number, width: number): string {
  return value.toString(16).padStart(width, "0");
}
