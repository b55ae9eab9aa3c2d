/**
 * How long the replica may be read without contact, and after which pause it locks.
 *
 * The latest moment ever seen is kept, so that setting the clock back wins nothing; a clock that
 * once ran ahead is put right by the next contact, which brings the server's time.
 */
import { type Account, type AccountsDatabase, changeAccount } from "./accounts";

/** The moment as far as the lease is concerned. */
export function leaseTime(account: Account, nowMs: number): number {
  return Math.max(account.seenMs, nowMs);
}

export function isLapsed(account: Account, nowMs: number): boolean {
  return leaseTime(account, nowMs) > Date.parse(account.leaseUntil);
}

/** Time has passed here. */
export async function notePassing(database: AccountsDatabase, userId: string, nowMs: number): Promise<void> {
  await changeAccount(database, userId, (account) => ({ seenMs: leaseTime(account, nowMs) }));
}

/** The server was heard: its time counts, and its lease. */
export async function noteContact(
  database: AccountsDatabase,
  userId: string,
  contact: { serverMs: number; leaseUntil: string; sealKey: string },
): Promise<void> {
  const { serverMs, leaseUntil, sealKey } = contact;
  await changeAccount(database, userId, () => ({ seenMs: serverMs, leaseUntil, sealKey }));
}
