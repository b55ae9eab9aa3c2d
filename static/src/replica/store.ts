/**
 * Documents in and out of the database: sealed on the way in, opened once on the way out.
 *
 * What was opened is kept in the worker's memory, where the key is too, until it locks.
 */
import { type Bytes } from "../shared/bytes";
import { openValue, sealValue } from "../shared/sealing";
import { committed } from "../shared/storing";
import { type Position, type ReplicaDatabase, type Row, allOf, customerOf, dueOf } from "./database";
import type { Documents, Kind } from "./documents";
import { type SearchTable, note } from "./searching";
import { Shelf } from "./shelf";
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
/** Comes before every day, and after what owes nothing. */
const ANY_DAY = "0";
const WARM: readonly Kind[] = [
  "customer", "loan", "contact", "address", "repayment", "promise", "call", "visit", "feedback", "notice", "bank", "handover",
];

export class Store {
  private readonly shelf = new Shelf();
  private read: Promise<Position> | null = null;
  private table: SearchTable | null = null;

  constructor(
    private readonly database: ReplicaDatabase,
    private readonly key: CryptoKey,
  ) {}

  position(): Promise<Position> {
    return (this.read ??= this.readPosition());
  }

  async get<K extends Kind>(kind: K, id: string): Promise<Documents[K] | null> {
    const known = this.shelf.get(kind, id);
    if (known) return known.document as Documents[K];
    if (this.shelf.isWhole(kind)) return null;
    const row = await this.database.get("documents", [kind, id]);
    return row ? ((await this.openAll<K>([row]))[0] ?? null) : null;
  }

  /** The number of the feed that the row has here, 0 where there is none. */
  async numberOf(kind: Kind, id: string): Promise<number> {
    return (await this.database.get("documents", [kind, id]))?.number ?? 0;
  }

  async all<K extends Kind>(kind: K): Promise<Documents[K][]> {
    if (this.shelf.isWhole(kind)) return this.shelf.all(kind);
    const { changes } = this.shelf;
    const documents = await this.openAll<K>(await this.database.getAll("documents", allOf(kind)));
    if (this.shelf.changes === changes) this.shelf.setWhole(kind);
    return documents;
  }

  async ofCustomer<K extends Kind>(kind: K, customerId: string): Promise<Documents[K][]> {
    if (this.shelf.isWhole(kind)) return this.shelf.ofCustomer(kind, customerId);
    return this.openAll<K>(await this.database.getAllFromIndex("documents", "customer", [kind, customerId]));
  }

  /** Oldest day first. */
  async dueUntil(until: string): Promise<Documents["loan"][]> {
    if (!this.shelf.isWhole("loan")) {
      const range = IDBKeyRange.bound(ANY_DAY, until);
      return this.openAll<"loan">(await this.database.getAllFromIndex("documents", "due", range));
    }
    const dues = this.shelf.all("loan").map((loan) => ({ loan, due: dueOf("loan", loan) }));
    const within = dues.filter(({ due }) => due >= ANY_DAY && due <= until);
    within.sort((one, other) => (one.due < other.due ? -1 : one.due > other.due ? 1 : 0));
    return within.map(({ loan }) => loan);
  }

  /** Open what pages ask for by customer, so that the next one need not wait for the database. */
  async warm(): Promise<void> {
    for (const kind of WARM) await this.all(kind);
  }

  async searchTable(): Promise<SearchTable> {
    if (this.table) return this.table;
    const mark = await this.database.get("marks", "search");
    this.table = mark && "sealed" in mark ? await openValue(this.key, mark.sealed, SEARCH_PLACE) : {};
    return this.table as SearchTable;
  }

  /** All rows of the chunk and how far it goes, or nothing. True when something changed. */
  async write(chunk: Chunk): Promise<boolean> {
    const before = await this.readPosition();
    const table = await this.searchTable();
    const held = before.tally.count ? await this.heldOf(chunk.rows) : new Map<string, Row>();
    const fresh = newest(chunk.rows).filter((row) => isFresh(chunk, row, held.get(placeOf(row[0], row[1]))));
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
    this.read = null;
    for (const [kind, id, number, document] of fresh) this.shelf.replace(kind, id, number, document);
    return fresh.length > 0;
  }

  /** Note how far the feed is read where no row comes with it. */
  async mark(position: Partial<Omit<Position, "name" | "tally">>): Promise<void> {
    await this.database.put("marks", { ...(await this.readPosition()), ...position });
    this.read = null;
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

  private async sealRow([kind, id, number, document]: FeedRow): Promise<Row | null> {
    if (!document) return null;
    const [sealed, hash] = await Promise.all([
      sealValue(this.key, document, placeOf(kind, id)),
      rowHash(id, number),
    ]);
    return { kind, id, number, hash, sealed, customer: customerOf(kind, id, document), due: dueOf(kind, document) };
  }

  private async readPosition(): Promise<Position> {
    return ((await this.database.get("marks", "position")) as Position | undefined) ?? START;
  }

  /** What a row holds goes on the shelf, unless newer rows were written while it was read. */
  private async openAll<K extends Kind>(rows: Row[]): Promise<Documents[K][]> {
    const { changes } = this.shelf;
    const documents = await Promise.all(rows.map((row) => this.open<K>(row)));
    if (this.shelf.changes !== changes) return documents;
    for (const [place, { kind, id, number }] of rows.entries()) {
      if (this.shelf.get(kind, id)?.number === number) continue;
      this.shelf.put(kind, id, { number, document: documents[place] as Documents[K] });
    }
    return documents;
  }

  private async open<K extends Kind>(row: Row): Promise<Documents[K]> {
    const known = this.shelf.get(row.kind, row.id);
    if (known?.number === row.number) return known.document as Documents[K];
    return openValue<Documents[K]>(this.key, row.sealed as Bytes, placeOf(row.kind, row.id));
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

/**
 * Whether a row stands over what is held. A pull also does with the same number: what was laid down
 * by an answer it completes, and what a cover lent it takes back under the number that it had.
 */
function isFresh({ isAnew, position }: Chunk, [, , number]: FeedRow, held: Row | undefined): boolean {
  if (isAnew || !held || number > held.number) return true;
  return position !== undefined && number === held.number;
}

function tallied(before: Tally, fresh: FeedRow[], held: Map<string, Row>, sealed: (Row | null)[]): Tally {
  return fresh.reduce((tally, [kind, id], place) => {
    const old = held.get(placeOf(kind, id));
    const without = old ? minus(tally, old.hash) : tally;
    const row = sealed[place];
    return row ? plus(without, row.hash) : without;
  }, before);
}
