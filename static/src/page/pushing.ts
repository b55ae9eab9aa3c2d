/**
 * Notifications on this browser: how they stand, and the buttons that change it. The desk and the
 * field app use the same.
 *
 * Inside `[data-push]` one `[data-push-is]` shows; `[data-push-do]` are its buttons. Nothing is ever
 * asked of the person but on a press.
 */
import { whenOn, whenShown } from "./listening";

type Stands = "unsupported" | "ios" | "denied" | "ask" | "on";

/** Whose notifications they are to be. */
export interface Subscriber {
  /** Of the field app: the device's id. */
  device(): Promise<string | null>;
}

interface Kept {
  id: string;
  endpoint: string;
  device: string | null;
  /** The person's id: somebody else at this browser was not asked. */
  user: string;
}

/** What the server says of who is signed in. */
interface Token {
  csrf: string;
  user: string;
}

const KEPT = "push";
const HOME = "/push/v1";
const SCOPE = "/field/";

class Refused extends Error {}

export function startPushing(page: Document, subscriber: Subscriber): void {
  whenOn(page, "click", "[data-push-do]", (button) => void press(page, button, subscriber));
  whenShown(page, () => void show(page, subscriber));
  void renew(subscriber).then((isNew) => (isNew ? show(page, subscriber) : undefined), () => undefined);
}

async function press(page: Document, button: HTMLElement, subscriber: Subscriber): Promise<void> {
  const place = button.closest<HTMLElement>("[data-push]");
  if (!place || place.hasAttribute("aria-busy")) return;
  place.setAttribute("aria-busy", "true");
  say(place, "");
  try {
    say(place, await done(button.dataset["pushDo"] ?? "", subscriber));
  } catch (failure) {
    say(place, failure instanceof Refused ? "refused" : navigator.onLine ? "failed" : "offline");
  }
  place.removeAttribute("aria-busy");
  await show(page, subscriber);
}

/** What is said afterwards. */
async function done(what: string, subscriber: Subscriber): Promise<string> {
  if (what === "test") {
    const { notice } = await send<{ notice: string | null }>("POST", "/test", {});
    return notice ? "tested" : "soon";
  }
  if (what === "unsubscribe") await unsubscribe();
  else if ((await Notification.requestPermission()) === "granted") await subscribe(subscriber);
  else throw new Refused();
  return "";
}

async function show(page: Document, subscriber: Subscriber): Promise<void> {
  const places = page.querySelectorAll<HTMLElement>("[data-push]");
  if (!places.length) return;
  const stands = await standing(subscriber);
  for (const place of places) {
    const parts = [...place.querySelectorAll<HTMLElement>("[data-push-is]")];
    for (const part of parts) part.hidden = part.dataset["pushIs"] !== stands;
    if (place.dataset["push"] === "offer") place.hidden = parts.every((part) => part.hidden);
  }
}

async function standing({ device }: Subscriber): Promise<Stands> {
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) return isOnIos() ? "ios" : "unsupported";
  if (Notification.permission === "denied") return "denied";
  const before = Notification.permission === "granted" ? kept() : null;
  return before && before.device === (await device()) && (await current()) ? "on" : "ask";
}

/** There push exists in installed apps alone. An iPad calls itself a Macintosh. */
function isOnIos(): boolean {
  const { maxTouchPoints, userAgent } = navigator;
  if (matchMedia("(display-mode: standalone)").matches) return false; // an old one, then
  return /iPhone|iPad/.test(userAgent) || (userAgent.includes("Macintosh") && maxTouchPoints > 1);
}

async function current(): Promise<PushSubscription | null> {
  return (await (await navigator.serviceWorker.getRegistration(SCOPE))?.pushManager.getSubscription()) ?? null;
}

async function subscribe(subscriber: Subscriber): Promise<void> {
  const { key } = await send<{ key: string }>("GET", "/key");
  const worker = await registered();
  await (await worker.pushManager.getSubscription())?.unsubscribe(); // it may be of another key
  const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  const { endpoint, keys, expirationTime } = made.toJSON();
  const language = document.documentElement.lang.startsWith("en") ? "en" : "zh";
  const device = await subscriber.device();
  const { id } = await send<{ id: string }>("POST", "/subscriptions", { endpoint, keys, expirationTime, device, language });
  const { user } = await token();
  localStorage.setItem(KEPT, JSON.stringify({ id, endpoint: made.endpoint, device, user } satisfies Kept));
}

async function registered(): Promise<ServiceWorkerRegistration> {
  const found = await navigator.serviceWorker.register("/sw.js", { scope: SCOPE, updateViaCache: "none" });
  const coming = found.active ? null : (found.installing ?? found.waiting);
  if (coming) await new Promise<void>((ready) => coming.addEventListener("statechange", () => coming.state === "activated" && ready()));
  return found;
}

async function unsubscribe(): Promise<void> {
  const before = kept();
  await (await current())?.unsubscribe();
  localStorage.removeItem(KEPT);
  if (before) await send("DELETE", `/subscriptions/${before.id}`);
}

/** The browser gave the subscription up, or has another one: the server is told the new one. True then. */
async function renew(subscriber: Subscriber): Promise<boolean> {
  const before = kept();
  if (!before || !("Notification" in window) || Notification.permission !== "granted" || !navigator.onLine) return false;
  if ((await current())?.endpoint === before.endpoint || (await token()).user !== before.user) return false;
  await subscribe(subscriber);
  return true;
}

function kept(): Kept | null {
  return JSON.parse(localStorage.getItem(KEPT) ?? "null") as Kept | null;
}

async function token(): Promise<Token> {
  const answer = await fetch("/notices/token", { headers: { Accept: "application/json" }, cache: "no-store" });
  return (await answer.json()) as Token;
}

async function send<T>(method: string, path: string, body?: object): Promise<T> {
  const csrf = method === "GET" ? "" : (await token()).csrf;
  const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrf };
  const answer = await fetch(HOME + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  if (!answer.ok) throw new Error(String(answer.status));
  return (answer.status === 204 ? null : await answer.json()) as T;
}

/** One of the sentences `[data-why]`, or none. */
function say(place: HTMLElement, why: string): void {
  for (const sentence of place.querySelectorAll<HTMLElement>("[data-why]")) sentence.hidden = sentence.dataset["why"] !== why;
}
