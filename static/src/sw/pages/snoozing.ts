/** Until when something is put off (server/domain/snoozing.py, the same cases): bank time. */
import { daysAfter, dayOf } from "./clock";

export const SNOOZES = ["hour", "evening", "morning", "date"] as const;

const HOUR_MS = 3_600_000;
const EVENING = "18:00:00+08:00";
const MORNING = "08:00:00+08:00";

/** A moment after now; null where the choice gives none (an evening that has come, a day gone by). */
export function snoozedUntil(choice: string, now: Date, on: string | null): string | null {
  const today = dayOf(now);
  switch (choice) {
    case "hour":
      return new Date(now.getTime() + HOUR_MS).toISOString();
    case "evening":
      return later(`${today}T${EVENING}`, now);
    case "morning":
      return later(`${daysAfter(today, 1)}T${MORNING}`, now);
    case "date":
      return on === null ? null : later(`${on}T${MORNING}`, now);
    default:
      return null;
  }
}

function later(text: string, now: Date): string | null {
  const moment = new Date(text);
  return moment > now ? moment.toISOString() : null;
}
