/** Theme and text size show at once when they are chosen on the settings page. */
import { whenOn } from "../page/listening";

export function startAppearance(page: Document): void {
  whenOn<HTMLInputElement>(page, "change", "[data-shows]", (input) => {
    page.documentElement.dataset[input.dataset["shows"] ?? ""] = input.value;
  });
}
