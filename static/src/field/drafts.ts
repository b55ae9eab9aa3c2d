/**
 * What is typed into a form marked data-keep goes to the worker as it is typed, which seals it; a
 * call, a lock, a crash or an update loses nothing.
 */
import { whenOn } from "../page/listening";

const PAUSE_MS = 400;
let timer: ReturnType<typeof setTimeout> | undefined;
let waiting: HTMLFormElement | null = null;

export function startDrafts(page: Document): void {
  whenOn<HTMLFormElement>(page, "input", "form[data-keep]", later);
  whenOn<HTMLFormElement>(page, "submit", "form[data-keep]", forget);
  page.addEventListener("visibilitychange", () => {
    if (page.visibilityState === "hidden") keepNow();
  });
  addEventListener("pagehide", keepNow);
}

/** For what changes a form without typing: a photo, a position. */
export function later(form: HTMLFormElement): void {
  waiting = form;
  clearTimeout(timer);
  timer = setTimeout(keepNow, PAUSE_MS);
}

function forget(): void {
  clearTimeout(timer);
  waiting = null;
}

function keepNow(): void {
  if (!waiting) return;
  const body = new FormData(waiting);
  body.set("draft", waiting.dataset["keep"] ?? "");
  forget();
  void fetch("/field/drafts", { method: "POST", body }).catch(() => undefined);
}
