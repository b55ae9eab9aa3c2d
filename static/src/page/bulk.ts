/** Selecting rows: the box in the head selects the page, the bar counts. */
import { whenOn, whenShown } from "./listening";

export function startBulk(page: Document): void {
  whenOn<HTMLInputElement>(page, "change", "[data-select-all]", selectAll);
  whenOn(page, "change", "[data-select], [data-select-all]", () => count(page));
  whenShown(page, () => count(page));
}

function selectAll(head: HTMLInputElement): void {
  boxes(head.closest("table")).forEach((box) => (box.checked = head.checked));
}

function count(page: Document): void {
  for (const bar of page.querySelectorAll<HTMLElement>("[data-bulk]")) {
    const list = page.getElementById(bar.dataset["bulk"] ?? "");
    const chosen = boxes(list).filter((box) => box.checked).length;
    bar.toggleAttribute("data-some", chosen > 0);
    const figure = bar.querySelector("[data-bulk-count]");
    if (figure) figure.textContent = String(chosen);
  }
}

function boxes(list: Element | null): HTMLInputElement[] {
  return [...(list?.querySelectorAll<HTMLInputElement>("[data-select]") ?? [])];
}
