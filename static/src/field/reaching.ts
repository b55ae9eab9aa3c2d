/** One tap to call, and to log it afterwards; the way there in the map that the system has. */
import { whenOn } from "../page/listening";

const PAUSE_MS = 1_500;

export function startReaching(page: Document): void {
  whenOn<HTMLAnchorElement>(page, "click", "[data-navigate]", (link) => {
    // Apple's map does not answer geo: addresses.
    if (/iPhone|iPad|Macintosh/.test(navigator.userAgent)) {
      link.href = `https://maps.apple.com/?q=${encodeURIComponent(link.dataset["navigate"] ?? "")}`;
    }
  });
  whenOn<HTMLAnchorElement>(page, "click", "[data-call]", (link) => {
    const log = link.dataset["call"];
    // After the call the app comes back with the log open: the call is not forgotten.
    if (log) setTimeout(() => location.assign(log), PAUSE_MS);
  });
}
