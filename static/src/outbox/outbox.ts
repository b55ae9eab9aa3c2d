/**
 * Writing into the outbox and taking out of it.
 *
 * An entry is recorded durably before the person is told; it can be undone for ten seconds, gets
 * its number when it is first put into a push, and leaves only 30 days after the server answered.
 */
import type { Laid } from "../replica/overlay";
import { type Bytes, utf8 } from "../shared/bytes";
import { type Stamp, readStamp, receive, stampText, tick } from "../shared/clock";
import { newId } from "../shared/ids";
import { keyOf, newKeyBytes, openBytes, openValue, sealBytes, sealToServer, sealValue } from "../shared/sealing";
import { committed } from "../shared/storing";
import { type EntryRow, type Outcome, type OutboxDatabase, type PhotoRow } from "./database";
import type { Entry, Photo, Progress, Waiting } from "./entries";
import { type Mutation, mutationOf, numbered } from "./mutation";
import { Notes } from "./notes";

export const UNDO_MS = 10_000;
export const KEEP_MS = 30 * 86_400_000;
/** At most so many answered entries are kept for a server that lost them. */
export const KEEP_MOST = 5_000;

/** Who writes, and with which keys. */
export interface Writer {
  userId: string;
  device: string;
  keyId: string;
  key: CryptoKey;
  /** The server's public point (base64), empty while it is not known. */
  sealKey: string;
  app: string;
}

/** What the device holds of an entity when an edit of it is written. */
export interface Seen {
  number: number;
  values: Record<string, unknown> | null;
}

export interface Answer {
  mutation: string;
  outcome: Exclude<Outcome, "">;
  reason?: string | undefined;
}

interface Opened {
  entry: Entry;
  mutation: Mutation;
}

interface PhotosLeft {
  byMutation: Map<string, number>;
  pending: number;
}

interface Limits {
  chars: number;
  most: number;
  /** Nothing can be undone any more. */
  isLast: boolean;
}

export class Outbox {
  private readonly opened = new Map<string, Opened>();
  private line: Promise<unknown> = Promise.resolve();
  private readonly notes: Notes;
  /** All rows as they stand, until one is written: each page asks for them many times. */
  private rows: Promise<EntryRow[]> | null = null;
  private lying: Promise<Map<string, Laid[]>> | null = null;
  private photos: Promise<PhotosLeft> | null = null;

  constructor(
    readonly database: OutboxDatabase,
    private readonly writer: Writer,
    private readonly now: () => number,
  ) {
    this.notes = new Notes(database, writer);
  }

  /** All entries and photos or none, durably. Throws StorageFull or TooLong; then nothing is kept. */
  record(entries: Entry[], photos: Photo[], seen: (entry: Entry) => Promise<Seen>): Promise<string[]> {
    // One after the other: stamps, bases and order must agree between two tabs that post at once.
    return this.inLine(async () => {
      const stamps = await this.stamps(entries.length);
      const rows: Omit<EntryRow, "order">[] = [];
      for (const [place, entry] of entries.entries()) {
        const base = await this.baseOf(entry, await seen(entry), rows);
        rows.push(await this.rowOf(entry, base, stamps[place] as Stamp));
      }
      const kept = await Promise.all(photos.map((photo) => this.photoRow(photo, ownerOf(photo, entries, rows))));
      await this.store(rows, kept);
      return rows.map((row) => row.id);
    });
  }

  /** False when it is too late, or gone already. */
  undo(id: string): Promise<boolean> {
    return this.written(async () => {
      const writing = this.database.transaction(["entries", "photos"], "readwrite", { durability: "strict" });
      const row = await writing.objectStore("entries").index("id").get(id);
      const isUndone = row !== undefined && isUndoable(row, this.now());
      if (isUndone) {
        await writing.objectStore("entries").delete(row.order);
        await writing.objectStore("photos").delete(IDBKeyRange.bound([id], [id, []]));
      }
      await writing.done;
      return isUndone;
    });
  }

