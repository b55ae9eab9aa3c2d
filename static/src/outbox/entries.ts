/** What the pages hand to the outbox, and what they may know of what waits there. */
import type { Kind } from "../replica/documents";

export type Value = null | boolean | number | string | Value[] | { [name: string]: Value };

/** One change, before it has a stamp and a number. `entityId` is made by the page for a creation. */
export interface Entry {
  entity: Kind | "reversal";
  entityId: string;
  op: "create" | "edit";
  set: Record<string, Value>;
  /** The values that the person saw in the fields of `set`; empty for a creation. */
  was: Record<string, Value>;
  /** The customer it belongs to, so that it shows on the customer's page while it waits. */
  customerId: string | null;
}

/** A photo or signature that belongs to an entry; it is uploaded after the entry. */
export interface Photo {
  sha256: string;
  type: string;
  bytes: ArrayBuffer;
}

/** How far an entry has come. `undoable` for ten seconds, then it may be sent. */
export type Progress = "undoable" | "waiting" | "sent" | "conflict" | "held" | "rejected";

export interface Waiting {
  /** The mutation's id. */
  id: string;
  entry: Entry;
  madeAt: string;
  progress: Progress;
  /** A code: why it is held or rejected. */
  reason: string;
  /** Photos that have not been uploaded yet. */
  photos: number;
}

/** The state of synchronisation, for the pill and the settings page. */
export interface SyncState {
  online: boolean;
  /** Entries not yet acknowledged by the server. */
  waiting: number;
  /** Photos not yet uploaded. */
  photos: number;
  /** Of the oldest entry that waits. */
  oldest: string | null;
  /** When a pull last reached the end. */
  pulledAt: string | null;
  busy: boolean;
  /** A code of the last failure, empty when the last attempt succeeded. */
  trouble: string;
  needsSignIn: boolean;
}
