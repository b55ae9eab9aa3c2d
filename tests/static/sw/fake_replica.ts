/** A device in memory: documents, an outbox that undoes, notes; and requests as the worker makes them. */
import type { Entry, Photo, Progress, SyncState, Waiting } from "../../../static/src/outbox/entries";
import type { Documents, Kind } from "../../../static/src/replica/documents";
import { overlaid } from "../../../static/src/replica/overlay";
import type { Device, Found, Held, Replica, Writing } from "../../../static/src/replica/reading";
import { routes } from "../../../static/src/sw/pages/index";
import type { Answer, Request_ } from "../../../static/src/sw/routes";

export const TODAY = "2026-03-10";
export const NOW = new Date("2026-03-10T10:30:00+08:00");
const ORIGIN = "https://bank.test";

export const DEVICE: Device = {
  id: "019d0000-0000-7000-8000-0000000000d1",
  userId: "officer",
  userName: "陈晓明",
  language: "zh",
  receiptKey: new Uint8Array(32).fill(7).buffer,
  leaseUntil: "2026-03-24T00:00:00Z",
};

export const SYNCED: SyncState = {
  online: true,
  waiting: 0,
  photos: 0,
  oldest: null,
  pulledAt: "2026-03-10T00:15:00Z",
  busy: false,
  trouble: "",
  needsSignIn: false,
};

type Rows = { [K in Kind]?: Documents[K][] };

interface Kept extends Waiting {
  settled: boolean;
}

export class FakeDevice implements Replica, Writing {
  now = NOW;
  today = TODAY;
  language = "zh";
  status: SyncState = SYNCED;
  readonly notes = new Map<string, string>();
  readonly photos = new Map<string, Photo>();
  readonly outbox: Kept[] = [];
  private made = 0;

  constructor(readonly rows: Rows = {}) {}

  async device(): Promise<Device> {
    return { ...DEVICE, language: this.language };
  }

  async get<K extends Kind>(kind: K, id: string): Promise<Held<K> | null> {
    return (await this.all(kind)).find((held) => held.document.id === id) ?? null;
  }

  async all<K extends Kind>(kind: K): Promise<Held<K>[]> {
    const pulled = (this.rows[kind] ?? []) as Documents[K][];
    const entries = this.outbox.filter((each) => each.entry.entity === kind);
    const ids = new Set([...pulled.map((document) => document.id), ...entries.map((each) => each.entry.entityId)]);
    return [...ids].flatMap((id) => {
      const laid = entries
        .filter((each) => each.entry.entityId === id)
        .map((each) => ({
          entry: each.entry,
          madeAt: each.madeAt,
          isOpen: ["undoable", "waiting", "sent"].includes(each.progress),
          isHeld: each.progress === "held",
          reason: each.reason,
        }));
      const document = pulled.find((each) => each.id === id) ?? null;
      const held = overlaid(kind, document, laid, { userId: DEVICE.userId, userName: DEVICE.userName });
      return held ? [held] : [];
    });
  }

  async ofCustomer<K extends Kind>(kind: K, customerId: string): Promise<Held<K>[]> {
    const all = await this.all(kind);
    return all.filter((held) => (held.document as { customer_id?: string }).customer_id === customerId);
  }

  async loansDue(until: string): Promise<Held<"loan">[]> {
    const loans = await this.all("loan");
    const due = (loan: Documents["loan"]) => loan.unpaid_due_on ?? loan.next_due_on ?? "9999";
    return loans
      .filter(({ document }) => due(document) <= until && document.settled_on === null)
      .sort((one, other) => (due(one.document) < due(other.document) ? -1 : 1));
  }

  async search(text: string, limit: number): Promise<Found[]> {
    const customers = await this.all("customer");
    const small = text.toLowerCase();
    return customers
      .filter(({ document }) => document.name.includes(text) || document.keys.some((key) => key.startsWith(small)))
      .slice(0, limit)
      .map(({ document }) => ({ customerId: document.id, name: document.name, no: document.no }));
  }

  async waiting(): Promise<Waiting[]> {
    return this.outbox;
  }

  async photo(sha256: string): Promise<Photo | null> {
    return this.photos.get(sha256) ?? null;
  }

