/** Ids that a device makes: UUIDs of version 7, which sort by the time they were made. */
import { type Bytes, hexOf } from "./bytes";

export function newId(nowMs: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const time = BigInt(Math.max(0, Math.trunc(nowMs)));
  for (let place = 0; place < 6; place += 1) {
    bytes[place] = Number((time >> BigInt(8 * (5 - place))) & 0xffn);
  }
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return hyphened(bytes);
}

function hyphened(bytes: Bytes): string {
  return hexOf(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
