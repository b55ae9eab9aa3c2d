/** What the worker does for the device itself under /field/: lock, synchronise, export, sign out. */
import { openOutboxDatabase } from "../outbox/database";
import { exported, unsent } from "../outbox/exporting";
import type { DeviceKeeper } from "./device";
import { HEADERS } from "./headers";
import { redirect } from "./rendering";
import { textOf } from "./router";
import { type Asked, trouble, unlockPage } from "./standing_pages";
import { ROOT } from "./sync/protocol";

declare const self: ServiceWorkerGlobalScope;

const PATIENCE_MS = 8_000;

/** Undefined where the address is no door. */
export async function door(keeper: DeviceKeeper, request: Request): Promise<Response | undefined> {
  const url = new URL(request.url);
  switch (`${request.method} ${url.pathname}`) {
    case "GET /field":
      return redirect("/field/");
    case "GET /field/start":
      return start(keeper, request);
    case "GET /field/device/sign-in":
      return signInAgain(keeper);
    case "POST /field/device/sync":
      await keeper.sync("button");
      return redirect(backOf(request));
    case "POST /field/device/lock":
      await keeper.lock("asked");
      return redirect("/field/");
    case "GET /field/device/export":
      return exportFile(keeper, url.searchParams.get("user") ?? "");
    case "POST /field/device/sign-out":
      return signOut(keeper, url.searchParams.has("sync"));
  }
  return undefined;
}

/** Unlock first; a form that was posted goes on afterwards, with what was typed. */
export async function locked(keeper: DeviceKeeper, request: Request): Promise<Response> {
  if (request.headers.has("HX-Request") && request.method === "GET") return whole(request);
  const people = await keeper.people();
  if (!people.length) return redirect("/field/start");
  const counts = await Promise.all(people.map(async ({ userId }) => [userId, await unsentOf(userId)] as const));
  return unlockPage(people, Object.fromEntries(counts), await askedOf(request));
}

/** Instead of a part of a page: the whole one is loaded, and asks to unlock. */
function whole(request: Request): Response {
  const isPage = request.headers.get("HX-Request-Type") === "full";
  const headers: Record<string, string> = isPage ? { "HX-Redirect": request.url } : { "HX-Refresh": "true" };
  return new Response(null, { status: 204, headers });
}

async function askedOf(request: Request): Promise<Asked> {
  const { pathname, search } = new URL(request.url);
  const form = request.method === "POST" ? await request.formData().catch(() => new FormData()) : new FormData();
  return { method: request.method, path: pathname + search, fields: textOf(form) };
}

/** Setting up needs the server and who is signed in there. */
async function start(keeper: DeviceKeeper, request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch {
    return trouble("no_network", (await keeper.people())[0] ?? null, { action: "/field/start" }, 503);
  }
}

/** Sealed to the server: it needs no PIN, and tells nobody else anything. */
async function exportFile(keeper: DeviceKeeper, userId: string): Promise<Response> {
  const own = userId || (await keeper.open())?.account.userId;
  const account = (await keeper.people()).find((each) => each.userId === own);
  if (!account) return trouble("missing", null, {}, 404);
  const outbox = await openOutboxDatabase(account.userId);
  const parcels = await exported(outbox, account.userId, Date.now());
  outbox.close();
  const name = `taizhang-unsent-${parcels.made_at.slice(0, 10)}.json`;
  return new Response(JSON.stringify(parcels), {
    headers: { ...HEADERS, "Content-Type": "application/json", "Content-Disposition": `attachment; filename="${name}"` },
  });
}

/** The sign-in lapsed, or another person is signed in: that one is signed out first. */
async function signInAgain(keeper: DeviceKeeper): Promise<Response> {
  const session = await keeper.background();
  const state = session && (await keeper.engine.state(session));
  if (state?.trouble === "other_user") await endServerSession();
  return redirect("/sign-in?next=/field/");
}

/**
 * Stopped while anything is unsent; afterwards nothing of the person is left on the device. Without
 * a network a synchronisation tries for half a minute: who only asks is told earlier what is unsent.
 */
async function signOut(keeper: DeviceKeeper, isToSend: boolean): Promise<Response> {
  const session = await keeper.open();
  if (!session) return redirect("/field/");
  const { account } = session;
  const synced = keeper.sync("button");
  if (!isToSend) await Promise.race([synced, patience()]);
  const isSent = isToSend || (await unsentOf(account.userId)) === 0;
  if (isSent) await synced;
  const isLeft = isSent && (await keeper.leave(account.userId));
  if (!isLeft) return trouble("unsent", account, { action: "/field/device/sign-out?sync", waiting: await unsentOf(account.userId) }, 409);
  await endPush(keeper);
  await endServerSession();
  keeper.left();
  return redirect("/sign-in");
}

function patience(): Promise<void> {
  return new Promise((over) => setTimeout(over, PATIENCE_MS));
}

/** The last one to leave takes the notifications along. */
async function endPush(keeper: DeviceKeeper): Promise<void> {
  if ((await keeper.people()).length) return;
  const subscription = await self.registration.pushManager?.getSubscription().catch(() => null);
  await subscription?.unsubscribe();
}

async function endServerSession(): Promise<void> {
  try {
    const hello = (await (await fetch(`${ROOT}/hello`)).json()) as { csrf?: string };
    const body = new URLSearchParams({ csrf_token: hello.csrf ?? "" });
    await fetch("/sign-out", { method: "POST", body, redirect: "manual" });
  } catch {
    return; // without a network the server's session ends by its own clock
  }
}

async function unsentOf(userId: string): Promise<number> {
  const outbox = await openOutboxDatabase(userId);
  const { entries, photos } = await unsent(outbox);
  outbox.close();
  return entries.length + photos;
}

/** The page that the button was on. */
function backOf(request: Request): string {
  const from = request.referrer ? new URL(request.referrer) : null;
  return from?.origin === location.origin && from.pathname.startsWith("/field/") ? from.pathname + from.search : "/field/";
}
