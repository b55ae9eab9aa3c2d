/** What waits, laid over what was pulled. */
import type { Entry, Value } from "../outbox/entries";
import type { Documents, Kind } from "./documents";
import { type Author, type Made, madeDocument } from "./made";
import type { Held } from "./reading";

/** An entry as far as the overlay is concerned. */
export interface Laid extends Made {
  /** Not answered by the server yet: an edit of it shows. */
  isOpen: boolean;
  /** Taken, but a person decides: a creation of it shows as long as the server sent no row. */
  isHeld: boolean;
  reason: string;
}

/** The document of one entity with its waiting entries, oldest first; null when there is neither. */
export function overlaid<K extends Kind>(
  kind: K,
  pulled: Documents[K] | null,
  laid: Laid[],
  author: Author,
): Held<K> | null {
  const creation = laid.find(({ entry }) => entry.op === "create");
  const base = pulled ? { document: pulled, waiting: [], made: false } : madeOf(kind, creation, author);
  if (!base) return null;
  const edits = laid.filter((each) => each.isOpen && each.entry.op === "edit");
  return edits.reduce<Held<K> | null>((held, { entry }) => edited(held, entry), base);
}

function madeOf<K extends Kind>(kind: K, creation: Laid | undefined, author: Author): Held<K> | null {
  if (!creation || !(creation.isOpen || creation.isHeld)) return null;
  const document = madeDocument(kind, creation, author);
  if (creation.isHeld && kind === "repayment") {
    Object.assign(document, { state: "held", reason: creation.reason });
  }
  return { document, waiting: Object.keys(creation.entry.set), made: creation.isOpen };
}

/** Null when the entry deletes it. */
function edited<K extends Kind>(held: Held<K> | null, entry: Entry): Held<K> | null {
  if (!held || entry.set["deleted"] === true) return null;
  const waiting = [...new Set([...held.waiting, ...Object.keys(entry.set)])];
  return { ...held, document: withValues(held.document, entry.set), waiting };
}

/** The document with other values in some fields; fields it does not know are added. */
export function withValues<D extends object>(document: D, values: Record<string, Value>): D {
  const { deleted: _deleted, ...fields } = values;
  return { ...document, ...fields };
}
