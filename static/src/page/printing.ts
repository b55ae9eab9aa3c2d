/** Buttons that print the page. */
import { whenOn } from "./listening";

export function startPrinting(page: Document): void {
  whenOn(page, "click", "[data-print]", () => page.defaultView?.print());
}
