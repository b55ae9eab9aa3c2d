/** Notifications of the field app: they come to the device by its own id. */
import { startPushing } from "../page/pushing";
import { ask } from "./device/worker";

export function startNotifying(page: Document): void {
  startPushing(page, { device: async () => (await ask<{ device: string; hi: number }>({ ask: "listening" })).device || null });
}
