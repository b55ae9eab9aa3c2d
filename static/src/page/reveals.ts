/** A revealed value goes behind its mask again after the time it was shown for. */
import { whenShown } from "./listening";

export function startReveals(page: Document): void {
  whenShown(page, () => {
    for (const shown of page.querySelectorAll<HTMLElement>("[data-hide-after]")) hideLater(shown);
  });
}

function hideLater(shown: HTMLElement): void {
  const seconds = Number(shown.dataset["hideAfter"]);
  const masked = shown.dataset["masked"] ?? "";
  delete shown.dataset["hideAfter"];
  setTimeout(() => {
    shown.classList.remove("reveal--open");
    shown.textContent = masked;
  }, seconds * 1000);
}
