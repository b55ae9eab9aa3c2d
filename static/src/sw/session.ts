/** Who is unlocked, with the key and everything that stands on it; in memory only. */
import type { Outbox } from "../outbox/outbox";
import type { DeviceReplica } from "../replica/replica";
import type { Store } from "../replica/store";
import type { Account } from "./accounts";

export interface Session {
  account: Account;
  key: CryptoKey;
  store: Store;
  outbox: Outbox;
  replica: DeviceReplica;
  /** Close the databases: the session is over. */
  close(): void;
}

/** What a page keeps for a worker that the browser stopped meanwhile. */
export interface KeptKey {
  userId: string;
  keyId: string;
  key: CryptoKey;
  /** When the person last touched a page (ms). */
  touched: number;
  /** After so long a pause the page locks. */
  lockMinutes: number;
}
