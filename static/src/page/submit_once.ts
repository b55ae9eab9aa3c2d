/** A form marked data-submit-once is sent once, however often the button is pressed. */
import { whenOn } from "./listening";

const WAIT_LIMIT_MS = 15_000;

export function startSubmitOnce(page: Document): void {
  whenOn<HTMLFormElement>(page, "submit", "[data-submit-once]", sendOnce);
  // A page that the Back button brings out of the cache may be sent again.
  page.defaultView?.addEventListener("pageshow", () => {
    page.querySelectorAll<HTMLFormElement>("[data-sending]").forEach(release);
  });
}

function sendOnce(form: HTMLFormElement, event: Event): void {
  if (form.dataset["sending"] !== undefined) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  form.dataset["sending"] = "";
  form.setAttribute("aria-busy", "true");
  form.addEventListener("htmx:finally:request", () => release(form), { once: true });
  setTimeout(() => release(form), WAIT_LIMIT_MS);
}

function release(form: HTMLFormElement): void {
  delete form.dataset["sending"];
  form.removeAttribute("aria-busy");
}
