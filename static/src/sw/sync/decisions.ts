/** Which entries of the outbox a decision of the desk has settled. */
import type { Notice } from "../../replica/documents";
import type { FeedRow } from "../../replica/store";
import type { Session } from "../session";

/**
 * Entries that wait for a person are settled when a notice names them (the server tells of
 * decisions alone: that there is something to decide was the answer to the push), and held
 * payments and customers when their row says that it is held no longer.
 */
export async function settledBy(session: Session, rows: FeedRow[]): Promise<string[]> {
  const named = new Set<string>();
  const decided = new Set<string>();
  for (const [kind, id, , document] of rows) {
    if (!document) continue;
    if (kind === "notice") noteNotice(document as Notice, named, decided);
    if (kind === "repayment" && (document as { state?: string }).state !== "held") decided.add(id);
    if (kind === "customer" && (document as { state?: string }).state === "active") decided.add(id);
  }
  if (!named.size && !decided.size) return [];
  const waiting = await session.outbox.waiting();
  return waiting
    .filter((each) => named.has(each.id) || (each.progress === "held" && decided.has(each.entry.entityId)))
    .map((each) => each.id);
}

function noteNotice({ kind, entity_id, params }: Notice, named: Set<string>, decided: Set<string>): void {
  if (typeof params["mutation"] === "string") named.add(params["mutation"]);
  if (kind.startsWith("held_")) decided.add(entity_id);
}
