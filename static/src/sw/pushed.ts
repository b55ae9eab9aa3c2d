/**
 * What a push says, made into a notification. The words are the server's: they need no key.
 *
 * A push must show something, or the browser takes the permission away; so what cannot be read
 * says that there is a notice, and no more.
 */

export interface Pushed {
  title: string;
  options: NotificationOptions & { data: Opens; actions?: { action: string; title: string }[]; timestamp?: number };
  /** What the app's icon is to count as far as the server knows; null where it did not say. */
  badge: number | null;
}

/** What a click needs to know; kept with the notification. */
export interface Opens {
  /** Of the notice; empty where the push did not say. */
  id: string;
  /** A path of this site. */
  url: string;
}

const UNREADABLE = {
  zh: { title: "您有一条新通知", body: "请打开台账查看。" },
  en: { title: "You have a new notice", body: "Please open Taizhang." },
} as const;

/** At most so many buttons fit; systems show two. */
const MOST_ACTIONS = 3;
const ACTIONS: ReadonlySet<unknown> = new Set(["open", "snooze", "done"]);
const HOUR_MS = 3_600_000;

/** `language` is spoken where the push itself says none; `icon` is a path. */
export function notificationOf(text: string | null, language: string, icon: string): Pushed {
  const said = objectIn(text);
  const id = textOf(said["id"]);
  const words = UNREADABLE[(said["lang"] ?? language) === "en" ? "en" : "zh"];
  const title = textOf(said["title"]);
  const at = Date.parse(textOf(said["at"]));
  return {
    title: title || words.title,
    options: {
      body: title ? textOf(said["body"]) : words.body,
      // The same notice again takes the place of the first, and makes no second sound.
      tag: id || textOf(said["tag"]) || "taizhang",
      icon,
      lang: said["lang"] === "en" || (!said["lang"] && language === "en") ? "en" : "zh-CN",
      requireInteraction: said["urgent"] === true,
      data: { id, url: ownPath(said["url"]) },
      ...(Number.isNaN(at) ? {} : { timestamp: at }),
      ...(id ? { actions: actionsIn(said["actions"]) } : {}),
    },
    badge: typeof said["badge"] === "number" && said["badge"] >= 0 ? Math.trunc(said["badge"]) : null,
  };
}

/** The page that leads on to what the notice is about, and knows that it was opened. */
export function targetOf({ id, url }: Opens): string {
  if (!id) return url;
  return isOfField(url) ? `/field/notices/${id}` : `/notices/${id}`;
}

export function isOfField(url: string): boolean {
  return url.startsWith("/field/");
}

/** What pressing makes of the notice; null for a press that only opens a page without one. */
export function pressed(action: string, { id }: Opens, nowMs: number): import("./accounts").Mark | null {
  if (!id) return null;
  if (action === "done") return { id, state: "done", until: null, at: nowMs };
  if (action === "snooze") return { id, state: "snoozed", until: new Date(nowMs + HOUR_MS).toISOString(), at: nowMs };
  return { id, state: "read", until: null, at: nowMs };
}

function objectIn(text: string | null): Record<string, unknown> {
  try {
    const found: unknown = JSON.parse(text ?? "");
    return typeof found === "object" && found !== null ? (found as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Never another site, whatever the push says. */
function ownPath(value: unknown): string {
  const path = textOf(value);
  const own = "https://bank.invalid";
  // Two strokes would name another host.
  if (!/^\/(?![/\\])/.test(path)) return "/field/";
  const { origin, pathname, search, hash } = new URL(path, own);
  return origin === own ? pathname + search + hash : "/field/";
}

function actionsIn(value: unknown): { action: string; title: string }[] {
  if (!Array.isArray(value)) return [];
  return value
    .filter((each) => ACTIONS.has(each?.action) && typeof each.title === "string" && each.title !== "")
    .map(({ action, title }) => ({ action, title }))
    .slice(0, MOST_ACTIONS);
}
