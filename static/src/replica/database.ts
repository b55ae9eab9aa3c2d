/**
 * The replica's database: one sealed record a document, and how far the feed was read.
 *
 * In clear lie ids, kind, number, customer id and due date alone. It holds nothing that the server
 * does not: a replica of an older shape is emptied and pulled again.
 */
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Bytes } from "../shared/bytes";
import type { Documents, Kind } from "./documents";
import type { Tally } from "./tally";

export interface Row {
  kind: Kind;
  id: string;
  number: number;
  customer: string;
  /** Of a loan that owes something: the day; else empty. */
  due: string;
  /** Of id and number, for the tally. */
  hash: number;
  sealed: Bytes;
}

/** How far the feed was read, whole chunks only. */
export interface Position {
  name: "position";
  cursor: string;
  epoch: string;
  hi: number;
  tally: Tally;
  pulledAt: string | null;
}

export interface Blob_ {
  name: "search";
  sealed: Bytes;
}

export interface ReplicaSchema extends DBSchema {
  documents: {
    key: [string, string];
    value: Row;
    indexes: { customer: [string, string]; due: string };
  };
  marks: { key: string; value: Position | Blob_ };
}

export type ReplicaDatabase = IDBPDatabase<ReplicaSchema>;

const VERSION = 1;

export function nameOf(userId: string): string {
  return `taizhang-replica-${userId}`;
}

/** `blocked` is told when another tab holds an older version open. */
export function openReplicaDatabase(userId: string): Promise<ReplicaDatabase> {
  return openDB<ReplicaSchema>(nameOf(userId), VERSION, {
    upgrade(database) {
      for (const store of [...database.objectStoreNames]) database.deleteObjectStore(store);
      const documents = database.createObjectStore("documents", { keyPath: ["kind", "id"] });
      documents.createIndex("customer", ["kind", "customer"]);
      documents.createIndex("due", "due");
      database.createObjectStore("marks", { keyPath: "name" });
    },
    blocking(_current, _blocked, event) {
      // A newer worker wants to upgrade: let go, or it would wait for ever.
      (event.target as IDBDatabase).close();
    },
  });
}

/** Every row of a kind. */
export function allOf(kind: Kind): IDBKeyRange {
  return IDBKeyRange.bound([kind], [kind, []]);
}

/** The customer that a document belongs to; empty where there is none. */
export function customerOf(kind: Kind, id: string, document: object): string {
  const owner = (document as { customer_id?: string | null }).customer_id;
  return kind === "customer" ? id : (owner ?? "");
}

/** The day that a loan owes something since, or next; empty for what owes nothing. */
export function dueOf(kind: Kind, document: object): string {
  if (kind !== "loan") return "";
  const loan = document as Documents["loan"];
  return loan.unpaid_due_on ?? loan.next_due_on ?? "";
}
