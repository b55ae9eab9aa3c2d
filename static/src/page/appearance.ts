/** Theme and text size show at once when chosen; the button saves them. */
import { whenOn } from "./listening";

export function startAppearance(page: Document): void {
  whenOn<HTMLInputElement>(page, "change", "[data-appearance] input", (input) => {
    if (input.name === "theme" || input.name === "text") {
      page.documentElement.dataset[input.name] = input.value;
    }
  });
}
