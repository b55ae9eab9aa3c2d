/** Unsent work as a file for the administrator: sealed to the server, so that it needs no PIN. */
import { base64 } from "../shared/bytes";
import type { EntryRow, OutboxDatabase, PhotoRow } from "./database";

export interface Parcels {
  format: "taizhang unsent work 1";
  user: string;
  made_at: string;
  items: string[];
  photos: { mutation: string; sha256: string; type: string; sealed: string; key: string }[];
}

/** All unsent work as a file for the administrator; nobody else can read it. */
export async function exported(database: OutboxDatabase, userId: string, nowMs: number): Promise<Parcels> {
  const photos = await database.getAll("photos");
  const { entries } = await unsent(database);
  return {
    format: "taizhang unsent work 1",
    user: userId,
    made_at: new Date(nowMs).toISOString(),
    items: entries.map((row) => row.forServer).filter(Boolean),
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
