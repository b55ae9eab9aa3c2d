/** What makes the worker synchronise, and telling the page how it stands. */
import type { SyncState } from "../../outbox/entries";
import type { Told } from "../../sw/device";
import type { Why } from "../../sw/sync/engine";
import { isUnlocked } from "./keeping";
import { ask } from "./worker";

const EVERY_MS = 60_000;
/** A little after an entry can no longer be undone. */
const AFTER_UNDO_MS = 10_500;
const QUICK_MS = 5_000;

let afterUndo: ReturnType<typeof setTimeout> | undefined;

/**
 * Pages hear `device:state` (its detail is a SyncState), `device:documents` when what they show may
 * have changed, and `device:pulled` (a count) while a synchronisation goes on.
 */
export function startSyncing(page: Document): void {
  navigator.serviceWorker.addEventListener("message", (event: MessageEvent<Told>) => hear(page, event.data));
  addEventListener("online", () => sync("online"));
  page.addEventListener("visibilitychange", () => {
    if (page.visibilityState === "visible") sync("visible");
  });
  page.addEventListener("click", (event) => {
    if ((event.target as Element).closest("[data-device='sync']")) sync("button");
  });
  setInterval(() => {
    if (page.visibilityState === "visible") sync("timer");
  }, EVERY_MS);
  sync("start");
  void listen(page);
}

export function sync(why: Why): void {
  void ask({ ask: "sync", why }).catch(() => undefined);
}

function hear(page: Document, told: Told): void {
  if (told.tell === "state") {
    announce(page, "state", told.state);
    if (told.state.waiting > 0) sendAfterUndo(told.state);
  }
  if (told.tell === "documents") announce(page, "documents", null);
  if (told.tell === "pulled") announce(page, "pulled", told.documents);
}

function sendAfterUndo(state: SyncState): void {
  if (state.busy || afterUndo !== undefined) return;
  afterUndo = setTimeout(() => {
    afterUndo = undefined;
    sync("wrote");
  }, AFTER_UNDO_MS);
}

function announce(page: Document, name: string, detail: unknown): void {
  page.dispatchEvent(new CustomEvent(`device:${name}`, { detail }));
}

/** Hold a request open while the page shows: it is answered when something changed. */
async function listen(page: Document): Promise<void> {
  for (;;) {
    const began = Date.now();
    const hasChanged = page.visibilityState === "visible" && isUnlocked() && navigator.onLine && (await waited());
    if (hasChanged) sync("visible");
    // An answer at once means that too many wait: then the timer has to do.
    if (Date.now() - began < QUICK_MS) await new Promise((done) => setTimeout(done, EVERY_MS));
  }
}

async function waited(): Promise<boolean> {
  try {
    const { device, hi } = await ask<{ device: string; hi: number }>({ ask: "listening" });
    if (!device) return false;
    const query = new URLSearchParams({ device, after: String(hi) });
    return (await fetch(`/sync/v1/events?${query}`, { cache: "no-store" })).status === 200;
  } catch {
    return false;
  }
}
