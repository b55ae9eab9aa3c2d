/**
 * What was pressed on a notification, until it has become an entry of the outbox.
 *
 * A notification is answered while the app is locked, when there is no key to seal an entry with.
 * So a small note lies here in clear, an opaque id and a state; it becomes an entry at the next
 * unlocking, or as soon as a synchronisation has brought the notice.
 */
import type { Notice } from "../replica/documents";
import type { AccountsDatabase, Mark } from "./accounts";
import type { Session } from "./session";

const KEEP_MS = 7 * 86_400_000;

/** A later press on the same notice replaces the earlier one. */
export async function keepMark(database: AccountsDatabase, mark: Mark): Promise<void> {
  await database.put("marks", mark);
}

/** Make entries of the marks whose notice is here; the others wait, at most a week. */
export async function applyMarks(database: AccountsDatabase, session: Session, nowMs: number): Promise<void> {
  for (const mark of await database.getAll("marks")) {
    const held = await session.replica.get("notice", mark.id);
    if (held && isNews(held.document, mark)) await session.replica.record([markEntry(held.document, mark)]);
    if (held || mark.at < nowMs - KEEP_MS) await database.delete("marks", mark.id);
  }
}

/** The entry that gives a notice another state. */
export function markEntry(notice: Notice, { state, until }: Pick<Mark, "state" | "until">): import("../outbox/entries").Entry {
  return {
    entity: "notice",
    entityId: notice.id,
    op: "edit",
    set: { state, snoozed_until: until },
    was: { state: notice.state, snoozed_until: notice.snoozed_until },
    customerId: null,
  };
}

/** What is done stays done, and what was read is not read again. */
function isNews(notice: Notice, { state }: Mark): boolean {
  return notice.state !== "done" && !(state === "read" && notice.state === "read");
}