  /**
   * The next mutations to send, at most about `chars` of them, each with its number; the numbers
   * are durable before this returns. Stops at the first that can still be undone, unless it is the
   * last time that anything is sent.
   */
  async take(chars: number, most: number, isLast = false): Promise<(Mutation & { n: number })[]> {
    const taken = await this.number((row) => row.key === this.writer.keyId, { chars, most, isLast });
    return Promise.all(taken.map(async (row) => this.sent(row)));
  }

  /** Like `take`, of what was sealed with a key that is lost: only the server can open it. */
  async takeSealed(chars: number, most: number): Promise<{ n: number; sealed: string }[]> {
    const taken = await this.number((row) => row.key !== this.writer.keyId && row.forServer !== "", { chars, most, isLast: true });
    return taken.map((row) => ({ n: row.n as number, sealed: row.forServer }));
  }

  private number(isMeant: (row: EntryRow) => boolean, { chars, most, isLast }: Limits): Promise<EntryRow[]> {
    return this.written(async () => {
      const { device } = this.writer;
      const writing = this.database.transaction(["entries", "marks"], "readwrite", { durability: "strict" });
      const entries = writing.objectStore("entries");
      const mark = await writing.objectStore("marks").get("numbering");
      let last = mark?.name === "numbering" && mark.device === device ? mark.last : 0;
      const taken: EntryRow[] = [];
      let size = 0;
      for (const row of (await entries.index("pending").getAll()).filter(isMeant)) {
        if ((!isLast && isUndoable(row, this.now())) || size >= chars || taken.length >= most) break;
        if (row.n === null || row.device !== device) {
          Object.assign(row, { device, n: (last += 1) });
          await entries.put(row);
        }
        size += row.sealed.length;
        taken.push(row);
      }
      await writing.objectStore("marks").put({ name: "numbering", device, last });
      await writing.done;
      return taken;
    });
  }

  /** The server answered; what it did not mention stays to be sent. Gives how many it settled. */
  settle(answers: Answer[]): Promise<number> {
    return this.written(async () => {
      const writing = this.database.transaction("entries", "readwrite", { durability: "strict" });
      let settled = 0;
      for (const { mutation, outcome, reason = "" } of answers) {
        const row = await writing.store.index("id").get(mutation);
        if (!row?.pending) continue;
        delete row.pending;
        await writing.store.put({ ...row, outcome, reason, answered: this.now() });
        settled += 1;
      }
      await writing.done;
      return settled;
    });
  }

  /** The person has seen it, or it was decided: it is shown no longer. */
  close(ids: string[]): Promise<void> {
    return this.written(async () => {
      const writing = this.database.transaction("entries", "readwrite");
      for (const id of ids) {
        const row = await writing.store.index("id").get(id);
        if (row?.outcome) await writing.store.put({ ...row, settled: 1 });
      }
      await writing.done;
    });
  }

  /** Send everything again from number `from` on. False when what is asked for is not kept. */
  sendAgain(from = 1): Promise<boolean> {
    return this.written(async () => {
      const writing = this.database.transaction("entries", "readwrite", { durability: "strict" });
      const rows = (await writing.store.getAll()).filter((row) => this.isNumbered(row) && (row.n ?? 0) >= from);
      for (const row of rows) await writing.store.put({ ...row, pending: 1 });
      await writing.done;
      return rows.some((row) => row.n === from);
    });
  }

  /** Take a new device id: what is not answered is numbered afresh. `all`: answered ones too. */
  renumber(device: string, all: boolean): Promise<void> {
    return this.written(async () => {
      const writing = this.database.transaction(["entries", "marks"], "readwrite", { durability: "strict" });
      const entries = writing.objectStore("entries");
      for (const row of await entries.getAll()) {
        if (!(all || row.pending)) continue;
        await entries.put({ ...row, device, n: null, pending: 1 });
      }
      await writing.objectStore("marks").put({ name: "numbering", device, last: 0 });
      await writing.done;
      this.writer.device = device;
    });
  }

