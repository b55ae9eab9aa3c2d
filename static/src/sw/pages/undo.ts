/** Taking an entry back within ten seconds of making it, and putting away one that was refused. */
import type { Waiting } from "../../outbox/entries";
import type { Answer, Request_, Route } from "../routes";
import { safePath } from "./returning";

export const UNDO_MS = 10_000;

/** The entry and the seconds that are left to take it back; none when it is too late. */
export function undoable(entry: Waiting | null, now: Date): { undo: string | null; undo_seconds: number } {
  if (entry?.progress !== "undoable") return { undo: null, undo_seconds: 0 };
  const left = Math.ceil((Date.parse(entry.madeAt) + UNDO_MS - now.getTime()) / 1000);
  return left > 0 ? { undo: entry.id, undo_seconds: left } : { undo: null, undo_seconds: 0 };
}

async function takeBack(request: Request_): Promise<Answer> {
  const { form, names, writing } = request;
  const taken = await writing.undo(names["id"] ?? "");
  const back = safePath(form.get("back"), "/field/");
  if (taken) return { redirect: withMark(back, "undone", "1") };
  return { redirect: withMark(safePath(form.get("late"), back), "late", "1") };
}

function withMark(path: string, name: string, value: string): string {
  const url = new URL(path, "https://bank.invalid");
  url.searchParams.delete("done");
  url.searchParams.set(name, value);
  return url.pathname + url.search;
}

/** Only what was refused goes: what a person still has to decide stays in sight. */
async function dismiss(request: Request_): Promise<Answer> {
  const { form, names, replica, writing } = request;
  const entry = (await replica.waiting()).find((each) => each.id === names["id"]);
  if (entry?.progress === "rejected") await writing.dismiss([entry.id]);
  return { redirect: safePath(form.get("back"), "/field/sync") };
}

export const undoRoutes: Route[] = [
  { method: "POST", path: "/field/entries/:id/undo", answer: takeBack },
  { method: "POST", path: "/field/entries/:id/dismiss", answer: dismiss },
];
