/**
 * The pill follows the worker, and pages marked data-live follow what a synchronisation brought,
 * unless somebody is typing in them.
 */
import htmx from "htmx.org";

const PAUSE_MS = 400;
let timer: ReturnType<typeof setTimeout> | undefined;

export function startPill(page: Document): void {
  for (const name of ["device:state", "device:documents"]) {
    page.addEventListener(name, () => {
      clearTimeout(timer);
      timer = setTimeout(() => void refresh(page), PAUSE_MS);
    });
  }
}

async function refresh(page: Document): Promise<void> {
  if (!page.getElementById("sync-pill") || page.visibilityState === "hidden") return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok || answer.url !== location.href) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  take(page, fresh, "#sync-pill");
  const live = page.querySelector("[data-live]");
  if (live && fresh.querySelector("[data-live]") && !isTouched(live)) take(page, fresh, "[data-live]");
}

function take(page: Document, fresh: Document, selector: string): void {
  const stands = page.querySelector(selector);
  const next = fresh.querySelector(selector);
  if (!stands || !next || stands.outerHTML === next.outerHTML) return;
  const made = page.importNode(next, true);
  stands.replaceWith(made);
  htmx.process(made);
}

/** Somebody reads an opened part, or types. */
function isTouched(live: Element): boolean {
  if (live.querySelector("details[open], dialog[open], [data-undo]")) return true;
  const focused = live.ownerDocument.activeElement;
  return focused !== null && live.contains(focused) && focused.matches("input, textarea, select");
}
