/**
 * What waits here under a key nobody has any more (a forgotten PIN, too many wrong ones).
 *
 * Only the server can open it: it is handed in as it lies, or carried to the administrator as a
 * file. Neither needs the PIN.
 */
import { base64 } from "../shared/bytes";
import type { Answer } from "./outbox";
import type { EntryRow, OutboxDatabase, PhotoRow } from "./database";

/** Entries of one former device. */
export interface Parcel {
  device: string;
  ids: string[];
  items: string[];
}

/** By device, oldest first; `keyId` is the key that is at hand. */
export async function parcels(database: OutboxDatabase, keyId: string): Promise<Parcel[]> {
  const found = new Map<string, Parcel>();
  for (const row of await database.getAllFromIndex("entries", "pending")) {
    if (row.key === keyId || !row.forServer) continue;
    const parcel = found.get(row.device) ?? { device: row.device, ids: [], items: [] };
    parcel.ids.push(row.id);
    parcel.items.push(row.forServer);
    found.set(row.device, parcel);
  }
  return [...found.values()];
}

/** The server has them: they are kept like any other answered entry. */
export async function handedIn(database: OutboxDatabase, answers: Answer[], nowMs: number): Promise<void> {
  const writing = database.transaction("entries", "readwrite", { durability: "strict" });
  for (const { mutation, outcome, reason = "" } of answers) {
    const row = await writing.store.index("id").get(mutation);
    if (!row) continue;
    delete row.pending;
    await writing.store.put({ ...row, outcome, reason, answered: nowMs });
  }
  await writing.done;
}

export interface Parcels {
  format: "taizhang unsent work 1";
  user: string;
  made_at: string;
  devices: { device: string; items: string[] }[];
  photos: { mutation: string; sha256: string; type: string; sealed: string; key: string }[];
}

/** All unsent work as a file for the administrator; nobody else can read it. */
export async function exported(database: OutboxDatabase, userId: string, nowMs: number): Promise<Parcels> {
  const photos = await database.getAll("photos");
  const devices = await parcels(database, "");
  return {
    format: "taizhang unsent work 1",
    user: userId,
    made_at: new Date(nowMs).toISOString(),
    devices: devices.map(({ device, items }) => ({ device, items })),
    photos: photos.filter((row) => row.pending).map(written),
  };
}

function written({ mutation, sha256, type, sealed, forServer }: PhotoRow): Parcels["photos"][number] {
  return { mutation, sha256, type, sealed: base64(sealed), key: forServer };
}

/** What waits, by entries and photos, whoever can open it. */
export async function unsent(database: OutboxDatabase): Promise<{ entries: EntryRow[]; photos: number }> {
  const rows = await database.getAllFromIndex("entries", "pending");
  const photos = await database.countFromIndex("photos", "pending");
  return { entries: rows.filter((row) => !row.outcome), photos };
}
