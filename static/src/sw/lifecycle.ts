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
  const cache = await caches.open(CACHE);
  await cache.addAll(Object.values(assets.files));
}

/** Older versions' files go when no page uses them any more. */
export async function tidyFiles(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)));
}

/** A built file: from the device, else from the network. */
export async function kept(url: string): Promise<Response> {
  return (await caches.match(url)) ?? fetch(url);
}

export function isKept(url: URL): boolean {
  return Object.values(assets.files).includes(url.pathname);
}
