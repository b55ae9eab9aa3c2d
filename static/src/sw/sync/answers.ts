/** What the server's answers change in the replica, so that no row need come back to its author. */
import type { Entry } from "../../outbox/entries";
import type { Kind } from "../../replica/documents";
import { madeDocument } from "../../replica/made";
import { withValues } from "../../replica/overlay";
import type { FeedRow } from "../../replica/store";
import type { Session } from "../session";
import type { PushResult } from "./protocol";

const KINDS: ReadonlySet<string> = new Set<Kind>([
  ...(["customer", "contact", "address", "loan", "repayment", "visit", "promise", "call"] as const),
  ...(["feedback", "handover"] as const),
]);

/** Store the documents as they stand now that the server took these entries. */
export async function stored(session: Session, results: PushResult[]): Promise<void> {
  const documents = new Map<string, FeedRow>();
  for (const result of results) {
    if (result.number === undefined) continue;
    const made = await session.outbox.entryOf(result.mutation);
    if (!made || !KINDS.has(made.entry.entity)) continue;
    const { entity, entityId } = made.entry;
    const before = documents.get(entityId)?.[3] ?? (await session.store.get(entity as Kind, entityId));
    const document = standing(session, made, before, result);
    if (document !== undefined) documents.set(entityId, [entity as Kind, entityId, result.number, document]);
  }
  if (documents.size) await session.store.write({ rows: [...documents.values()] });
}

/** Undefined where nothing can be said: the pull will bring it. */
function standing(
  session: Session,
  made: { entry: Entry; madeAt: string },
  before: object | null,
  result: PushResult,
): object | null | undefined {
  const { entry } = made;
  const { userId, userName } = session.account;
  const fresh = () => madeDocument(entry.entity as Kind, made, { userId, userName });
  if (!before && entry.op !== "create") return undefined;
  const stands = result.outcome === "applied" || result.outcome === "merged";
  if (stands && entry.set["deleted"] === true) return null;
  return withValues(withValues(before ?? fresh(), standingFields(entry, result)), result.news ?? {});
}

/** All that was sent, but for what the news says otherwise; of what is held only that it is. */
function standingFields(entry: Entry, result: PushResult): Entry["set"] {
  if (result.outcome !== "held" && result.outcome !== "rejected") return entry.set;
  return entry.entity === "repayment" && entry.op === "create"
    ? { state: result.outcome, reason: result.reason ?? "" }
    : {};
}
