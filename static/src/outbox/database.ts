/**
 * The outbox: what was written here, until the server has it and for 30 days after.
 *
 * A database of its own whose shapes are frozen: releases add fields and read rows without them,
 * and never change what a field means. No release empties it.
 */
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Bytes } from "../shared/bytes";

/** How the server answered; empty while it has not. */
export type Outcome = "" | "applied" | "merged" | "conflict" | "held" | "rejected";

export interface EntryRow {
  /** The order on this device; given by the database. */
  order: number;
  /** The mutation's id. */
  id: string;
  /** Of the data key it is sealed with. */
  key: string;
  /** The device id and number it was last put into a push with; null before. */
  device: string;
  n: number | null;
  kind: string;
  entity: string;
  /** The number of the feed that it builds upon. */
  base: number;
  /** When it was recorded, by this device's clock (ms). */
  made: number;
  /** 1 while it is to be sent (again); absent otherwise. */
  pending?: 1;
  outcome: Outcome;
  reason: string;
  /** When the server answered (ms), 0 before. */
  answered: number;
  /** 1 when the person need not see it any longer, though it did not simply stand. */
  settled: 0 | 1;
  /** The mutation and its entry, with the data key. */
  sealed: Bytes;
  /** The mutation, to the server's key (base64); empty where the server's key was not known. */
  forServer: string;
}

export interface PhotoRow {
  mutation: string;
  sha256: string;
  type: string;
  size: number;
  key: string;
  /** 1 while it is to be uploaded. */
  pending?: 1;
  /** Where the server keeps the part that has arrived. */
  url: string;
  sealed: Bytes;
  /** The photo's own key: sealed with the data key, and to the server's. */
  photoKey: Bytes;
  forServer: string;
}

export type Mark =
  | { name: "numbering"; device: string; last: number }
  | { name: "clock"; ms: number; counter: number }
  | { name: "epoch"; epoch: string };

export interface NoteRow {
  name: string;
  key: string;
  sealed: Bytes;
}

export interface OutboxSchema extends DBSchema {
  entries: { key: number; value: EntryRow; indexes: { id: string; pending: number; entity: string } };
  photos: { key: [string, string]; value: PhotoRow; indexes: { sha256: string; pending: number } };
  notes: { key: string; value: NoteRow };
  marks: { key: string; value: Mark };
}

export type OutboxDatabase = IDBPDatabase<OutboxSchema>;

const VERSION = 1;

export function nameOf(userId: string): string {
  return `taizhang-outbox-${userId}`;
}

export function openOutboxDatabase(userId: string): Promise<OutboxDatabase> {
  return openDB<OutboxSchema>(nameOf(userId), VERSION, {
    upgrade(database, from) {
      if (from < 1) createFirst(database);
    },
    blocking(_current, _blocked, event) {
      (event.target as IDBDatabase).close();
    },
  });
}

function createFirst(database: OutboxDatabase): void {
  const entries = database.createObjectStore("entries", { keyPath: "order", autoIncrement: true });
  entries.createIndex("id", "id", { unique: true });
  entries.createIndex("pending", "pending");
  entries.createIndex("entity", "entity");
  const photos = database.createObjectStore("photos", { keyPath: ["mutation", "sha256"] });
  photos.createIndex("sha256", "sha256");
  photos.createIndex("pending", "pending");
  database.createObjectStore("notes", { keyPath: "name" });
  database.createObjectStore("marks", { keyPath: "name" });
}
