/** The seconds that are left to take back what was just recorded; then the button goes. */
import { whenShown } from "../page/listening";

export function startUndo(page: Document): void {
  whenShown(page, () => {
    for (const form of page.querySelectorAll<HTMLElement>("[data-undo]:not([data-counting])")) count(form);
  });
}

function count(form: HTMLElement): void {
  form.dataset["counting"] = "";
  const until = Date.now() + Number(form.dataset["undo"]) * 1000;
  const shown = form.querySelector("[data-undo-left]");
  const timer = setInterval(() => {
    const left = Math.ceil((until - Date.now()) / 1000);
    if (shown) shown.textContent = String(Math.max(left, 0));
    if (left > 0 && form.isConnected) return;
    clearInterval(timer);
    form.remove();
  }, 250);
}
