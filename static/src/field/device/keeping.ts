/**
 * This page keeps the key for a worker that the browser stops, and forgets it after a pause.
 *
 * In memory alone: a page that is closed has forgotten it.
 */
import type { KeptKey } from "../../sw/session";
import type { Told } from "../../sw/device";
import { ask } from "./worker";

const LOOK_MS = 15_000;
const TELL_MS = 20_000;

let kept: KeptKey | null = null;
let toldAt = 0;

export function startKeeping(page: Document): void {
  navigator.serviceWorker.addEventListener("message", (event: MessageEvent<Told | { ask: "key" }>) => {
    if ("ask" in event.data) event.ports[0]?.postMessage(kept);
    else hear(event.data);
  });
  navigator.serviceWorker.startMessages();
  void ask<{ key: KeptKey | null }>({ ask: "key" }).then(({ key }) => keep(key), () => undefined);
  for (const sign of ["pointerdown", "keydown", "scroll", "input"]) {
    page.addEventListener(sign, touch, { passive: true, capture: true });
  }
  setInterval(() => void look(), LOOK_MS);
  page.addEventListener("visibilitychange", () => void look());
}

export function keep(key: KeptKey | null): void {
  kept = key ?? kept;
}

export function isUnlocked(): boolean {
  return kept !== null;
}

function hear(told: Told): void {
  if (told.tell === "key") keep(told.kept);
  if (told.tell !== "locked" || told.why === "changed") return;
  kept = null;
  if (told.why === "left") location.replace("/sign-in");
  // The same address shows the way to unlock it; what was typed is kept as a draft.
  else location.reload();
}

function touch(): void {
  if (!kept) return;
  kept.touched = Date.now();
  if (kept.touched - toldAt < TELL_MS) return;
  toldAt = kept.touched;
  void ask({ ask: "touched", at: kept.touched }).catch(() => undefined);
}

/** Another tab may have been touched meanwhile: the worker knows. */
async function look(): Promise<void> {
  if (!kept || !isIdle(kept)) return;
  const { key } = await ask<{ key: KeptKey | null }>({ ask: "key" }, LOOK_MS).catch(() => ({ key: null }));
  if (key && !isIdle(key)) kept = key;
  else await ask({ ask: "lock" });
}

function isIdle({ touched, lockMinutes }: KeptKey): boolean {
  return Date.now() - touched > lockMinutes * 60_000;
}
