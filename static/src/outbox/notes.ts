/** Small things that pages keep for themselves: sealed on the disk, open in the worker's memory. */
import { openValue, sealValue } from "../shared/sealing";
import { committed } from "../shared/storing";
import type { OutboxDatabase } from "./database";

interface Sealing {
  readonly keyId: string;
  readonly key: CryptoKey;
}

export class Notes {
  private readonly known = new Map<string, Promise<string | null>>();
  private line: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: OutboxDatabase,
    private readonly sealing: Sealing,
  ) {}

  get(name: string): Promise<string | null> {
    const known = this.known.get(name);
    if (known) return known;
    const read = this.read(name);
    this.known.set(name, read);
    read.catch(() => this.known.delete(name));
    return read;
  }

  /** Null takes it away. Throws StorageFull; then the note is as it was. */
  async set(name: string, text: string | null): Promise<void> {
    // Whoever asks before it is on the disk hears the new text.
    const fresh = Promise.resolve(text);
    this.known.set(name, fresh);
    try {
      await this.inLine(() => this.write(name, text));
    } catch (failure) {
      if (this.known.get(name) === fresh) this.known.delete(name);
      throw failure;
    }
  }

  /** One after the other: the last that was set stands on the disk too. */
  private inLine(work: () => Promise<void>): Promise<void> {
    const next = this.line.then(work, work);
    this.line = next;
    return next;
  }

  private async read(name: string): Promise<string | null> {
    const { key, keyId } = this.sealing;
    const row = await this.database.get("notes", name);
    return row && row.key === keyId ? openValue<string>(key, row.sealed, placeOf(name)) : null;
  }

  private async write(name: string, text: string | null): Promise<void> {
    const { key, keyId } = this.sealing;
    if (text === null) return this.database.delete("notes", name);
    const sealed = await sealValue(key, text, placeOf(name));
    const writing = this.database.transaction("notes", "readwrite");
    await committed(writing, [() => writing.store.put({ name, key: keyId, sealed })]);
  }
}

function placeOf(name: string): string {
  return `note:${name}`;
}
