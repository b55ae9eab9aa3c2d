/** Talking with the service worker. */
import type { Ask, Reply } from "../../sw/messages";

/** The worker's address and what it answers for. */
export const WORKER = "/sw.js";
export const SCOPE = "/field/";

/** How long the worker may be silent: it may be synchronising over a slow link. */
const PATIENCE_MS = 90_000;

export class NoAnswer extends Error {}

/** Ask the worker that is at work. Throws NoAnswer. */
export async function ask<R extends Reply>(asked: Ask, patienceMs = PATIENCE_MS): Promise<R> {
  const worker = navigator.serviceWorker.controller ?? (await navigator.serviceWorker.ready).active;
  return new Promise<R>((done, fail) => {
    const { port1, port2 } = new MessageChannel();
    const timer = setTimeout(() => fail(new NoAnswer()), patienceMs);
    port1.onmessage = (event: MessageEvent<R>) => {
      clearTimeout(timer);
      done(event.data);
    };
    worker?.postMessage(asked, [port2]);
  });
}

/** The worker of this browser, at work. */
export async function startWorker(): Promise<ServiceWorkerRegistration> {
  await navigator.serviceWorker.register(WORKER, { scope: SCOPE, updateViaCache: "none" });
  return navigator.serviceWorker.ready;
}
