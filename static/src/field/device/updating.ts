/**
 * A new version waits for a calm moment and for the person: then all tabs take it together.
 *
 * `[data-device="update"]` shows when one waits. It is refused while an entry can still be undone
 * or a form is begun in any tab: `[data-why="undoable"]`, `[data-why="open_form"]` beside it.
 */
import { tell } from "./forms";
import { ask } from "./worker";

const CALM_MS = 300;
const LOOK_MS = 3_600_000;
const tabs = new BroadcastChannel("taizhang-tabs");

export function startUpdating(page: Document): void {
  let hadWorker = navigator.serviceWorker.controller !== null;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (hadWorker) location.reload();
    hadWorker = true;
  });
  tabs.addEventListener("message", (event: MessageEvent<string>) => {
    if (event.data === "calm?" && isBegun(page)) tabs.postMessage("busy");
  });
  page.addEventListener("click", (event) => {
    const button = (event.target as Element).closest("[data-device='update'] button");
    if (button) void takeOver(page);
  });
  // A page that was swapped in does not know yet that a version waits.
  page.addEventListener("htmx:after:process", () => void watch(page));
  void watch(page);
  setInterval(() => void navigator.serviceWorker.getRegistration().then((found) => found?.update()).catch(() => undefined), LOOK_MS);
}

async function watch(page: Document): Promise<void> {
  const registration = await navigator.serviceWorker.getRegistration();
  if (!registration) return;
  const show = () => {
    for (const place of page.querySelectorAll<HTMLElement>("[data-device='update']")) place.hidden = !registration.waiting;
  };
  show();
  registration.addEventListener("updatefound", () => {
    registration.installing?.addEventListener("statechange", show);
  });
}

async function takeOver(page: Document): Promise<void> {
  const registration = await navigator.serviceWorker.getRegistration();
  const refusal = await refusalOf(page);
  for (const place of page.querySelectorAll("[data-device='update']")) tell(place, refusal);
  if (!refusal) registration?.waiting?.postMessage({ ask: "take_over" });
}

async function refusalOf(page: Document): Promise<"" | "undoable" | "open_form"> {
  const { undoableUntil } = await ask<{ undoableUntil: number | null }>({ ask: "undoable" });
  if (undoableUntil !== null) return "undoable";
  return isBegun(page) || (await isAnyBusy()) ? "open_form" : "";
}

function isAnyBusy(): Promise<boolean> {
  return new Promise((done) => {
    const hear = (event: MessageEvent<string>) => {
      if (event.data === "busy") done(true);
    };
    tabs.addEventListener("message", hear);
    tabs.postMessage("calm?");
    setTimeout(() => {
      tabs.removeEventListener("message", hear);
      done(false);
    }, CALM_MS);
  });
}

/** A form is begun when a text in it is not as it came. */
function isBegun(page: Document): boolean {
  const typed = page.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("form input[type='text'], form input[type='tel'], form textarea");
  return [...typed].some((input) => input.value !== input.defaultValue);
}
