/**
 * Links out of the field app are followed by the browser itself.
 *
 * A page that is fetched and swapped in would be asked of the worker for a part of the way only: a
 * redirect from the server back into `/field/` would be answered by the server.
 */

const OWN = "/field/";
/** Of the app's addresses, those that give no page of the worker's. */
const SERVED = new Set(["/field/start", "/field/device/export", "/field/device/sign-in"]);

export function startLeaving(page: Document): void {
  const listen = (event: Event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[href]");
    // Whoever listens further down does not hear of it; what the browser does by itself remains.
    if (link && leaves(link)) event.stopImmediatePropagation();
  };
  page.addEventListener("click", listen, { capture: true });
}

function leaves(link: HTMLAnchorElement): boolean {
  const { protocol, origin, pathname } = new URL(link.href, location.href);
  if (!protocol.startsWith("http")) return false; // a call, a message, a map
  return link.hasAttribute("download") || origin !== location.origin || !pathname.startsWith(OWN) || SERVED.has(pathname);
}
