/** A mutation as it travels (sync/mutation.py): its contents never change once it is written. */
import { stampOf } from "../shared/clock";
import type { Entry, Value } from "./entries";

export const SCHEMA = 1;
/** The server refuses longer ones (characters of its JSON, not-ASCII escaped). */
export const MAX_CHARS = 131_072;

/** Without number; `stamp` and `device` are of the device that wrote it. */
export interface Mutation {
  id: string;
  device: string;
  entity: string;
  entity_id: string;
  op: string;
  base_number: number;
  set: Record<string, Value>;
  was: Record<string, Value>;
  stamp: string;
  app: string;
  schema: number;
  actor: string;
  made_at: string;
}

export interface Context {
  id: string;
  device: string;
  base: number;
  stamp: string;
  app: string;
  actor: string;
  nowMs: number;
}

/** One entry is too long for the server. */
export class TooLong extends Error {}

/** Throws TooLong. */
export function mutationOf(entry: Entry, context: Context): Mutation {
  const mutation: Mutation = {
    id: context.id,
    device: context.device,
    entity: entry.entity,
    entity_id: entry.entityId,
    op: entry.op,
    base_number: context.base,
    set: entry.set,
    // Only what is set can have been seen: the server refuses anything else.
    was: Object.fromEntries(Object.entries(entry.was).filter(([name]) => name in entry.set)),
    stamp: context.stamp,
    app: context.app,
    schema: SCHEMA,
    actor: context.actor,
    made_at: new Date(context.nowMs).toISOString(),
  };
  if (asciiLength(JSON.stringify(mutation)) > MAX_CHARS - 32) throw new TooLong();
  return mutation;
}

/** The mutation as the n-th of a device, which may have another id by now. */
export function numbered(mutation: Mutation, device: string, n: number): Mutation & { n: number } {
  return { ...mutation, device, n, stamp: stampOf(mutation.stamp, device) };
}

function asciiLength(text: string): number {
  return text.length + 5 * (text.match(/[^\x00-\x7f]/g)?.length ?? 0);
}
