/** Telling that an htmx request failed, in the page's language; the form is left as it was. */
import { showToast } from "./toasts";

type Context = { readonly response?: { readonly status: number; readonly headers: Headers } };
const SLOW = /timeout/i;

export function startRequestNotices(page: Document): void {
  page.addEventListener("htmx:error", (event) => {
    const error = detailOf(event).error;
    tell(page, SLOW.test(String(error)) ? "textSlow" : navigator.onLine ? "textFailed" : "textOffline");
  });
  page.addEventListener("htmx:before:swap", (event) => {
    const status = detailOf(event).ctx?.response?.status ?? 200;
    const word = wordFor(status);
    if (word === null) return;
    // An error page must not replace the form somebody is filling in.
    event.preventDefault();
    tell(page, word);
  });
  page.defaultView?.addEventListener("offline", () => tell(page, "textOffline"));
}

// A refused form (422) and a record changed by somebody else (409) come as parts of the page.
const SHOWN_REFUSALS = new Set([409, 422]);
const NOT_LET_IN = new Set([400, 401, 403]);

/** Which text to show for an answer; null when the answer is meant for the page. */
export function wordFor(status: number): string | null {
  if (status < 400 || SHOWN_REFUSALS.has(status)) return null;
  return NOT_LET_IN.has(status) ? "textDenied" : "textFailed";
}

function tell(page: Document, word: string): void {
  showToast(page, page.body.dataset[word] ?? "", undefined, "bad");
}

function detailOf(event: Event): { readonly ctx?: Context; readonly error?: unknown } {
  return event instanceof CustomEvent ? (event.detail ?? {}) : {};
}