  /** Whether the server's database began another life since it was last heard. */
  async isNewEpoch(epoch: string): Promise<boolean> {
    const mark = await this.database.get("marks", "epoch");
    return mark?.name === "epoch" && mark.epoch !== epoch;
  }

  /** Noted only after everything is marked to be sent again: a crash between asks once more. */
  async setEpoch(epoch: string): Promise<void> {
    await this.database.put("marks", { name: "epoch", epoch });
  }

  /** A stamp of this moment, durable. */
  async stamp(): Promise<Stamp> {
    return (await this.inLine(() => this.stamps(1)))[0] as Stamp;
  }

  /** A later stamp was heard from the server. */
  async hear(text: string): Promise<void> {
    await this.inLine(async () => {
      const next = receive(await this.lastStamp(), readStamp(text), this.now());
      await this.database.put("marks", { name: "clock", ms: next.ms, counter: next.counter });
    });
  }

  /** Forget what was answered more than 30 days ago. */
  tidy(): Promise<void> {
    return this.written(async () => {
      const writing = this.database.transaction("entries", "readwrite");
      const kept = (await writing.store.getAll()).filter((row) => row.outcome && !row.pending);
      const surplus = kept.length - KEEP_MOST;
      for (const [place, row] of kept.entries()) {
        const isOld = this.now() - row.answered > KEEP_MS && !isShown(row);
        if (isOld || place < surplus) await writing.store.delete(row.order);
      }
      await writing.done;
    });
  }

  /** Everything that is not settled, oldest first. */
  async waiting(): Promise<Waiting[]> {
    const { byMutation: photos } = await this.photosLeft();
    const rows = (await this.ownRows()).filter((row) => isShown(row) || photos.has(row.id));
    return Promise.all(
      rows.map(async (row) => {
        const { entry, mutation } = await this.open(row);
        const progress = progressOf(row, this.now());
        const left = photos.get(row.id) ?? 0;
        return { id: row.id, entry, madeAt: mutation.made_at, progress, reason: row.reason, photos: left };
      }),
    );
  }

  /** What lies over the documents, by entity, oldest first. */
  laid(): Promise<Map<string, Laid[]>> {
    return (this.lying ??= this.readLaid());
  }

  private async readLaid(): Promise<Map<string, Laid[]>> {
    const found = new Map<string, Laid[]>();
    for (const row of await this.ownRows()) {
      const isOpen = row.outcome === "";
      const isHeld = row.outcome === "held" && !row.settled;
      if (!isOpen && !isHeld) continue;
      const { entry, mutation } = await this.open(row);
      const laid = { entry, madeAt: mutation.made_at, isOpen, isHeld, reason: row.reason };
      found.set(row.entity, [...(found.get(row.entity) ?? []), laid]);
    }
    return found;
  }

  /** The entry of a mutation, to build its document when the server took it. */
  async entryOf(id: string): Promise<{ entry: Entry; madeAt: string } | null> {
    const row = await this.database.getFromIndex("entries", "id", id);
    if (!row || row.key !== this.writer.keyId) return null;
    const { entry, mutation } = await this.open(row);
    return { entry, madeAt: mutation.made_at };
  }

  /** How much waits, without opening anything. */
  async count(): Promise<{ waiting: number; photos: number; oldest: string | null; undoableUntil: number | null }> {
    const open = (await this.allRows()).filter((row) => row.pending && !row.outcome && isWork(row));
    const undoable = open.filter((row) => isUndoable(row, this.now()));
    return {
      waiting: open.length,
      photos: (await this.photosLeft()).pending,
      oldest: open[0] ? new Date(open[0].made).toISOString() : null,
      undoableUntil: undoable[0] ? undoable[0].made + UNDO_MS : null,
    };
  }

