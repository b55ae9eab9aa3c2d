/**
 * Pictures on their way into an entry.
 *
 * The page takes a photo, makes it smaller and free of what the camera wrote into it, and posts it
 * here at once; it is kept sealed until the form is recorded, so that nothing is taken twice.
 */
import type { Photo } from "../../outbox/entries";
import type { Answer, Request_, Route } from "../routes";
import { read } from "./notes";

const MOST_BYTES = 3_000_000;
const KINDS: readonly (readonly [type: string, start: readonly number[]])[] = [
  ["image/jpeg", [0xff, 0xd8, 0xff]],
  ["image/png", [0x89, 0x50, 0x4e, 0x47]],
  ["image/webp", [0x52, 0x49, 0x46, 0x46]],
];

async function keep(request: Request_): Promise<Answer> {
  const file = request.form.get("photo");
  const field = request.form.get("field") === "signature" ? "signature" : "photo";
  if (!(file instanceof Blob) || file.size === 0) return refused("photo_missing", field);
  if (file.size > MOST_BYTES) return refused("photo_large", field);
  const bytes = await file.arrayBuffer();
  const type = typeOf(new Uint8Array(bytes));
  if (type === null) return refused("photo_no_image", field);
  const sha256 = await digestOf(bytes);
  await request.writing.setNote(noteOf(sha256), JSON.stringify({ type, base64: toBase64(new Uint8Array(bytes)) }));
  return { template: "field/_photo.html", context: { photo: { sha256 }, field, error: null } };
}

function refused(code: string, field: string): Answer {
  return { template: "field/_photo.html", status: 422, context: { photo: null, field, error: { code } } };
}

async function show(request: Request_): Promise<Answer> {
  const sha256 = request.names["sha256"] ?? "";
  const found = (await keptPhoto(request, sha256)) ?? (await request.replica.photo(sha256));
  if (!found) return { template: "field/missing.html", context: {}, status: 404 };
  return { bytes: found.bytes, type: found.type };
}

/** The pictures that a form names, ready for the outbox; those that are gone are left out. */
export async function photosFor(request: Request_, names: string[]): Promise<Photo[]> {
  const found = await Promise.all(names.map((sha256) => keptPhoto(request, sha256)));
  return found.filter((photo): photo is Photo => photo !== null);
}

/** After they were recorded the outbox has them. */
export async function forgetPhotos(request: Request_, photos: Photo[]): Promise<void> {
  await Promise.all(photos.map((photo) => request.writing.setNote(noteOf(photo.sha256), null)));
}

/** The names of pictures in a form, each once. */
export function photoNames(form: FormData, field = "photo"): string[] {
  const names = form.getAll(field).map(String);
  return [...new Set(names.filter((name) => /^[0-9a-f]{64}$/.test(name)))];
}

async function keptPhoto(request: Request_, sha256: string): Promise<Photo | null> {
  const kept = read(await request.replica.note(noteOf(sha256)));
  const { type, base64 } = kept;
  if (typeof type !== "string" || typeof base64 !== "string") return null;
  return { sha256, type, bytes: fromBase64(base64) };
}

function typeOf(bytes: Uint8Array): string | null {
  const found = KINDS.find(([, start]) => start.every((byte, place) => bytes[place] === byte));
  return found?.[0] ?? null;
}

async function digestOf(bytes: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const STEP = 0x8000;

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += STEP) text += String.fromCharCode(...bytes.subarray(at, at + STEP));
  return btoa(text);
}

function fromBase64(text: string): ArrayBuffer {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let at = 0; at < raw.length; at += 1) bytes[at] = raw.charCodeAt(at);
  return bytes.buffer;
}

function noteOf(sha256: string): string {
  return `photo.${sha256}`;
}

export const photoRoutes: Route[] = [
  { method: "POST", path: "/field/photos", answer: keep },
  { method: "GET", path: "/field/photos/:sha256", answer: show },
];
