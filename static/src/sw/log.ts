/** The sync log that the settings page shows: the last things that happened, newest first. */
import type { Outbox } from "../outbox/outbox";

export const LOG_NOTE = "sync.log";
const MOST = 60;

export interface LogLine {
  at: number;
  what: string;
  detail: string;
}

/** Never fails: the log is no reason to stop what it tells of. */
export async function logged(outbox: Outbox, line: LogLine): Promise<void> {
  try {
    const before = JSON.parse((await outbox.note(LOG_NOTE)) ?? "[]") as LogLine[];
    await outbox.setNote(LOG_NOTE, JSON.stringify([line, ...before].slice(0, MOST)));
  } catch {
    return;
  }
}
