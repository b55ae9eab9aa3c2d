/** `data-more` on a link: what comes next in a list takes the link's place, and nothing is scrolled. */
import htmx from "htmx.org";
import { whenOn } from "../page/listening";
import { renamed } from "./following";

const PART = { Accept: "text/html", "HX-Request-Type": "partial" };

export function startMore(page: Document): void {
  whenOn<HTMLAnchorElement>(page, "click", "a[data-more]", (link, event) => {
    event.preventDefault();
    void show(link);
  });
}

async function show(link: HTMLAnchorElement): Promise<void> {
  const place = link.closest("li");
  if (!place || link.ariaBusy === "true") return;
  link.ariaBusy = "true";
  try {
    const answer = await fetch(link.dataset["more"] ?? "", { headers: PART });
    const told = document.createElement("template");
    told.innerHTML = await answer.text();
    // Locked meanwhile, say: the page as a whole tells.
    if (!answer.ok || !told.content.firstElementChild?.matches("li")) return location.assign(link.href);
    const items = [...told.content.children];
    place.replaceWith(...items);
    for (const item of items) htmx.process(item);
    items[0]?.querySelector<HTMLElement>("a")?.focus({ preventScroll: true });
    // Back from a customer's page, the list is as long as it was.
    renamed(link.href);
  } catch {
    link.ariaBusy = null;
  }
}
