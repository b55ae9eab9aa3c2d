/** Keys in a list: up and down or k and j between rows, Enter opens, x selects, / searches. */

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };
const TYPING = "input:not([type=checkbox]), textarea, select, [contenteditable], dialog[open]";

export function startRowKeys(page: Document): void {
  page.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target instanceof Element && event.target.closest(TYPING)) return;
    if (press(page, event.key)) event.preventDefault();
  });
  page.addEventListener("click", openRow);
}

/** Act on a key; true when it was one of ours. */
export function press(page: Document, key: string): boolean {
  if (key === "/") return focusOn(page.querySelector("[data-search]"));
  const links = [...page.querySelectorAll<HTMLElement>("[data-rows] [data-row-link]")];
  const here = links.findIndex((link) => link.closest("tr")?.contains(page.activeElement));
  if (key === "x") return here >= 0 && toggle(links[here]);
  // Arrow keys scroll the page until somebody has stepped into the list.
  if (here < 0 && key !== "j" && key !== "k") return false;
  return focusOn(links[nextIndex(key, here, links.length)]);
}

function nextIndex(key: string, here: number, count: number): number {
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  const step = STEPS[key];
  if (step === undefined) return -1;
  if (here < 0) return 0;
  return Math.min(Math.max(here + step, 0), count - 1);
}

function focusOn(element: Element | null | undefined): boolean {
  if (!(element instanceof HTMLElement)) return false;
  element.focus();
  element.closest("tr")?.scrollIntoView({ block: "nearest" });
  return true;
}

function toggle(link: HTMLElement | undefined): boolean {
  const box = link?.closest("tr")?.querySelector<HTMLInputElement>("[data-select]");
  box?.click();
  return box !== null && box !== undefined;
}

function openRow(event: Event): void {
  if (!(event.target instanceof Element) || event.target.closest("a, button, input, label, summary")) return;
  const row = event.target.closest("[data-rows] tbody tr");
  // Marking text in a row to copy it is not a wish to open it.
  if (!row || String(row.ownerDocument.getSelection() ?? "") !== "") return;
  row.querySelector<HTMLElement>("[data-row-link]")?.click();
}
