/** Taking photos: each is made smaller, given to the worker at once, and shown in the list. */
import { whenOn } from "../page/listening";
import { showToast } from "../page/toasts";
import { later } from "./drafts";
import { NotKept, hand, redrawn } from "./pictures";

export function startPhotos(page: Document): void {
  whenOn<HTMLInputElement>(page, "change", "[data-photo-input]", (input) => void take(input));
  whenOn<HTMLElement>(page, "click", "[data-photo-away]", (button) => {
    const form = button.closest("form");
    button.closest(".photo")?.remove();
    if (form) later(form);
  });
}

async function take(input: HTMLInputElement): Promise<void> {
  const page = input.ownerDocument;
  const list = input.form?.querySelector("[data-photos]");
  const files = [...(input.files ?? [])];
  input.value = "";
  if (!list || files.length === 0) return;
  list.setAttribute("aria-busy", "true");
  showToast(page, input.dataset["textWorking"] ?? "");
  for (const file of files) await takeOne(input, list, file);
  list.removeAttribute("aria-busy");
  if (input.form) later(input.form);
}

async function takeOne(input: HTMLInputElement, list: Element, file: File): Promise<void> {
  try {
    await hand(list, await redrawn(file), "photo");
  } catch (failure) {
    const { body } = input.ownerDocument;
    const why = failure instanceof NotKept ? body.dataset["textFailed"] : input.dataset["textNoImage"];
    showToast(input.ownerDocument, `${file.name} ${why ?? ""}`, undefined, "bad");
  }
}
