/**
 * The worker's own files, and when a new worker takes over.
 *
 * A new version is fetched whole while the old one works, and waits. It takes over when the person
 * agrees, nothing can be undone any more and no page has a form begun; then all tabs switch at once.
 */
import { assets } from "field/assets";

const PREFIX = "taizhang-";
const CACHE = PREFIX + assets.version;

/** Fetch every file, or fail: a version is on the device whole or not at all. */
export async function install(): Promise<void> {
  const left = await isLeftForLater();
  const files = Object.values(assets.files).filter((url) => !left || !assets.later.includes(url));
  await (await caches.open(CACHE)).addAll(files);
}

/**
 * A first load does without the English sentences. A device that has them from an older version
 * gets the new ones with the others: it never loses its language.
 */
async function isLeftForLater(): Promise<boolean> {
  const kept = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
  const marks = assets.later.map(unmarked);
  return !kept.flat().some(({ url }) => marks.includes(unmarked(new URL(url).pathname)));
}

/** `/static/field-en-0123456789.json` without the mark of its content. */
function unmarked(path: string): string {
  return path.replace(/-[0-9a-f]+(\.\w+)$/, "$1");
}

let isWhole = false;

/** Fetch what was left for later. Fails silently: it is asked for again. */
export async function complete(): Promise<void> {
  if (isWhole) return;
  isWhole = (await Promise.all(assets.later.map((url) => kept(url).catch(() => null)))).every((answer) => answer?.ok);
}

/** Older versions' files go when no page uses them any more. */
export async function tidyFiles(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)));
}

/** A built file: from the device, else from the network, and from then on from the device. */
export async function kept(url: string): Promise<Response> {
  const known = await caches.match(url);
  if (known) return known;
  const answer = await fetch(url);
  if (answer.ok && assets.later.includes(new URL(url, location.href).pathname)) {
    await (await caches.open(CACHE)).put(url, answer.clone()).catch(() => undefined);
  }
  return answer;
}

export function isKept(url: URL): boolean {
  return Object.values(assets.files).includes(url.pathname);
}
