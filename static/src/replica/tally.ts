/** The twin of sync/digest.py: whether two sides hold the same rows. */
import { utf8 } from "../shared/bytes";

const MODULUS = 2 ** 48;

export interface Tally {
  count: number;
  total: number;
}

export const NOTHING: Tally = { count: 0, total: 0 };

/** The first 48 bits of SHA-256 over `id:number`. */
export async function rowHash(id: string, number: number): Promise<number> {
  const digest = new DataView(await crypto.subtle.digest("SHA-256", utf8(`${id}:${number}`)));
  return digest.getUint32(0) * 2 ** 16 + digest.getUint16(4);
}

export function plus(tally: Tally, hash: number): Tally {
  return { count: tally.count + 1, total: (tally.total + hash) % MODULUS };
}

export function minus(tally: Tally, hash: number): Tally {
  return { count: tally.count - 1, total: (tally.total - hash + MODULUS) % MODULUS };
}

export function isSame(one: Tally, other: Tally): boolean {
  return one.count === other.count && one.total === other.total;
}

/** The group, 0 to 255, of an id: its last two digits (the first ones are its time). */
export function groupOf(id: string): number {
  return parseInt(id.slice(-2), 16);
}

export function byGroup(rows: Iterable<{ id: string; hash: number }>): Map<number, Tally> {
  const found = new Map<number, Tally>();
  for (const { id, hash } of rows) {
    found.set(groupOf(id), plus(found.get(groupOf(id)) ?? NOTHING, hash));
  }
  return found;
}

/** The groups to fetch again, in order. */
export function differing(ours: Map<number, Tally>, theirs: Map<number, Tally>): number[] {
  const all = new Set([...ours.keys(), ...theirs.keys()]);
  return [...all]
    .filter((group) => !isSame(ours.get(group) ?? NOTHING, theirs.get(group) ?? NOTHING))
    .sort((one, other) => one - other);
}
