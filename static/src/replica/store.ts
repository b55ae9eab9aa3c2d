/**
 * Documents in and out of the database: sealed on the way in, opened once on the way out.
 *
 * What was opened is kept in the worker's memory, where the key is too, until it locks.
 */
import { type Bytes } from "../shared/bytes";
import { openValue, sealValue } from "../shared/sealing";
import { committed } from "../shared/storing";
import { type Position, type ReplicaDatabase, type Row, allOf } from "./database";
import type { Documents, Kind } from "./documents";
import { type SearchTable, note } from "./searching";
import { NOTHING, type Tally, minus, plus, rowHash } from "./tally";

/** One row of the feed; null says that the device holds it no longer. */
export type FeedRow = [kind: Kind, id: string, number: number, document: object | null];

/** Rows to store, and how far the feed is read with them. */
export interface Chunk {
  rows: FeedRow[];
  /** Left out where the rows came outside the feed's order (an answer to a push, a repair). */
  position?: Partial<Omit<Position, "name" | "tally">>;
  /** Another life of the database, or a repair: its numbers count, whatever is held. */
  isAnew?: boolean;
}

const START: Position = { name: "position", cursor: "", epoch: "", hi: 0, tally: NOTHING, pulledAt: null };
const SEARCH_PLACE = "search";

export class Store {
  private readonly opened = new Map<string, { number: number; document: object }>();
  private readonly whole = new Set<Kind>();
  private table: SearchTable | null = null;

  constructor(
    private readonly database: ReplicaDatabase,
    private readonly key: CryptoKey,
  ) {}

  async position(): Promise<Position> {
    return ((await this.database.get("marks", "position")) as Position | undefined) ?? START;
  }

  async get<K extends Kind>(kind: K, id: string): Promise<Documents[K] | null> {
    const known = this.opened.get(placeOf(kind, id));
    if (known) return known.document as Documents[K];
    const row = await this.database.get("documents", [kind, id]);
    return row ? this.open<K>(row) : null;
  }

  /** The number of the feed that the row has here, 0 where there is none. */
  async numberOf(kind: Kind, id: string): Promise<number> {
    return (await this.database.get("documents", [kind, id]))?.number ?? 0;
  }

  async all<K extends Kind>(kind: K): Promise<Documents[K][]> {
    if (this.whole.has(kind)) return this.known(kind);
    const rows = await this.database.getAll("documents", allOf(kind));
    const documents = await this.openAll<K>(rows);
    this.whole.add(kind);
    return documents;
  }

  async ofCustomer<K extends Kind>(kind: K, customerId: string): Promise<Documents[K][]> {
    return this.openAll<K>(await this.database.getAllFromIndex("documents", "customer", [kind, customerId]));
  }

  async dueUntil(until: string): Promise<Documents["loan"][]> {
    const range = IDBKeyRange.bound("0", until);
    return this.openAll<"loan">(await this.database.getAllFromIndex("documents", "due", range));
  }

  async searchTable(): Promise<SearchTable> {
    if (this.table) return this.table;
    const mark = await this.database.get("marks", "search");
    this.table = mark && "sealed" in mark ? await openValue(this.key, mark.sealed, SEARCH_PLACE) : {};
    return this.table as SearchTable;
  }

  /** All rows of the chunk and how far it goes, or nothing. True when something changed. */
  async write(chunk: Chunk): Promise<boolean> {
    const before = await this.position();
    const table = await this.searchTable();
    const held = before.tally.count ? await this.heldOf(chunk.rows) : new Map<string, Row>();
    const fresh = newest(chunk.rows).filter((row) => chunk.isAnew || row[2] > (held.get(placeOf(row[0], row[1]))?.number ?? -1));
    const sealed = await Promise.all(fresh.map((row) => this.sealRow(row)));
    for (const [kind, id, , document] of fresh) {
      note(table, kind, id, held.get(placeOf(kind, id))?.customer ?? "", document);
    }
    const tally = tallied(before.tally, fresh, held, sealed);
    try {
      await this.commit({ ...before, ...chunk.position, tally }, fresh, sealed, table);
    } catch (failure) {
      this.table = null; // it knows rows that were not stored
      throw failure;
    }
    this.remember(fresh);
    return fresh.length > 0;
  }

