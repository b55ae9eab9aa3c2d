/** A receipt goes to whatever the device shares with, or onto the clipboard. */
import { whenOn } from "../page/listening";
import { showToast } from "../page/toasts";

export function startSharing(page: Document): void {
  whenOn<HTMLElement>(page, "click", "[data-share]", (button) => void share(button));
}

async function share(button: HTMLElement): Promise<void> {
  const page = button.ownerDocument;
  const shown = page.getElementById(button.dataset["share"] ?? "");
  const title = shown?.dataset["shareTitle"] ?? "";
  const text = shown?.dataset["shareText"] ?? "";
  try {
    if (navigator.share) await navigator.share({ title, text });
    else {
      await navigator.clipboard.writeText(text);
      showToast(page, page.body.dataset["textCopied"] ?? "");
    }
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return;
    showToast(page, page.body.dataset["textFailed"] ?? "", undefined, "bad");
  }
}