  async photo(sha256: string): Promise<Photo | null> {
    const row = await this.database.getFromIndex("photos", "sha256", sha256);
    if (!row || row.key !== this.writer.keyId) return null;
    return { sha256, type: row.type, bytes: await this.photoBytes(row) };
  }

  async photoBytes(row: PhotoRow): Promise<ArrayBuffer> {
    const own = await openBytes(this.writer.key, row.photoKey, placeOf(row.mutation, row.sha256));
    return openBytes(await keyOf(new Uint8Array(own)), row.sealed, row.sha256);
  }

  /** Photos whose entry the server has: an upload before it would belong to nothing. */
  async photosToUpload(): Promise<PhotoRow[]> {
    const rows = await this.database.getAllFromIndex("photos", "pending");
    const open = new Set((await this.database.getAllFromIndex("entries", "pending")).map((row) => row.id));
    return rows.filter((row) => row.key === this.writer.keyId && !open.has(row.mutation));
  }

  async noteUpload(row: PhotoRow, url: string): Promise<void> {
    await this.database.put("photos", { ...row, url });
  }

  dropPhoto(row: PhotoRow): Promise<void> {
    return this.written(() => this.database.delete("photos", [row.mutation, row.sha256]));
  }

  note(name: string): Promise<string | null> {
    return this.notes.get(name);
  }

  setNote(name: string, text: string | null): Promise<void> {
    return this.notes.set(name, text);
  }

  private inLine<T>(work: () => Promise<T>): Promise<T> {
    const next = this.line.then(work, work);
    this.line = next.catch(() => undefined);
    return next;
  }

  private async lastStamp(): Promise<Stamp> {
    const mark = await this.database.get("marks", "clock");
    const last = mark?.name === "clock" ? mark : { ms: 0, counter: 0 };
    return { ms: last.ms, counter: last.counter, device: this.writer.device };
  }

  private async stamps(count: number): Promise<Stamp[]> {
    const given: Stamp[] = [];
    let last = await this.lastStamp();
    while (given.length < count) given.push((last = tick(last, this.now())));
    await this.database.put("marks", { name: "clock", ms: last.ms, counter: last.counter });
    return given;
  }

  /**
   * The least of the row's number and the bases of edits that wait: what was pulled in between is
   * hidden under them. Nothing was seen where the form showed other values than stand here now.
   */
  private async baseOf(entry: Entry, seen: Seen, before: Omit<EntryRow, "order">[]): Promise<number> {
    if (entry.op === "create") return 0;
    const rows = await this.database.getAllFromIndex("entries", "entity", entry.entityId);
    const open = [...rows, ...before].filter((row) => row.entity === entry.entityId && row.pending && !row.outcome);
    const own = isAsSeen(entry, seen) ? seen.number : 0;
    return Math.min(own, ...open.map((row) => row.base));
  }

  private async rowOf(entry: Entry, base: number, stamp: Stamp): Promise<Omit<EntryRow, "order">> {
    const { userId, device, keyId, key, sealKey, app } = this.writer;
    const made = this.now();
    const id = newId(made);
    const context = { id, device, base, stamp: stampText(stamp), app, actor: userId, nowMs: made };
    const mutation = mutationOf(entry, context);
    const [sealed, forServer] = await Promise.all([
      sealValue(key, { entry, mutation }, id),
      sealKey ? sealToServer(sealKey, utf8(JSON.stringify(mutation))) : "",
    ]);
    const kind = entry.entity;
    const fresh = { outcome: "" as const, reason: "", answered: 0, settled: 0 as const, pending: 1 as const };
    return { id, key: keyId, device, n: null, kind, entity: entry.entityId, base, made, sealed, forServer, ...fresh };
  }

