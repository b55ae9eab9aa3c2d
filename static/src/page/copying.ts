/** Buttons that copy a text, such as a contract number. */
import { whenOn } from "./listening";
import { showToast } from "./toasts";

export function startCopying(page: Document): void {
  whenOn<HTMLElement>(page, "click", "[data-copy]", (button) => {
    const copied = navigator.clipboard?.writeText(button.dataset["copy"] ?? "");
    copied?.then(
      () => showToast(page, page.body.dataset["textCopied"] ?? "", undefined, "good"),
      () => showToast(page, page.body.dataset["textFailed"] ?? "", undefined, "bad"),
    );
  });
}
