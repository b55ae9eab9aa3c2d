/** What the officer must be told: conflicts, refusals, decisions, customers given or taken. */
import type { Waiting } from "../../outbox/entries";
import type { Notice } from "../../replica/documents";
import type { Answer, Request_, Route } from "../routes";
import { newestFirst, whenOf } from "./clock";
import { read } from "./notes";

const READ_NOTE = "notices-read";

export interface NoticeLine {
  id: string;
  kind: string;
  when: string;
  entity: string;
  /** The field in dispute, what the officer entered and what stands now; empty where there is none. */
  field: string;
  entered: string;
  stands: string;
  amount: number | null;
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

/** A notice with the entry of the outbox that it is about, while that is still there. */
export function noticeLine(notice: Notice, name: string, waiting: Waiting[], today: string): NoticeLine {
  const { kind, params } = notice;
  const entry = waiting.find((each) => each.id === params["mutation"])?.entry;
  const field = textOf(params["field"]);
  const isDecision = kind === "conflict_settled";
  return {
    id: notice.id,
    kind,
    when: whenOf(notice.at, today),
    entity: notice.entity,
    field,
    entered: field ? textOf(entry?.set[field]) : "",
    stands: textOf(params["value"]),
    amount: numberOf(params["amount"] ?? params["counted"]),
    reason: isDecision ? "" : textOf(params["reason"]),
    note: isDecision ? textOf(params["reason"]) : textOf(params["note"]),
    by: textOf(params["by"]),
    whose: [params["name"], params["no"]].map(textOf).filter(Boolean).join(" · "),
    customer: notice.customer_id && name ? { id: notice.customer_id, name } : null,
    url: name || notice.entity === "handover" ? urlOf(notice) : null,
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

function urlOf(notice: Notice): string | null {
  if (notice.entity === "repayment") return `/field/receipts/${notice.entity_id}`;
  if (notice.entity === "handover") return "/field/takings";
  return notice.customer_id ? `/field/customers/${notice.customer_id}` : null;
}

async function show(request: Request_): Promise<Answer> {
  const { replica, today } = request;
  const [notices, customers, waiting, kept] = await Promise.all([
    replica.all("notice"),
    replica.all("customer"),
    replica.waiting(),
    replica.note(READ_NOTE),
  ]);
  const names = new Map(customers.map((held) => [held.document.id, held.document.name]));
  const seen = read(kept);
  const lines = notices
    .map((held) => held.document)
    .sort(newestFirst((notice) => notice.at))
    .map((notice) => ({
      ...noticeLine(notice, names.get(notice.customer_id ?? "") ?? "", waiting, today),
      fresh: !seen[notice.id],
    }));
  return { template: "field/notices.html", context: { notices: lines, fresh: lines.filter((line) => line.fresh).length } };
}

/** All that stand have been read. */
async function markRead(request: Request_): Promise<Answer> {
  const notices = await request.replica.all("notice");
  const seen = Object.fromEntries(notices.map((held) => [held.document.id, true]));
  await request.writing.setNote(READ_NOTE, JSON.stringify(seen));
  return { redirect: "/field/notices" };
}

/** How many have not been read. */
export async function freshNotices(request: Request_): Promise<number> {
  const seen = read(await request.replica.note(READ_NOTE));
  return (await request.replica.all("notice")).filter((held) => !seen[held.document.id]).length;
}

export const noticeRoutes: Route[] = [
  { method: "GET", path: "/field/notices", answer: show },
  { method: "POST", path: "/field/notices/read", answer: markRead },
];
