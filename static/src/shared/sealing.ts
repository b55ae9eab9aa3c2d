/**
 * Sealing: what lies on the disk can be read with the data key alone, which is in memory only.
 *
 * A sealed value is iv (12 bytes) and AES-256-GCM text. `place` says where it lies (store and key),
 * so that one record put in the place of another does not open.
 */
import { type Bytes, base64, fromBase64, joined, textOf, utf8 } from "./bytes";

const IV_BYTES = 12;
const KEY_BYTES = 32;
const POINT: EcKeyImportParams = { name: "ECDH", namedCurve: "P-256" };

/** Thrown where a value was altered, lies in the wrong place or was sealed with another key. */
export class SealBroken extends Error {}

export function newKeyBytes(): Bytes {
  return crypto.getRandomValues(new Uint8Array(KEY_BYTES));
}

/** The key of these bytes; nobody can read the bytes out of it again. */
export function keyOf(bytes: Bytes): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
}

export async function sealBytes(key: CryptoKey, plain: BufferSource, place: string): Promise<Bytes> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const additionalData = utf8(place);
  const text = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData }, key, plain);
  return joined(iv, new Uint8Array(text));
}

/** Throws SealBroken. */
export async function openBytes(key: CryptoKey, sealed: Bytes, place: string): Promise<ArrayBuffer> {
  const iv = sealed.subarray(0, IV_BYTES);
  const additionalData = utf8(place);
  try {
    const text = sealed.subarray(IV_BYTES);
    return await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData }, key, text);
  } catch {
    throw new SealBroken(place);
  }
}

export function sealValue(key: CryptoKey, value: unknown, place: string): Promise<Bytes> {
  return sealBytes(key, utf8(JSON.stringify(value)), place);
}

/** Throws SealBroken. */
export async function openValue<T>(key: CryptoKey, sealed: Bytes, place: string): Promise<T> {
  return JSON.parse(textOf(await openBytes(key, sealed, place))) as T;
}

/**
 * Seal to the server's P-256 point (base64 of 65 bytes): whoever has this device cannot open it.
 * Gives base64 of the ephemeral point, iv and text, as server/crypto/sealing.py opens it.
 */
export async function sealToServer(point: string, plain: Bytes): Promise<string> {
  const theirs = await crypto.subtle.importKey("raw", fromBase64(point), POINT, false, []);
  const once = await crypto.subtle.generateKey(POINT, false, ["deriveBits"]);
  const shared = { name: "ECDH", public: theirs };
  const secret = await crypto.subtle.deriveBits(shared, once.privateKey, 256);
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const text = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await stretched(secret), plain);
  const ours = await crypto.subtle.exportKey("raw", once.publicKey);
  return base64(joined(new Uint8Array(ours), iv, new Uint8Array(text)));
}

async function stretched(secret: ArrayBuffer): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
  const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: utf8("taizhang outbox 1") };
  return crypto.subtle.deriveKey(how, base, { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
}
