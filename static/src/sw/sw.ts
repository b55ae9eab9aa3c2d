/** The service worker of the field app: a second server that needs no network. */
import { assets } from "field/assets";
import { type AccountsDatabase, openAccounts } from "./accounts";
import { DeviceKeeper, type Told } from "./device";
import { door, locked } from "./doors";
import { complete, install, isKept, kept, tidyFiles } from "./lifecycle";
import { type Ask, reply } from "./messages";
import { routes } from "./pages";
import { urgentUnread } from "./pages/notices";
import { type Scope, settleMarks, startPush } from "./push";
import { answered } from "./router";
import type { KeptKey } from "./session";

declare const self: ServiceWorkerGlobalScope;

/** How long an open page has to hand over the key. */
const PAGE_MS = 500;

self.addEventListener("install", (event) => event.waitUntil(install()));

self.addEventListener("activate", (event) => event.waitUntil(Promise.all([tidyFiles(), self.clients.claim()])));

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (url.origin !== self.location.origin) return;
  if (isKept(url)) event.respondWith(kept(event.request.url));
  else if (url.pathname.startsWith("/field/") || url.pathname === "/field") event.respondWith(serve(event.request));
});

self.addEventListener("message", (event) => {
  const asked = event.data as Ask | { ask: "take_over" };
  if (asked.ask === "take_over") event.waitUntil(self.skipWaiting());
  else event.waitUntil(answerPage(asked, event.ports[0]));
});

self.addEventListener("sync", (event) => {
  (event as ExtendableEvent).waitUntil(background());
});

let opened: Promise<AccountsDatabase> | null = null;
let opening: Promise<DeviceKeeper> | null = null;

function accounts(): Promise<AccountsDatabase> {
  return (opened ??= openAccounts());
}

function keeper(): Promise<DeviceKeeper> {
  return (opening ??= accounts().then((database) => new DeviceKeeper(database, surroundings)));
}

startPush(self as unknown as Scope, { accounts, keeper, badge: countBadge, wrote: afterWriting, icon: assets.files["icon-apple.png"] ?? "" });

async function serve(request: Request): Promise<Response> {
  const device = await keeper();
  const through = await door(device, request);
  if (through) return through;
  const session = await device.open();
  if (!session) return locked(device, request);
  // A page that looks after itself (the pill, a list that changed) is no sign of a person.
  if (request.mode === "navigate" || request.method === "POST") device.touch();
  const answer = await answered(routes, request, session, Date.now());
  if (request.method === "POST") afterWriting();
  return answer;
}

async function answerPage(asked: Ask, port: MessagePort | undefined): Promise<void> {
  try {
    port?.postMessage(await reply(await keeper(), asked));
  } catch (failure) {
    console.error(failure);
    port?.postMessage({ ok: false, why: "failed" });
  }
}

async function background(): Promise<void> {
  const trouble = await (await keeper()).sync("background");
  if (trouble) throw new Error(trouble); // the browser tries again later
}

/** Ask the browser to wake us when there is a network; a page's timer does without it too. */
function afterWriting(): void {
  const { sync } = self.registration as ServiceWorkerRegistration & { sync?: { register(tag: string): Promise<void> } };
  sync?.register("taizhang").catch(() => undefined);
}

const surroundings = {
  app: assets.version,
  world: {
    fetch: (url: string, init: RequestInit) => fetch(url, init),
    now: () => Date.now(),
    random: () => Math.random(),
    sleep: (ms: number) => new Promise<void>((done) => setTimeout(done, ms)),
  },
  isOnline: () => self.navigator.onLine,
  alone: async <T>(name: string, work: () => Promise<T>): Promise<T | undefined> =>
    self.navigator.locks.request(name, { ifAvailable: true }, async (lock) => (lock ? work() : undefined)),
  askPages,
  tellPages: (told: Told) => void tellPages(told).catch(() => undefined),
  rested: () => void complete(),
};

async function askPages(): Promise<KeptKey | null> {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const pages = windows.filter(({ url }) => new URL(url).pathname.startsWith("/field"));
  const kept = (await Promise.all(pages.map(askPage))).filter((one): one is KeptKey => one !== null);
  // The page that was touched last: another tab may lie idle for an hour.
  return kept.sort((one, other) => other.touched - one.touched)[0] ?? null;
}

/** A page that the system froze does not answer. */
function askPage(page: Client): Promise<KeptKey | null> {
  return new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = (event: MessageEvent<KeptKey | null>) => done(event.data);
    setTimeout(() => done(null), PAGE_MS);
    page.postMessage({ ask: "key" }, [port2]);
  });
}

async function tellPages(told: Told): Promise<void> {
  const pages = await self.clients.matchAll({ type: "window" });
  for (const page of pages) page.postMessage(told);
  if (told.tell === "key" || told.tell === "documents") await settleMarks({ accounts, keeper }, Date.now());
  if (told.tell === "state") badge(told.state.waiting + told.state.photos + (await urgent()));
}

/** Of a locked device nothing can be counted but what waits; the server says the rest. */
async function countBadge(counted: number | null): Promise<void> {
  const session = await (await keeper()).background();
  if (!session) return counted === null ? undefined : badge(counted);
  const { waiting, photos } = await session.outbox.count();
  badge(waiting + photos + (await urgent()));
}

async function urgent(): Promise<number> {
  const session = await (await keeper()).background();
  return session ? urgentUnread(await session.replica.all("notice"), new Date()) : 0;
}

/** The app's icon carries the count of what waits and of urgent news, where the system shows one. */
function badge(count: number): void {
  const { setAppBadge } = self.navigator as WorkerNavigator & { setAppBadge?: (count: number) => Promise<void> };
  setAppBadge?.call(self.navigator, count).catch(() => undefined);
}
