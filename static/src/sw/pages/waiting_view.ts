/** An entry of the outbox as pages show it: what it is, how far it has come, whose it is. */
import type { Value, Waiting } from "../../outbox/entries";
import type { Replica } from "../../replica/reading";
import { whenOf } from "./clock";
import { undoable } from "./undo";

export interface WaitingLine {
  id: string;
  entity: string;
  op: string;
  progress: string;
  reason: string;
  /** Of an entry that did not pass the checks: which field, and what is wrong with it. */
  fault_field: string;
  fault: string;
  when: string;
  photos: number;
  customer: { id: string; name: string } | null;
  /** The page of what was entered. */
  url: string | null;
  amount: number | null;
  day: string | null;
  /** A code of the entry that says more: purpose, result, kind. */
  detail: string;
  /** What was entered, what the person saw then, and what stands since the server answered. */
  fields: { name: string; now: string; was: string; stands: string }[];
  undo: string | null;
  undo_seconds: number;
}

const SHOWN_FIELDS = new Set(["name", "spouse_name", "employer", "occupation", "remark", "value", "person_name", "relation", "address", "kind"]);

export async function waitingLines(replica: Replica, waiting: Waiting[], now: Date, today: string): Promise<WaitingLine[]> {
  const names = new Map((await replica.all("customer")).map((held) => [held.document.id, held.document.name]));
  return Promise.all(
    waiting.map(async (each) => {
      const line = waitingLine(each, names, now, today);
      if (each.progress !== "conflict" || each.entry.entity === "reversal") return line;
      const held = await replica.get(each.entry.entity, each.entry.entityId);
      const stands = (held?.document ?? {}) as unknown as Record<string, Value>;
      return { ...line, fields: line.fields.map((field) => ({ ...field, stands: textOf(stands[field.name]) })) };
    }),
  );
}

function waitingLine(each: Waiting, names: Map<string, string>, now: Date, today: string): WaitingLine {
  const { entry } = each;
  const { set } = entry;
  return {
    id: each.id,
    entity: entry.entity,
    op: entry.op,
    progress: each.progress,
    ...reasonOf(each.reason),
    when: whenOf(each.madeAt, today),
    photos: each.photos,
    customer: entry.customerId ? { id: entry.customerId, name: names.get(entry.customerId) ?? "" } : null,
    url: urlOf(each),
    amount: numberOf(set["amount"] ?? set["counted"]),
    day: textOf(set["promised_on"] ?? set["paid_on"] ?? set["day"]) || null,
    detail: textOf(set["purpose"] ?? set["result"] ?? (entry.entity === "feedback" ? set["kind"] : "")),
    fields: entry.op === "edit" ? changed(entry.set, entry.was) : [],
    ...undoable(each, now),
  };
}

/** The server's reason is a code, or "invalid", a field and a code. */
function reasonOf(text: string): Pick<WaitingLine, "reason" | "fault_field" | "fault"> {
  const [reason = "", fault_field = "", fault = ""] = text.split(" ");
  return { reason, fault_field, fault };
}

function changed(set: Record<string, Value>, was: Record<string, Value>): WaitingLine["fields"] {
  if (set["deleted"] === true) return [{ name: "deleted", now: "", was: textOf(was["value"] ?? was["address"]), stands: "" }];
  return Object.keys(set)
    .filter((name) => SHOWN_FIELDS.has(name))
    .map((name) => ({ name, now: textOf(set[name]), was: textOf(was[name]), stands: "" }));
}

function urlOf(each: Waiting): string | null {
  const { entity, entityId, customerId, set } = each.entry;
  if (entity === "repayment") return `/field/receipts/${entityId}`;
  if (entity === "reversal") return `/field/receipts/${textOf(set["repayment_id"])}`;
  if (entity === "handover") return `/field/takings?day=${textOf(set["day"])}`;
  return customerId ? `/field/customers/${customerId}` : null;
}

function textOf(value: Value | undefined): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}

function numberOf(value: Value | undefined): number | null {
  return typeof value === "number" ? value : null;
}
