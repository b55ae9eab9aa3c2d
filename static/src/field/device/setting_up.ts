/** The set-up page: a worker, a device id, a key, and the first documents. */
import type { SyncState } from "../../outbox/entries";
import type { Unlocked } from "../../sw/device";
import { clear, field, tell, whileBusy } from "./forms";
import { keep } from "./keeping";
import { kindOf } from "./unlocking";
import { ask, startWorker } from "./worker";

const NEEDED: readonly (readonly [name: string, isThere: () => boolean])[] = [
  ["secure", () => isSecureContext && "subtle" in crypto],
  ["worker", () => "serviceWorker" in navigator],
  ["storage", () => "indexedDB" in window],
  ["compression", () => "CompressionStream" in window],
  ["locks", () => "locks" in navigator],
];

/** The first thing this browser lacks, or empty. */
export function missing(): string {
  return NEEDED.find(([, isThere]) => !isThere())?.[0] ?? "";
}

export async function setUp(form: HTMLFormElement): Promise<void> {
  await whileBusy(form, async () => {
    if (missing()) return tell(form, missing());
    if (field(form, "secret") !== field(form, "again")) return tell(form, "differs");
    tell(form, "preparing");
    await startWorker();
    const answer = await ask<Unlocked | { ok: false; why: string }>({ ask: "enrol", wish: wishOf(form) });
    if (!answer.ok) return tell(form, answer.why);
    clear(form);
    keep(answer.kept);
    // Asked for now, when the person has just said that this device is to keep things.
    await navigator.storage?.persist?.().catch(() => false);
    await firstPull(form);
    location.replace("/field/");
  });
}

function wishOf(form: HTMLFormElement): import("../../sw/device").Wish {
  return {
    secret: field(form, "secret"),
    kind: kindOf(form),
    language: field(form, "language") || "zh",
    deviceName: field(form, "name") || platform(),
    platform: platform(),
  };
}

/** Until the feed's end is reached once; a bad link only makes it longer. */
async function firstPull(form: HTMLFormElement): Promise<void> {
  const page = form.ownerDocument;
  page.addEventListener("device:pulled", (event) => {
    tell(form, "loading", { documents: (event as CustomEvent<number>).detail });
  });
  tell(form, "loading", { documents: 0 });
  for (let tries = 0; ; tries += 1) {
    const { trouble } = await ask<{ trouble: string }>({ ask: "sync", why: "button" }).catch(() => ({ trouble: "slow" }));
    const { state } = await ask<{ state: SyncState | null }>({ ask: "state" });
    if (state?.pulledAt) return;
    if (trouble && trouble !== "slow" && tries > 0) tell(form, "waiting");
    await new Promise((done) => setTimeout(done, trouble ? 3_000 : 500));
  }
}

/** `Android 平板` is for the desk's list of devices to say; this is only the system's name. */
function platform(): string {
  const { userAgent } = navigator;
  const found = /Android|iPhone|iPad|Windows|Macintosh|Linux/.exec(userAgent)?.[0];
  return found ?? "browser";
}
