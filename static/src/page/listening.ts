/** Listening on the document, so that what htmx swaps in needs no wiring of its own. */

/** Call `act` when an event happens on, or inside, an element that matches. */
export function whenOn<T extends Element = HTMLElement>(
  page: Document,
  eventName: string,
  selector: string,
  act: (element: T, event: Event) => void,
): void {
  page.addEventListener(eventName, (event) => {
    const target = event.target;
    const element = target instanceof Element ? target.closest<T>(selector) : null;
    if (element) act(element, event);
  });
}

/** Call `act` for what is on the page now and for all that htmx brings later. */
export function whenShown(page: Document, act: () => void): void {
  act();
  page.addEventListener("htmx:after:process", act);
}
