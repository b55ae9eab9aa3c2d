/** What the officer must be told: conflicts, refusals, decisions, customers given or taken. */
import type { Notice } from "../../replica/documents";
import type { Answer, Request_, Route } from "../routes";
import { whenOf } from "./clock";
import { read } from "./notes";

const READ_NOTE = "notices-read";

export interface NoticeLine {
  id: string;
  kind: string;
  when: string;
  entity: string;
  params: Record<string, string | number | null>;
  customer: { id: string; name: string } | null;
  url: string | null;
}

export function noticeLine(notice: Notice, name: string, today: string): NoticeLine {
  return {
    id: notice.id,
    kind: notice.kind,
    when: whenOf(notice.at, today),
    entity: notice.entity,
    params: notice.params,
    customer: notice.customer_id ? { id: notice.customer_id, name } : null,
    url: urlOf(notice),
  };
}

function urlOf(notice: Notice): string | null {
  if (notice.entity === "repayment") return `/field/receipts/${notice.entity_id}`;
  if (notice.entity === "handover") return "/field/takings";
  return notice.customer_id ? `/field/customers/${notice.customer_id}` : null;
}

async function show(request: Request_): Promise<Answer> {
  const { replica, today } = request;
  const [notices, customers, kept] = await Promise.all([
    replica.all("notice"),
    replica.all("customer"),
    replica.note(READ_NOTE),
  ]);
  const names = new Map(customers.map((held) => [held.document.id, held.document.name]));
  const seen = read(kept);
  const lines = notices
    .map((held) => held.document)
    .sort((one, other) => (one.at < other.at ? 1 : -1))
    .map((notice) => {
      const known = notice.customer_id !== null && names.has(notice.customer_id);
      const line = noticeLine(notice, names.get(notice.customer_id ?? "") ?? "", today);
      return { ...line, customer: known ? line.customer : null, url: known ? line.url : null, fresh: !seen[notice.id] };
    });
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
