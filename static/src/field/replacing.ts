/** Putting one page in the place of another, with as little to draw anew as can be. */
import htmx from "htmx.org";

/** What both pages have alike, the bars in most cases, stays as it is. */
export function replaced(page: Document, fresh: Document): void {
  const { body } = page;
  // What has the focus when it goes makes the browser reckon the whole old page once more.
  (page.activeElement as HTMLElement | null)?.blur();
  for (const { name } of [...body.attributes]) if (!fresh.body.hasAttribute(name)) body.removeAttribute(name);
  for (const { name, value } of fresh.body.attributes) if (body.getAttribute(name) !== value) body.setAttribute(name, value);
  for (const name of ["lang", "data-theme", "data-text"]) {
    const value = fresh.documentElement.getAttribute(name) ?? "";
    if (page.documentElement.getAttribute(name) !== value) page.documentElement.setAttribute(name, value);
  }
  const stands = [...body.children];
  const next = [...fresh.body.children];
  if (stands.length === next.length && stands.every((child, place) => child.tagName === next[place]?.tagName)) {
    for (const [place, child] of stands.entries()) if (!isSame(child, next[place] as Element)) child.replaceWith(next[place] as Element);
  } else body.replaceChildren(...next);
  page.title = fresh.title;
}

/** The content is another one even where it looks the same: something may have been typed in it. */
function isSame(one: Element, other: Element): boolean {
  return one.tagName !== "MAIN" && one.isEqualNode(other);
}

/** Wire what has its own ways to be fetched; go on where one was, or else at the content. */
export function settled(page: Document, focused: string): void {
  htmx.process(page.body);
  const same = focused ? page.getElementById(focused) : null;
  const wanted = page.querySelector<HTMLElement>("[autofocus]") ?? same ?? page.getElementById("content");
  if (page.activeElement === page.body) wanted?.focus({ preventScroll: true });
}

/** When the next frame is painted; at once while the page is hidden, which paints none. */
export function afterPaint(act: () => void): void {
  if (document.visibilityState === "hidden") return act();
  requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = act;
    port2.postMessage(null);
  });
}
