/** The notice centre: what the officer was told, put off and done with; each leads to its page. */
import type { Entry, Waiting } from "../../outbox/entries";
import type { Notice } from "../../replica/documents";
import type { Held } from "../../replica/reading";
import { isoDate } from "../../shared/dates";
import { markEntry } from "../marks";
import type { Answer, Request_, Route } from "../routes";
import { daysAfter, newestFirst, whenOf } from "./clock";
import { backTo, safePath } from "./returning";
import { snoozedUntil } from "./snoozing";

export const BOXES = ["new", "snoozed", "done"] as const;
type Box = (typeof BOXES)[number];
/** So many are shown at once, and so many more with each asking. */
const SOME = 50;

export interface NoticeLine {
  id: string;
  kind: string;
  when: string;
  entity: string;
  urgent: boolean;
  /** Not read yet. */
  fresh: boolean;
  /** Of one that is put off: until when. */
  until: string;
  /** The field in dispute, what the officer entered and what stands now; empty where there is none. */
  field: string;
  entered: string;
  stands: string;
  amount: number | null;
  /** Of a loan or a promise: the day, the contract, days (late, ahead), a number of a complaint. */
  day: string;
  contract_no: string;
  days: number;
  no: string;
  /** Of a digest: how many of each. */
  digest: { due: number; overdue: number; promised: number; complaints: number; tasks: number } | null;
  /** Of a cover: who covers whose customers on which days, and whether they are the reader's. */
  cover: { officer: string; colleague: string; from: string; until: string; mine: boolean } | null;
  /** A code of the server. */
  reason: string;
  /** What the one who decided wrote. */
  note: string;
  by: string;
  /** Of a customer who is not on this device any more. */
  whose: string;
  customer: { id: string; name: string } | null;
  url: string | null;
}

/** How far the person is with it now: what was put off is new again when its time has come. */
export function stateAt(notice: Notice, now: Date): Notice["state"] {
  if (notice.state !== "snoozed") return notice.state;
  return Date.parse(notice.snoozed_until ?? "") > now.getTime() ? "snoozed" : "new";
}

