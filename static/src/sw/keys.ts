/**
 * PIN or passphrase to key: PBKDF2 makes a key that unwraps the data key, which is never stored.
 *
 * A wrong try is counted before it is judged, so that killing the app counts too. The tenth
 * destroys the wrapped key: the replica is then unreadable and gone, the outbox only the server's.
 */
import type { Bytes } from "../shared/bytes";
import { utf8 } from "../shared/bytes";
import { SealBroken, keyOf, newKeyBytes, openBytes, sealBytes } from "../shared/sealing";
import { type Account, type AccountsDatabase, changeAccount } from "./accounts";

export const ROUNDS = 600_000;
export const MOST_TRIES = 10;
const SALT_BYTES = 16;
const LEAST_PIN = 6;
const LEAST_PASSPHRASE = 10;

/** The parts of an account that belong to its secret. */
export type Wrapping = Pick<Account, "secretKind" | "salt" | "rounds" | "wrapped" | "wrongTries" | "wiped">;

export type Opened = { key: CryptoKey } | { wrong: true; left: number } | { wiped: true };

/** `short`, `simple`, or empty when it will do. */
export function refusalOf(secret: string, kind: Account["secretKind"]): "" | "short" | "simple" {
  if (kind === "passphrase") return [...secret.trim()].length < LEAST_PASSPHRASE ? "short" : "";
  if (!/^\d+$/.test(secret) || secret.length < LEAST_PIN) return "short";
  return isSimple(secret) ? "simple" : "";
}

/** A new data key and how it lies under the secret. */
export async function makeKey(
  secret: string,
  kind: Account["secretKind"],
  rounds = ROUNDS,
): Promise<{ key: CryptoKey; wrapping: Wrapping }> {
  const bytes = newKeyBytes();
  return { key: await keyOf(bytes), wrapping: await wrap(bytes, secret, kind, rounds) };
}

/** Try a secret; the tenth wrong one leaves nothing to try. */
export async function tryOpen(database: AccountsDatabase, userId: string, secret: string): Promise<Opened> {
  const tried = await changeAccount(database, userId, countTry);
  if (!tried?.wrapped) return { wiped: true };
  const bytes = await unwrap(tried, secret);
  if (bytes) {
    await changeAccount(database, userId, () => ({ wrongTries: 0 }));
    return { key: await keyOf(bytes) };
  }
  if (tried.wrongTries < MOST_TRIES) return { wrong: true, left: MOST_TRIES - tried.wrongTries };
  await changeAccount(database, userId, () => ({ wrapped: null, wiped: "wrong_tries" }));
  return { wiped: true };
}

/** Another secret over the same data key. */
export async function changeSecret(
  database: AccountsDatabase,
  userId: string,
  secrets: { old: string; new: string; kind: Account["secretKind"] },
): Promise<Opened> {
  const opened = await tryOpen(database, userId, secrets.old);
  if (!("key" in opened)) return opened;
  const account = await database.get("accounts", userId);
  const bytes = account && (await unwrap(account, secrets.old));
  if (!bytes) return { wiped: true };
  const wrapping = await wrap(bytes, secrets.new, secrets.kind, account.rounds);
  await changeAccount(database, userId, () => wrapping);
  return opened;
}

function countTry(account: Account): Partial<Account> {
  return account.wrongTries < MOST_TRIES
    ? { wrongTries: account.wrongTries + 1 }
    : { wrapped: null, wiped: account.wiped || "wrong_tries" };
}

async function wrap(bytes: Bytes, secret: string, secretKind: Account["secretKind"], rounds: number): Promise<Wrapping> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const wrapped = await sealBytes(await stretched(secret, salt, rounds), bytes, "data key");
  return { secretKind, salt, rounds, wrapped, wrongTries: 0, wiped: "" };
}

/** Null when the secret is wrong. */
async function unwrap(account: Account, secret: string): Promise<Bytes | null> {
  const key = await stretched(secret, account.salt, account.rounds);
  try {
    return new Uint8Array(await openBytes(key, account.wrapped as Bytes, "data key"));
  } catch (failure) {
    if (failure instanceof SealBroken) return null;
    throw failure;
  }
}

async function stretched(secret: string, salt: Bytes, iterations: number): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey("raw", utf8(secret.normalize("NFKC")), "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  return crypto.subtle.deriveKey(how, base, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

/** One digit repeated, or all in a row up or down. */
function isSimple(pin: string): boolean {
  const steps = [...pin].slice(1).map((digit, place) => Number(digit) - Number(pin.charAt(place)));
  return new Set(steps).size === 1 && [-1, 0, 1].includes(steps[0] ?? 0);
}
