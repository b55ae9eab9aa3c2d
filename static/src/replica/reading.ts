/**
 * How pages read the device: documents as of the last sync with what waits laid over them.
 *
 * An edit that waits shows its new values; a creation that waits is a document of its own. The
 * loans' sums are never touched: they are the server's, as of the last sync.
 */
import type { Entry, Photo, SyncState, Waiting } from "../outbox/entries";
import type { Documents, Kind } from "./documents";

export interface Held<K extends Kind> {
  document: Documents[K];
  /** Fields that show what waits and not what the server has. */
  waiting: string[];
  /** The whole document waits: it was made here and is not on the server yet. */
  made: boolean;
}

export interface Found {
  customerId: string;
  name: string;
  no: string;
}

export interface Device {
  id: string;
  userId: string;
  userName: string;
  /** Of the device: "zh" or "en". */
  language: string;
  receiptKey: ArrayBuffer;
  leaseUntil: string;
}

export interface Replica {
  device(): Promise<Device>;
  get<K extends Kind>(kind: K, id: string): Promise<Held<K> | null>;
  all<K extends Kind>(kind: K): Promise<Held<K>[]>;
  ofCustomer<K extends Kind>(kind: K, customerId: string): Promise<Held<K>[]>;
  /** Loans with something due or overdue by `until`, oldest first. */
  loansDue(until: string): Promise<Held<"loan">[]>;
  /** By part of the name, pinyin, phone tail, customer or contract number; at most `limit`. */
  search(text: string, limit: number): Promise<Found[]>;
  /** Everything of this device's outbox that is not settled, oldest first. */
  waiting(): Promise<Waiting[]>;
  /** A photo kept on the device, or null when it has gone to the server. */
  photo(sha256: string): Promise<Photo | null>;
  state(): Promise<SyncState>;
  /** Small things a page keeps for itself on the device (sealed): drafts, the order of visits. */
  note(name: string): Promise<string | null>;
}

export interface Writing {
  /** All entries and photos or none, durably, before the answer. Gives the mutations' ids. */
  record(entries: Entry[], photos?: Photo[]): Promise<string[]>;
  /** Take back an entry that is `undoable`. False when it is too late: then it is to be reversed. */
  undo(mutation: string): Promise<boolean>;
  setNote(name: string, text: string | null): Promise<void>;
  /** The person has read what became of these entries: they are shown no longer. */
  dismiss(mutations: string[]): Promise<void>;
}