/** A notice with the entry of the outbox that it is about, while that is still there. */
export function noticeLine(notice: Notice, name: string, waiting: Waiting[], today: string, now: Date): NoticeLine {
  const { kind, params } = notice;
  const entry = waiting.find((each) => each.id === params["mutation"])?.entry;
  const field = textOf(params["field"]);
  const isDecision = kind === "conflict_settled";
  const isDigest = kind === "due_digest";
  const isCover = notice.entity === "cover";
  const state = stateAt(notice, now);
  const count = (of: string): number => numberOf(params[of]) ?? 0;
  return {
    id: notice.id,
    kind,
    when: whenOf(notice.at, today),
    entity: notice.entity,
    urgent: notice.urgent,
    fresh: state === "new",
    until: state === "snoozed" ? whenOf(notice.snoozed_until, today) : "",
    field,
    entered: field ? textOf(entry?.set[field]) : "",
    stands: textOf(params["value"]),
    amount: numberOf(params["amount"] ?? params["counted"] ?? (isDigest ? params["sum"] || null : null)),
    day: textOf(params["due_on"] ?? notice.about_on),
    contract_no: textOf(params["contract_no"]),
    days: numberOf(params["days"] ?? params["offset"]) ?? 0,
    no: kind === "complaint_due" ? textOf(params["no"]) : "",
    digest: isDigest
      ? { due: count("due"), overdue: count("overdue"), promised: count("promised"), complaints: count("complaints"), tasks: count("tasks") }
      : null,
    cover: isCover
      ? {
          officer: textOf(params["officer"]),
          colleague: textOf(params["colleague"]),
          from: textOf(params["from"]),
          until: textOf(params["until"]),
          mine: params["side"] === "officer",
        }
      : null,
    reason: isDecision || isCover ? "" : textOf(params["reason"]),
    note: isDecision || isCover ? textOf(params["reason"]) : textOf(params["note"]),
    by: textOf(params["by"]),
    whose: [params["name"], kind === "complaint_due" ? null : params["no"]].map(textOf).filter(Boolean).join(" · "),
    customer: notice.customer_id && name ? { id: notice.customer_id, name } : null,
    url: name || !notice.customer_id ? placeOf(notice, today) : null,
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

/** The list or page that a notice is about; null where the app has none. */
function placeOf(notice: Notice, today: string): string | null {
  const { kind, entity, entity_id, about_on, customer_id } = notice;
  if (kind === "due_digest") return about_on === null || about_on === today ? "/field/" : `/field/?on=${about_on}`;
  if (entity === "repayment") return `/field/receipts/${entity_id}`;
  if (entity === "loan") return `/field/loans/${entity_id}`;
  if (entity === "handover") return "/field/takings";
  return customer_id ? `/field/customers/${customer_id}` : null;
}

async function show(request: Request_): Promise<Answer> {
  const { replica, today, now, url } = request;
  const [notices, customers, waiting] = await Promise.all([replica.all("notice"), replica.all("customer"), replica.waiting()]);
  const names = new Map(customers.map((held) => [held.document.id, held.document.name]));
  const box = BOXES.find((each) => each === url.searchParams.get("box")) ?? "new";
  const all = notices.map((held) => held.document);
  const inBox = all.filter((notice) => boxOf(notice, now) === box).sort(newestFirst((notice) => notice.at));
  const most = Math.max(SOME, Math.trunc(Number(url.searchParams.get("most"))) || 0);
  return {
    template: "field/notices.html",
    context: {
      notices: inBox.slice(0, most).map((notice) => noticeLine(notice, names.get(notice.customer_id ?? "") ?? "", waiting, today, now)),
      box,
      more: inBox.length > most ? most + SOME : 0,
      counts: Object.fromEntries(BOXES.map((each) => [each, all.filter((notice) => boxOf(notice, now) === each).length])),
      fresh: fresh(notices, now).length,
      evening: snoozedUntil("evening", now, null) !== null,
      tomorrow: daysAfter(today, 1),
      missing: url.searchParams.get("missing") === "1",
      bad_day: url.searchParams.get("bad_day") === "1",
    },
  };
}

function boxOf(notice: Notice, now: Date): Box {
  const state = stateAt(notice, now);
  return state === "read" ? "new" : state;
}

/** The exact page of one notice, which is read by this. */
async function open(request: Request_): Promise<Answer> {
  const { names, now, replica, today, writing } = request;
  const held = await replica.get("notice", names["id"] ?? "");
  // Told a moment ago, and not fetched yet.
  if (!held) return { redirect: "/field/notices?missing=1" };
  const notice = held.document;
  if (stateAt(notice, now) === "new") await writing.record([markEntry(notice, { state: "read", until: null })]);
  const place = placeOf(notice, today);
  return { redirect: place !== null && (await isHere(request, notice)) ? place : `/field/notices#n-${notice.id}` };
}

/** A customer who was given to somebody else has no page here any more. */
async function isHere({ replica }: Request_, { customer_id, entity, entity_id }: Notice): Promise<boolean> {
  if (entity === "loan") return (await replica.get("loan", entity_id)) !== null;
  return customer_id === null || (await replica.get("customer", customer_id)) !== null;
}

/** Done, put back, or put off: as one chose. */
async function mark(request: Request_): Promise<Answer> {
  const { form, names, now, replica, writing } = request;
  const held = await replica.get("notice", names["id"] ?? "");
  const choice = String(form.get("do") ?? "");
  const until = snoozedUntil(choice, now, isoDate(String(form.get("on") ?? "")));
  const state = choice === "done" ? "done" : choice === "back" ? "read" : until ? "snoozed" : null;
  if (state === null) return { redirect: withBadDay(safePath(form.get("back"), "/field/notices")) };
  if (held) await writing.record([markEntry(held.document, { state, until: state === "snoozed" ? until : null })]);
  return backTo(request, "/field/notices");
}

function withBadDay(path: string): string {
  return `${path}${path.includes("?") ? "&" : "?"}bad_day=1`;
}

/** All that stand have been read. */
async function markRead(request: Request_): Promise<Answer> {
  const { now, replica, writing } = request;
  const entries: Entry[] = fresh(await replica.all("notice"), now).map(({ document }) => markEntry(document, { state: "read", until: null }));
  if (entries.length) await writing.record(entries);
  return { redirect: "/field/notices" };
}

function fresh(notices: Held<"notice">[], now: Date): Held<"notice">[] {
  return notices.filter(({ document }) => stateAt(document, now) === "new");
}

/** How many have not been read. */
export async function freshNotices({ replica, now }: Request_): Promise<number> {
  return fresh(await replica.all("notice"), now).length;
}

/** How many of them are urgent: the app's icon counts these. */
export function urgentUnread(notices: Held<"notice">[], now: Date): number {
  return fresh(notices, now).filter(({ document }) => document.urgent).length;
}

export const noticeRoutes: Route[] = [
  { method: "GET", path: "/field/notices", answer: show },
  { method: "POST", path: "/field/notices/read", answer: markRead },
  { method: "GET", path: "/field/notices/:id", answer: open },
  { method: "POST", path: "/field/notices/:id/mark", answer: mark },
];
