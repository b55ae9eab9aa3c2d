/**
 * Links and forms of a page with `data-follow` fetch the next page and put it in the place of this
 * one: the script, and with it the key, stays.
 *
 * One listener for all, no wiring of each link, and what both pages have stands: on a slow tablet
 * htmx's boost took longer for these than the page took to draw.
 */
import { showToast } from "../page/toasts";
import { type Asked, fetched } from "./fetching";
import { afterPaint, replaced, settled } from "./replacing";

const OWN = "/field/";

interface Place {
  /** How far down the page was read, to come back to. */
  top?: number;
}

let asking: AbortController | null = null;
let isSending = false;
/** The address of the page that shows. */
let shown = "";

export function startFollowing(page: Document): void {
  shown = addressOf(location.href);
  // The browser would scroll the old page to where the new one was left.
  history.scrollRestoration = "manual";
  scrollTo(0, (history.state as Place | null)?.top ?? 0);
  page.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[href]");
    if (!link || !isPlain(event) || !isFollowed(link, link.href)) return;
    void follow(event, { address: link.href, stays: link.matches("[data-stay]") });
  });
  page.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    const action = event.submitter?.getAttribute("formaction") ?? form.getAttribute("action") ?? location.href;
    if (event.defaultPrevented || form.method === "dialog" || !isFollowed(form, action)) return;
    void follow(event, { address: action, form, submitter: event.submitter });
  });
  addEventListener("pagehide", remember);
  addEventListener("popstate", () => {
    if (addressOf(location.href) !== shown) void comeBack(page);
  });
}

async function follow(event: Event, asked: Asked): Promise<void> {
  event.preventDefault();
  if (isSending) return;
  const page = event.target instanceof Node ? (event.target.ownerDocument ?? document) : document;
  try {
    const answer = await askFor(asked);
    if (!answer) return;
    if (!answer.address.startsWith(OWN)) return location.assign(answer.address); // signed out
    // An unlock page, say: the browser asks for it itself, unless it holds what was sent.
    if (!answer.isFollowed && !asked.form) return location.assign(asked.address);
    remember();
    // The same page again, with something in it changed: nobody loses the place.
    const top = asked.stays || answer.address === shown ? scrollY : 0;
    if (answer.address !== shown) history[asked.stays ? "replaceState" : "pushState"]({}, "", answer.address);
    show(page, answer, top);
  } catch {
    failed(page, asked);
  }
}

async function comeBack(page: Document): Promise<void> {
  const { top = 0 } = (history.state ?? {}) as Place;
  try {
    const answer = await askFor({ address: location.href });
    if (answer?.isFollowed) show(page, answer, top);
    else if (answer) location.reload();
  } catch {
    location.reload();
  }
}

type Answer = Awaited<ReturnType<typeof fetched>>;

/** Undefined where something else was asked for meanwhile. */
async function askFor(asked: Asked): Promise<Answer | undefined> {
  asking?.abort();
  const mine = (asking = new AbortController());
  isSending = asked.form?.method === "post";
  try {
    return await fetched(asked, mine.signal);
  } catch (failure) {
    if (mine.signal.aborted) return undefined;
    throw failure;
  } finally {
    isSending = false;
  }
}

function show(page: Document, answer: Answer, top: number): void {
  shown = answer.address;
  const focused = page.activeElement?.id ?? "";
  replaced(page, answer.page);
  scrollTo(0, top);
  afterPaint(() => settled(page, focused));
}

/** A link is left to the browser; a form keeps what was typed and may be sent again. */
function failed(page: Document, { address, form }: Asked): void {
  if (!form) return location.assign(address);
  form.dispatchEvent(new CustomEvent("htmx:finally:request"));
  showToast(page, page.body.dataset["textFailed"] ?? "", undefined, "bad");
}

/** The page that shows has another address now, and the same place in the history. */
export function renamed(address: string): void {
  shown = addressOf(address);
  history.replaceState(history.state, "", shown);
}

function remember(): void {
  history.replaceState({ ...(history.state as Place | null), top: scrollY }, "");
}

function addressOf(url: string): string {
  const { pathname, search } = new URL(url, location.href);
  return pathname + search;
}

/** Neither a new tab is wanted, nor did somebody take care of it already. */
function isPlain(event: MouseEvent): boolean {
  return !event.defaultPrevented && event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
}

function isFollowed(source: Element, address: string): boolean {
  if (!source.closest("[data-follow]") || source.matches("[target], [download], [href^='#'], [hx-boost='false']")) return false;
  const { origin, pathname } = new URL(address, location.href);
  return origin === location.origin && pathname.startsWith(OWN);
}