  async state(): Promise<SyncState> {
    const unsent = this.outbox.filter((each) => ["undoable", "waiting", "sent"].includes(each.progress));
    return { ...this.status, waiting: unsent.length, photos: this.photos.size, oldest: unsent[0]?.madeAt ?? null };
  }

  async note(name: string): Promise<string | null> {
    return this.notes.get(name) ?? null;
  }

  async setNote(name: string, text: string | null): Promise<void> {
    if (text === null) this.notes.delete(name);
    else this.notes.set(name, text);
  }

  async record(entries: Entry[], photos: Photo[] = []): Promise<string[]> {
    for (const photo of photos) this.photos.set(photo.sha256, photo);
    return entries.map((entry) => this.hold(entry, "undoable", "", photos.length));
  }

  async undo(mutation: string): Promise<boolean> {
    const at = this.outbox.findIndex((each) => each.id === mutation && each.progress === "undoable");
    if (at < 0) return false;
    this.outbox.splice(at, 1);
    return true;
  }

  async dismiss(mutations: string[]): Promise<void> {
    for (const id of mutations) this.outbox.splice(this.outbox.findIndex((each) => each.id === id), 1);
  }

  /** Put an entry into the outbox as if it had been made. */
  hold(entry: Entry, progress: Progress, reason = "", photos = 0, madeAt = this.now.toISOString()): string {
    const id = this.newId();
    this.outbox.push({ id, entry, madeAt, progress, reason, photos, settled: false });
    return id;
  }

  newId(): string {
    this.made += 1;
    return `019d0000-0000-7000-9000-${String(this.made).padStart(12, "0")}`;
  }
}

export type Page = { template: string; context: Record<string, any>; status?: number };

/** Ask for a page as the browser would. */
export async function open(device: FakeDevice, path: string, isFragment = false): Promise<Page> {
  const answer = await ask(device, "GET", path, new FormData(), isFragment);
  if (!("template" in answer)) throw new Error(`${path} answered ${JSON.stringify(answer)}`);
  return answer as Page;
}

export type Fields = Record<string, string | string[] | Blob>;

export async function post(device: FakeDevice, path: string, fields: Fields = {}): Promise<Answer> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (Array.isArray(value)) for (const each of value) form.append(name, each);
    else form.append(name, value);
  }
  return ask(device, "POST", path, form, false);
}

/** What a form that was refused shows. */
export async function refused(device: FakeDevice, path: string, fields: Fields = {}): Promise<Page> {
  const answer = await post(device, path, fields);
  if (!("template" in answer)) throw new Error(`${path} was taken: ${JSON.stringify(answer)}`);
  return answer as Page;
}

/** Where a form that was taken leads. */
export async function taken(device: FakeDevice, path: string, fields: Fields = {}): Promise<string> {
  const answer = await post(device, path, fields);
  if (!("redirect" in answer)) throw new Error(`${path} was refused: ${JSON.stringify(answer)}`);
  return answer.redirect;
}

/** Where a page without anything to show leads. */
export async function led(device: FakeDevice, path: string): Promise<string> {
  const answer = await ask(device, "GET", path, new FormData(), false);
  if (!("redirect" in answer)) throw new Error(`${path} leads nowhere`);
  return answer.redirect;
}

async function ask(device: FakeDevice, method: "GET" | "POST", path: string, form: FormData, isFragment: boolean): Promise<Answer> {
  const url = new URL(path, ORIGIN);
  for (const route of routes) {
    const names = route.method === method ? namesIn(route.path, url.pathname) : null;
    if (names) return route.answer(requestOf(device, url, names, form, isFragment));
  }
  throw new Error(`no route for ${method} ${path}`);
}

function namesIn(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split("/");
  const parts = path.split("/");
  if (wanted.length !== parts.length) return null;
  const names: Record<string, string> = {};
  for (const [place, part] of wanted.entries()) {
    if (part.startsWith(":")) names[part.slice(1)] = decodeURIComponent(parts[place] ?? "");
    else if (part !== parts[place]) return null;
  }
  return names;
}

function requestOf(device: FakeDevice, url: URL, names: Record<string, string>, form: FormData, isFragment: boolean): Request_ {
  const { today, now } = device;
  return { url, names, form, replica: device, writing: device, today, now, newId: () => device.newId(), isFragment };
}
