/** What is typed into a form, kept sealed on the device until it is recorded. */
import type { Answer, Request_, Route } from "../routes";
import { read } from "./notes";
import { backTo } from "./returning";

const NAME = /^[a-z_.0-9-]{1,120}$/;
const UNKEPT = new Set(["draft", "back", "agreed", "then"]);

/** The fields of a draft; empty when there is none. */
export async function draftOf(request: Request_, name: string): Promise<Record<string, string>> {
  const kept = read(await request.replica.note(noteOf(name)));
  const fields = Object.entries(kept).filter((pair): pair is [string, string] => typeof pair[1] === "string");
  return Object.fromEntries(fields);
}

export async function forgetDraft(request: Request_, name: string): Promise<void> {
  await request.writing.setNote(noteOf(name), null);
}

async function keep(request: Request_): Promise<Answer> {
  const name = String(request.form.get("draft") ?? "");
  if (NAME.test(name)) await request.writing.setNote(noteOf(name), JSON.stringify(fieldsOf(request.form)));
  return { template: "field/_kept.html", context: {} };
}

/** Several values of one name, as of photos, are kept side by side. */
function fieldsOf(form: FormData): Record<string, string> {
  const names = [...new Set(form.keys())].filter((name) => !UNKEPT.has(name));
  const kept = names.map((name) => [name, form.getAll(name).filter((value) => typeof value === "string").join(" ")]);
  return Object.fromEntries(kept) as Record<string, string>;
}

async function discard(request: Request_): Promise<Answer> {
  const name = String(request.form.get("draft") ?? "");
  if (NAME.test(name)) await forgetDraft(request, name);
  return backTo(request, "/field/");
}

function noteOf(name: string): string {
  return `draft.${name}`;
}

export const draftRoutes: Route[] = [
  { method: "POST", path: "/field/drafts", answer: keep },
  { method: "POST", path: "/field/drafts/discard", answer: discard },
];
