/** Pages that need no unlocked replica: unlocking, and what to do where something is in the way. */
import type { Account } from "./accounts";
import { page } from "./rendering";

export type TroubleKind = "missing" | "full" | "long" | "failed" | "no_network" | "unsent" | "left";

interface More {
  action?: string;
  fields?: [string, string][];
  /** Entries and photos that wait. */
  waiting?: number;
  people?: unknown[];
}

export function trouble(kind: TroubleKind, account: Account | null, more: More, status: number): Promise<Response> {
  const language = account?.language ?? "zh";
  const { action = "", fields = [], waiting = 0, people = [] } = more;
  const context = { kind, action, fields, waiting, people, user_id: account?.userId ?? "", shell: shellOf(account, action) };
  return page("field/trouble.html", context, language, status);
}

/** What was asked for while it was locked; a form goes on to where it was going. */
export interface Asked {
  method: string;
  path: string;
  fields: [string, string][];
}

export function unlockPage(people: Account[], waiting: Record<string, number>, asked: Asked): Promise<Response> {
  const shown = people.map((account) => ({
    id: account.userId,
    name: account.userName,
    secret: account.secretKind,
    wiped: account.wiped,
    tries_left: 10 - account.wrongTries,
    waiting: waiting[account.userId] ?? 0,
  }));
  const last = [...people].sort((one, other) => other.seenMs - one.seenMs)[0] ?? null;
  const context = { people: shown, chosen: last?.userId ?? "", asked, shell: shellOf(last, asked.path) };
  return page("field/unlock.html", context, last?.language ?? "zh");
}

/** The frame of a page while nobody is unlocked: it names nobody and counts nothing. */
function shellOf(account: Account | null, path: string): Record<string, unknown> {
  const sync = { online: true, waiting: 0, photos: 0, busy: false, trouble: "", needs_sign_in: false, pulled: "", oldest: "" };
  return {
    section: "",
    path,
    user_name: "",
    language: account?.language ?? "zh",
    today: "",
    notices: 0,
    theme: "auto",
    text_size: "normal",
    sync,
  };
}
