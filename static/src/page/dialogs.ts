/** Dialog buttons for browsers that do not know `command` and `commandfor` yet. */
import { whenOn } from "./listening";

export function startDialogs(page: Document): void {
  if ("commandForElement" in HTMLButtonElement.prototype) return;
  whenOn<HTMLButtonElement>(page, "click", "button[commandfor]", (button) => {
    const dialog = page.getElementById(button.getAttribute("commandfor") ?? "");
    if (!(dialog instanceof HTMLDialogElement)) return;
    if (button.getAttribute("command") === "show-modal") dialog.showModal();
    else dialog.close();
  });
}
