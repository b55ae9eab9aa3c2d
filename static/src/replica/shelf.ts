/**
 * Documents that were opened, kept in the worker's memory, where the key is too, until it locks.
 *
 * A kind that is here whole answers every question about itself without the database: a page that
 * asks fifteen times would wait for fifteen answers.
 */
import { customerOf } from "./database";
import type { Documents, Kind } from "./documents";

interface Kept {
  number: number;
  document: object;
}

/** What is made of a kind's documents when first asked for, and again after one changed. */
interface Sorted {
  all: object[];
  byCustomer: Map<string, object[]>;
}

export class Shelf {
  /** How often something was put in the place of what was here: what is read meanwhile is older. */
  changes = 0;
  private readonly kinds = new Map<Kind, Map<string, Kept>>();
  private readonly sorted = new Map<Kind, Sorted>();
  private readonly whole = new Set<Kind>();

  get(kind: Kind, id: string): Kept | undefined {
    return this.kinds.get(kind)?.get(id);
  }

  put(kind: Kind, id: string, kept: Kept): void {
    const documents = this.kinds.get(kind) ?? new Map<string, Kept>();
    this.kinds.set(kind, documents.set(id, kept));
    this.sorted.delete(kind);
  }

  /** The document as it was written; null takes it away. */
  replace(kind: Kind, id: string, number: number, document: object | null): void {
    this.changes += 1;
    if (document) return this.put(kind, id, { number, document });
    this.kinds.get(kind)?.delete(id);
    this.sorted.delete(kind);
  }

  isWhole(kind: Kind): boolean {
    return this.whole.has(kind);
  }

  setWhole(kind: Kind): void {
    this.whole.add(kind);
  }

  /** In the order of their ids. */
  all<K extends Kind>(kind: K): Documents[K][] {
    return this.sortedOf(kind).all as Documents[K][];
  }

  ofCustomer<K extends Kind>(kind: K, customerId: string): Documents[K][] {
    return (this.sortedOf(kind).byCustomer.get(customerId) ?? []) as Documents[K][];
  }

  private sortedOf(kind: Kind): Sorted {
    const known = this.sorted.get(kind);
    if (known) return known;
    const entries = [...(this.kinds.get(kind) ?? [])].sort(([one], [other]) => (one < other ? -1 : 1));
    const made: Sorted = { all: entries.map(([, { document }]) => document), byCustomer: new Map() };
    for (const [id, { document }] of entries) {
      const customer = customerOf(kind, id, document);
      const own = made.byCustomer.get(customer);
      if (own) own.push(document);
      else made.byCustomer.set(customer, [document]);
    }
    this.sorted.set(kind, made);
    return made;
  }
}
