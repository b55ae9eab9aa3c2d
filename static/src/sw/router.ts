/** Which page answers, and what happens where none can. */
import { isStorageFull } from "../shared/storing";
import { TooLong } from "../outbox/mutation";
import { newId } from "../shared/ids";
import { type Match, match } from "./matching";
import { dayOf } from "./pages/clock";
import { HEADERS } from "./headers";
import { page, redirect } from "./rendering";
import type { Answer, Request_, Route } from "./routes";
import type { Session } from "./session";
import { trouble } from "./standing_pages";

/** So long after a first page the rest of what pages ask for is opened. */
const WARM_MS = 1_000;
const warmed = new WeakSet<Session>();

/** The answer for an unlocked session. A form that cannot be taken comes back with what it held. */
export async function answered(routes: readonly Route[], request: Request, session: Session, nowMs: number): Promise<Response> {
  const url = new URL(request.url);
  const found = match(routes, request.method, url.pathname);
  const { language } = session.account;
  if (!found) return trouble("missing", session.account, {}, 404);
  const form = request.method === "POST" ? await formOf(request) : new FormData();
  warmLater(session);
  try {
    return await written(await found.route.answer(requestOf(request, url, found, form, session, nowMs)), language);
  } catch (failure) {
    const kind = isStorageFull(failure) ? "full" : failure instanceof TooLong ? "long" : "failed";
    if (kind === "failed") console.error(failure);
    return trouble(kind, session.account, { action: request.url, fields: textOf(form) }, kind === "failed" ? 500 : 507);
  }
}

/** A page that comes next need not wait for the database. It may well fail: the session may be over. */
function warmLater(session: Session): void {
  if (warmed.has(session)) return;
  warmed.add(session);
  setTimeout(() => void session.store.warm().catch(() => undefined), WARM_MS);
}

async function written(answer: Answer, language: string): Promise<Response> {
  if ("redirect" in answer) return redirect(answer.redirect);
  if ("bytes" in answer) {
    return new Response(answer.bytes, { headers: { ...HEADERS, "Content-Type": answer.type } });
  }
  return page(answer.template, answer.context, language, answer.status);
}

function requestOf(
  request: Request,
  url: URL,
  { names }: Match,
  form: FormData,
  session: Session,
  nowMs: number,
): Request_ {
  const now = new Date(nowMs);
  return {
    url,
    names,
    form,
    replica: session.replica,
    writing: session.replica,
    today: dayOf(now),
    now,
    newId: () => newId(nowMs),
    isFragment: request.headers.get("HX-Request-Type") === "partial",
  };
}

async function formOf(request: Request): Promise<FormData> {
  try {
    return await request.formData();
  } catch {
    return new FormData(); // a form without a single field has no body to read
  }
}

/** What was typed, for the page that gives it back; a file stays in the person's hands. */
export function textOf(form: FormData): [string, string][] {
  return [...form].filter((pair): pair is [string, string] => typeof pair[1] === "string");
}