  /** A key of its own: the photo lies here once, and both we and the server can open it. */
  private async photoRow(photo: Photo, mutation: string): Promise<PhotoRow> {
    const own = newKeyBytes();
    const [sealed, photoKey, forServer] = await Promise.all([
      sealBytes(await keyOf(own), photo.bytes, photo.sha256),
      sealBytes(this.writer.key, own, placeOf(mutation, photo.sha256)),
      this.writer.sealKey ? sealToServer(this.writer.sealKey, own) : "",
    ]);
    const { sha256, type, bytes } = photo;
    return { mutation, sha256, type, size: bytes.byteLength, key: this.writer.keyId, pending: 1, url: "", sealed, photoKey, forServer };
  }

  private store(rows: Omit<EntryRow, "order">[], photos: PhotoRow[]): Promise<void> {
    return this.written(async () => {
      const writing = this.database.transaction(["entries", "photos"], "readwrite", { durability: "strict" });
      await committed(writing, [
        ...rows.map((row) => () => writing.objectStore("entries").add(row as EntryRow)),
        ...photos.map((photo) => () => writing.objectStore("photos").put(photo)),
      ]);
    });
  }

  private async ownRows(): Promise<EntryRow[]> {
    return (await this.allRows()).filter((row) => row.key === this.writer.keyId);
  }

  private allRows(): Promise<EntryRow[]> {
    return (this.rows ??= this.database.getAll("entries"));
  }

  /** Every write of entries and photos goes through here. */
  private async written<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } finally {
      this.rows = this.lying = this.photos = null;
    }
  }

  private photosLeft(): Promise<PhotosLeft> {
    return (this.photos ??= this.countPhotos());
  }

  private async countPhotos(): Promise<PhotosLeft> {
    const byMutation = new Map<string, number>();
    for (const [mutation] of await this.database.getAllKeys("photos")) {
      byMutation.set(mutation, (byMutation.get(mutation) ?? 0) + 1);
    }
    return { byMutation, pending: await this.database.countFromIndex("photos", "pending") };
  }

  private isNumbered(row: EntryRow): boolean {
    return row.device === this.writer.device && row.n !== null;
  }

  private async sent(row: EntryRow): Promise<Mutation & { n: number }> {
    const { mutation } = await this.open(row);
    return numbered(mutation, row.device, row.n as number);
  }

  private async open(row: EntryRow): Promise<Opened> {
    const known = this.opened.get(row.id);
    if (known) return known;
    const opened = await openValue<Opened>(this.writer.key, row.sealed as Bytes, row.id);
    this.opened.set(row.id, opened);
    return opened;
  }
}

/** Never numbered, and written within the last ten seconds; a clock set back ends it too. */
function isUndoable(row: EntryRow, nowMs: number): boolean {
  const age = nowMs - row.made;
  return row.n === null && row.outcome === "" && age >= 0 && age < UNDO_MS;
}

/** That something was read or put off is sent too, but nobody waits for it. */
function isWork(row: EntryRow): boolean {
  return row.kind !== "notice";
}

function isShown(row: EntryRow): boolean {
  return isWork(row) && isStanding(row);
}

function isStanding(row: EntryRow): boolean {
  return row.outcome === "" || (!row.settled && ["conflict", "held", "rejected"].includes(row.outcome));
}

function progressOf(row: EntryRow, nowMs: number): Progress {
  if (row.outcome === "") return isUndoable(row, nowMs) ? "undoable" : "waiting";
  if (row.settled || row.outcome === "applied" || row.outcome === "merged") return "sent";
  return row.outcome;
}

function isAsSeen(entry: Entry, { values }: Seen): boolean {
  if (!values) return true;
  return Object.entries(entry.was).every(([name, value]) => isEqual(values[name] ?? null, value ?? null));
}

function isEqual(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

/** The mutation that names the photo, or else the first of them. */
function ownerOf(photo: Photo, entries: Entry[], rows: Omit<EntryRow, "order">[]): string {
  const named = entries.findIndex((entry) => JSON.stringify(entry.set).includes(photo.sha256));
  return (rows[Math.max(0, named)] as EntryRow).id;
}

function placeOf(mutation: string, sha256: string): string {
  return `photo:${mutation}:${sha256}`;
}