  /** Note how far the feed is read where no row comes with it. */
  async mark(position: Partial<Omit<Position, "name" | "tally">>): Promise<void> {
    await this.database.put("marks", { ...(await this.position()), ...position });
  }

  /** Id, kind and hash of every row, for a comparison with the server. */
  async rows(): Promise<{ kind: Kind; id: string; hash: number }[]> {
    const rows = await this.database.getAll("documents");
    return rows.map(({ kind, id, hash }) => ({ kind, id, hash }));
  }

  private async heldOf(rows: FeedRow[]): Promise<Map<string, Row>> {
    const reading = this.database.transaction("documents").store;
    const held = await Promise.all(rows.map(([kind, id]) => reading.get([kind, id])));
    return new Map(held.flatMap((row) => (row ? [[placeOf(row.kind, row.id), row] as const] : [])));
  }

  private async commit(position: Position, fresh: FeedRow[], sealed: (Row | null)[], table: SearchTable): Promise<void> {
    const search = await sealValue(this.key, table, SEARCH_PLACE);
    const writing = this.database.transaction(["documents", "marks"], "readwrite");
    const documents = writing.objectStore("documents");
    const marks = writing.objectStore("marks");
    await committed(writing, [
      ...fresh.map(([kind, id], place) => async () => {
        const row = sealed[place];
        await (row ? documents.put(row) : documents.delete([kind, id]));
      }),
      () => marks.put({ name: "search", sealed: search }),
      () => marks.put(position),
    ]);
  }

  private remember(fresh: FeedRow[]): void {
    for (const [kind, id, number, document] of fresh) {
      if (document) this.opened.set(placeOf(kind, id), { number, document });
      else this.opened.delete(placeOf(kind, id));
    }
  }

  private async sealRow([kind, id, number, document]: FeedRow): Promise<Row | null> {
    if (!document) return null;
    const [sealed, hash] = await Promise.all([
      sealValue(this.key, document, placeOf(kind, id)),
      rowHash(id, number),
    ]);
    return { kind, id, number, hash, sealed, customer: customerOf(kind, id, document), due: dueOf(kind, document) };
  }

  private async openAll<K extends Kind>(rows: Row[]): Promise<Documents[K][]> {
    return Promise.all(rows.map((row) => this.open<K>(row)));
  }

  private async open<K extends Kind>(row: Row): Promise<Documents[K]> {
    const place = placeOf(row.kind, row.id);
    const known = this.opened.get(place);
    if (known?.number === row.number) return known.document as Documents[K];
    const document = await openValue<Documents[K]>(this.key, row.sealed as Bytes, place);
    this.opened.set(place, { number: row.number, document });
    return document;
  }

  private known<K extends Kind>(kind: K): Documents[K][] {
    const prefix = `${kind}:`;
    const found = [...this.opened].filter(([place]) => place.startsWith(prefix));
    return found.sort(([one], [other]) => (one < other ? -1 : 1)).map(([, { document }]) => document as Documents[K]);
  }
}

function placeOf(kind: Kind, id: string): string {
  return `${kind}:${id}`;
}

/** A chunk may hold one entity twice: the later row stands. */
function newest(rows: FeedRow[]): FeedRow[] {
  const found = new Map<string, FeedRow>();
  for (const row of rows) {
    const place = placeOf(row[0], row[1]);
    if (row[2] >= (found.get(place)?.[2] ?? 0)) found.set(place, row);
  }
  return [...found.values()];
}

function tallied(before: Tally, fresh: FeedRow[], held: Map<string, Row>, sealed: (Row | null)[]): Tally {
  return fresh.reduce((tally, [kind, id], place) => {
    const old = held.get(placeOf(kind, id));
    const without = old ? minus(tally, old.hash) : tally;
    const row = sealed[place];
    return row ? plus(without, row.hash) : without;
  }, before);
}

function customerOf(kind: Kind, id: string, document: object): string {
  const owner = (document as { customer_id?: string | null }).customer_id;
  return kind === "customer" ? id : (owner ?? "");
}

function dueOf(kind: Kind, document: object): string {
  if (kind !== "loan") return "";
  const loan = document as Documents["loan"];
  return loan.unpaid_due_on ?? loan.next_due_on ?? "";
}
