/** Drop-down menus (<details>): one open at a time, closed by Escape or a click elsewhere. */

export function startMenus(page: Document): void {
  page.addEventListener("click", (event) => closeOthers(page, event.target));
  page.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = page.querySelector<HTMLDetailsElement>("[data-menu][open]");
    if (!open) return;
    open.open = false;
    open.querySelector("summary")?.focus();
  });
}

function closeOthers(page: Document, target: EventTarget | null): void {
  for (const menu of page.querySelectorAll<HTMLDetailsElement>("[data-menu][open]")) {
    if (!(target instanceof Node) || !menu.contains(target)) menu.open = false;
  }
}
