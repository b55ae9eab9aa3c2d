/**
 * What every page of the field app does for the device: keep the key, make it synchronise, lock,
 * update. Also the forms that carry a PIN, which go to the worker by message and to nobody else.
 */
import { startInstalling } from "./installing";
import { startKeeping } from "./keeping";
import { startLeaving } from "./leaving";
import { missing, setUp } from "./setting_up";
import { startSyncing } from "./syncing";
import { changeSecret, unlock } from "./unlocking";
import { startUpdating } from "./updating";
import { startWorker } from "./worker";

const FORMS: Record<string, (form: HTMLFormElement) => Promise<void>> = {
  unlock,
  enrol: setUp,
  "change-secret": changeSecret,
};

export function startDevice(page: Document): void {
  page.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    const act = FORMS[form.dataset["device"] ?? ""];
    if (!act) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    void act(form);
  }, { capture: true });
  page.addEventListener("change", (event) => showKeyboard(event.target as HTMLInputElement));
  for (const place of page.querySelectorAll<HTMLElement>("[data-missing]")) {
    place.hidden = place.dataset["missing"] !== missing();
  }
  if (missing()) return;
  startLeaving(page);
  startKeeping(page);
  startSyncing(page);
  startUpdating(page);
  startInstalling(page);
  void waken(page);
}

/** Digits for a PIN, letters for a passphrase. */
function showKeyboard(chosen: HTMLInputElement): void {
  if (chosen.dataset["field"] !== "kind") return;
  for (const input of chosen.form?.querySelectorAll<HTMLInputElement>("[data-field='secret'], [data-field='again']") ?? []) {
    input.inputMode = chosen.value === "pin" ? "numeric" : "text";
  }
}

/** The server answered under /field/: the worker is not at work yet, so start it and ask again. */
async function waken(page: Document): Promise<void> {
  if (!page.querySelector("[data-device='waken']")) return sessionStorage.removeItem("waken");
  await startWorker();
  const tried = sessionStorage.getItem("waken") ?? "0";
  sessionStorage.setItem("waken", String(Number(tried) + 1));
  if (Number(tried) < 2) location.reload();
  else location.replace("/field/start");
}
