/** Push in the worker: show what comes, open what it is about, remember what was pressed. */
import type { AccountsDatabase, Mark } from "./accounts";
import type { DeviceKeeper } from "./device";
import { applyMarks, keepMark } from "./marks";
import { type Opens, isOfField, notificationOf, pressed, targetOf } from "./pushed";

export interface Around {
  accounts(): Promise<AccountsDatabase>;
  keeper(): Promise<DeviceKeeper>;
  /** Count on the app's icon: with what the server said, where this device cannot count. */
  badge(counted: number | null): Promise<void>;
  /** An entry was made: it is to be sent. */
  wrote(): void;
  icon: string;
}

/** Of an event that waits for work: what the four of push have between them. */
interface Happening {
  waitUntil(work: Promise<unknown>): void;
  data: { text(): string } | null;
  action: string;
  notification: { data: unknown; close(): void };
  oldSubscription: PushSubscription | null;
  newSubscription: PushSubscription | null;
}

interface Shown {
  url: string;
  focused: boolean;
  focus(): Promise<Shown>;
  navigate(url: string): Promise<unknown>;
}

/** The worker's scope as far as push needs it; the types of workers lack some of it. */
export interface Scope {
  addEventListener(name: string, listen: (event: Happening) => void): void;
  location: { origin: string };
  navigator: { language: string };
  registration: {
    showNotification(title: string, options: NotificationOptions): Promise<unknown>;
    pushManager: { subscribe(options: PushSubscriptionOptionsInit): Promise<PushSubscription> };
  };
  clients: {
    matchAll(options: { type: "window"; includeUncontrolled: true }): Promise<readonly Shown[]>;
    openWindow(url: string): Promise<unknown>;
  };
}

export function startPush(worker: Scope, around: Around): void {
  worker.addEventListener("push", (event) => event.waitUntil(show(event.data)));
  worker.addEventListener("notificationclick", (event) => {
    event.notification.close();
    event.waitUntil(click(event.action, event.notification.data as Opens));
  });
  worker.addEventListener("pushsubscriptionchange", (event) => {
    event.waitUntil(renew(event));
  });

  async function show(said: Happening["data"]): Promise<void> {
    // Whatever is wrong with the device: a push that shows nothing costs the permission.
    const people = await around.keeper().then((keeper) => keeper.people()).catch(() => []);
    const last = people.sort((one, other) => other.seenMs - one.seenMs)[0];
    const { title, options, badge } = notificationOf(said?.text() ?? null, last?.language ?? worker.navigator.language, around.icon);
    await worker.registration.showNotification(title, options);
    await around.badge(badge);
    // Where somebody works here, the notice itself is fetched: a click then needs no network.
    if (people.length) await (await around.keeper()).sync("background");
  }

  async function click(action: string, opens: Opens): Promise<void> {
    const isOpened = action !== "done" && action !== "snooze";
    // First of all: a browser lets a page be opened only right after the press.
    if (isOpened) await open(targetOf(opens));
    const mark = pressed(action, opens, Date.now());
    if (mark && isOfField(opens.url)) await keepForDevice(mark);
    else if (mark && !isOpened) await tellServer(mark);
  }

  async function open(path: string): Promise<void> {
    const url = new URL(path, worker.location.origin).href;
    const windows = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
    // A window of the field app goes to the page; one of the desk may hold a form half filled in.
    const own = isOfField(path) ? windows.filter((each) => isOfField(new URL(each.url).pathname)) : [];
    for (const window of own.sort((one, other) => Number(other.focused) - Number(one.focused))) {
      try {
        const front = await window.focus().catch(() => window); // some systems do not let it
        await front.navigate(url);
        return;
      } catch {
        continue; // a page that is not this worker's cannot be led
      }
    }
    await worker.clients.openWindow(url);
  }

  async function keepForDevice(mark: Mark): Promise<void> {
    await keepMark(await around.accounts(), mark);
    await settleMarks(around, Date.now());
    around.wrote();
    await around.badge(null);
  }

  /** Of a desk: there is no outbox, so it is now or never; the list at the desk still has it. */
  async function tellServer({ id, state }: Mark): Promise<void> {
    const body = new URLSearchParams({ csrf_token: await token(), ids: id, do: state === "done" ? "done" : "hour" });
    await fetch("/notices/marks", { method: "POST", body, redirect: "manual" });
  }

  async function renew({ oldSubscription: old, newSubscription }: Pick<Happening, "oldSubscription" | "newSubscription">): Promise<void> {
    const fresh = newSubscription ?? (old && (await worker.registration.pushManager.subscribe(old.options)));
    if (!fresh) return; // the next page that opens subscribes again
    const headers = { "Content-Type": "application/json", "X-CSRFToken": await token() };
    const body = JSON.stringify({ old: old?.endpoint ?? null, new: fresh.toJSON() });
    await fetch("/push/v1/renewed", { method: "POST", headers, body });
  }

  async function token(): Promise<string> {
    const answer = await fetch("/notices/token", { headers: { Accept: "application/json" }, cache: "no-store", redirect: "error" });
    return ((await answer.json()) as { csrf: string }).csrf;
  }
}

let line: Promise<unknown> = Promise.resolve();

/**
 * After an unlocking or a synchronisation: what was pressed meanwhile becomes entries.
 *
 * One after the other, so that no press becomes two entries.
 */
export function settleMarks(around: Pick<Around, "accounts" | "keeper">, nowMs: number): Promise<void> {
  const next = line.then(async () => {
    const session = await (await around.keeper()).background();
    if (session) await applyMarks(await around.accounts(), session, nowMs);
  });
  line = next.catch(() => undefined);
  return next;
}
