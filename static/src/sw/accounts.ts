/** Who uses this browser: what must be known before anything can be unlocked. */
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Bytes } from "../shared/bytes";

export interface Account {
  userId: string;
  userName: string;
  language: string;
  deviceId: string;
  deviceName: string;
  secretKind: "pin" | "passphrase";
  /** Names the data key, so that what another key sealed is known. */
  keyId: string;
  salt: Bytes;
  rounds: number;
  /** The data key under the PIN's; null after too many wrong ones, or a wipe. */
  wrapped: Bytes | null;
  wrongTries: number;
  /** Until when the replica may be read without contact: ISO 8601. */
  leaseUntil: string;
  /** The latest moment ever seen here (ms): a clock that is set back does not bring it back. */
  seenMs: number;
  lockMinutes: number;
  /** Sealed with the data key. */
  receiptKey: Bytes;
  /** The server's public point (base64). */
  sealKey: string;
  /** The bank's timezone, as the server said last. */
  zone?: string;
  /** Why there is nothing here any more: `wrong_tries`, `revoked`; else empty. */
  wiped: string;
}

/** What was pressed on a notification: nothing but the notice's id and what it is to be. */
export interface Mark {
  id: string;
  state: "read" | "snoozed" | "done";
  /** Of a snooze: until when (ISO 8601). */
  until: string | null;
  /** When it was pressed (ms). */
  at: number;
}

interface AccountsSchema extends DBSchema {
  accounts: { key: string; value: Account };
  marks: { key: string; value: Mark };
}

export type AccountsDatabase = IDBPDatabase<AccountsSchema>;

export function openAccounts(): Promise<AccountsDatabase> {
  return openDB<AccountsSchema>("taizhang-device", 2, {
    upgrade(database, from) {
      if (from < 1) database.createObjectStore("accounts", { keyPath: "userId" });
      if (from < 2) database.createObjectStore("marks", { keyPath: "id" });
    },
    blocking(_current, _blocked, event) {
      (event.target as IDBDatabase).close();
    },
  });
}

/** Change an account in one transaction. Undefined when there is none. */
export async function changeAccount(
  database: AccountsDatabase,
  userId: string,
  change: (account: Account) => Partial<Account>,
): Promise<Account | undefined> {
  const writing = database.transaction("accounts", "readwrite", { durability: "strict" });
  const account = await writing.store.get(userId);
  const changed = account && { ...account, ...change(account) };
  if (changed) await writing.store.put(changed);
  await writing.done;
  return changed;
}
