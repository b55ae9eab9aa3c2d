/** A form that came back is read from its top: what is wrong, then the fields. */
import { whenShown } from "../page/listening";

export function startErrors(page: Document): void {
  whenShown(page, () => {
    const summary = page.querySelector<HTMLElement>("[data-error-summary]:not([data-seen])");
    if (!summary) return;
    summary.dataset["seen"] = "";
    const asked = page.querySelector<HTMLElement>(".agree");
    (asked ?? summary).scrollIntoView({ block: "center" });
    summary.focus({ preventScroll: true });
  });
}
