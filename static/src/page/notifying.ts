/** Notifications at the desk: to this browser, whoever signs in to it. */
import { startPushing } from "./pushing";

export function startNotifying(page: Document): void {
  startPushing(page, { device: async () => null });
}
