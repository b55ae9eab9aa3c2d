/** What pages read: the store with the outbox laid over it. */
import type { Entry, Photo, SyncState, Waiting } from "../outbox/entries";
import type { Outbox, Seen } from "../outbox/outbox";
import type { Documents, Kind } from "./documents";
import type { Author } from "./made";
import { type Laid, overlaid } from "./overlay";
import type { Device, Found, Held, Replica, Writing } from "./reading";
import { type SearchTable, find } from "./searching";
import type { Store } from "./store";

export interface Around {
  device(): Promise<Device>;
  state(): Promise<SyncState>;
  /** Told after something was written, so that it is sent and the pages hear of it. */
  wrote(): void;
  /** Some notes are settings of the device: its language, its pause before locking. */
  noted(name: string, text: string | null): Promise<void>;
}

export class DeviceReplica implements Replica, Writing {
  constructor(
    private readonly store: Store,
    private readonly outbox: Outbox,
    private readonly author: Author,
    private readonly around: Around,
  ) {}

  device(): Promise<Device> {
    return this.around.device();
  }

  state(): Promise<SyncState> {
    return this.around.state();
  }

  async get<K extends Kind>(kind: K, id: string): Promise<Held<K> | null> {
    const laid = (await this.laidOn(kind)).get(id) ?? [];
    return overlaid(kind, await this.store.get(kind, id), laid, this.author);
  }

  async all<K extends Kind>(kind: K): Promise<Held<K>[]> {
    return this.over(kind, await this.store.all(kind), () => true);
  }

  async ofCustomer<K extends Kind>(kind: K, customerId: string): Promise<Held<K>[]> {
    const documents = await this.store.ofCustomer(kind, customerId);
    return this.over(kind, documents, (entry) => ownerOf(entry) === customerId);
  }

  async loansDue(until: string): Promise<Held<"loan">[]> {
    const loans = await this.store.dueUntil(until);
    const open = loans.filter((loan) => loan.unpaid_due_on !== null || loan.next_due_amount > 0);
    return this.over("loan", open, () => false);
  }

  async search(text: string, limit: number): Promise<Found[]> {
    return find({ ...(await this.store.searchTable()), ...(await this.newcomers()) }, text, limit);
  }

  waiting(): Promise<Waiting[]> {
    return this.outbox.waiting();
  }

  photo(sha256: string): Promise<Photo | null> {
    return this.outbox.photo(sha256);
  }

  note(name: string): Promise<string | null> {
    return this.outbox.note(name);
  }

  async record(entries: Entry[], photos: Photo[] = []): Promise<string[]> {
    const ids = await this.outbox.record(entries, photos, (entry) => this.seen(entry));
    this.around.wrote();
    return ids;
  }

  async undo(mutation: string): Promise<boolean> {
    const isUndone = await this.outbox.undo(mutation);
    this.around.wrote();
    return isUndone;
  }

  async setNote(name: string, text: string | null): Promise<void> {
    await this.outbox.setNote(name, text);
    await this.around.noted(name, text);
  }

  /** The person has read what became of these entries: they are shown no longer. */
  async dismiss(mutations: string[]): Promise<void> {
    await this.outbox.close(mutations);
    this.around.wrote();
  }

  private async seen(entry: Entry): Promise<Seen> {
    const kind = entry.entity as Kind;
    const held = await this.get(kind, entry.entityId);
    const values = held ? (held.document as unknown as Record<string, unknown>) : null;
    return { number: await this.store.numberOf(kind, entry.entityId), values };
  }

  /** Entries by entity id; an edit of a repayment, say, lies on no contact. */
  private async laidOn(kind: Kind): Promise<Map<string, Laid[]>> {
    const found = new Map<string, Laid[]>();
    for (const [id, laid] of await this.outbox.laid()) {
      const own = laid.filter(({ entry }) => entry.entity === kind);
      if (own.length) found.set(id, own);
    }
    return found;
  }

  /** The documents, and those made here that belong among them. */
  private async over<K extends Kind>(
    kind: K,
    documents: Documents[K][],
    belongs: (entry: Entry) => boolean,
  ): Promise<Held<K>[]> {
    const laid = await this.laidOn(kind);
    const pulled = documents.map((document) => overlaid(kind, document, laid.get(document.id) ?? [], this.author));
    const known = new Set<string>(documents.map((document) => document.id));
    const made: (Held<K> | null)[] = [];
    for (const [id, entries] of laid) {
      const creation = entries.find(({ entry }) => entry.op === "create");
      if (!creation || known.has(id) || !belongs(creation.entry)) continue;
      if (!(await this.store.get(kind, id))) made.push(overlaid(kind, null, entries, this.author));
    }
    return [...pulled, ...made].filter((held): held is Held<K> => held !== null);
  }

  /** Customers made here are found by name and phone; pinyin comes from the server. */
  private async newcomers(): Promise<SearchTable> {
    const made: SearchTable = {};
    for (const [id, laid] of await this.laidOn("customer")) {
      const set = laid.find(({ entry }) => entry.op === "create")?.entry.set;
      if (!set || (await this.store.get("customer", id))) continue;
      const phones = { own: String(set["mobile"] ?? "") };
      made[id] = { name: String(set["name"] ?? ""), no: "", keys: [], phones, contracts: {} };
    }
    return made;
  }
}

function ownerOf(entry: Entry): string | null {
  const named = entry.set["customer_id"];
  return typeof named === "string" ? named : entry.customerId;
}
