/** Rules of conduct 催收行为: no collection in quiet hours, no more calls a day than are allowed. */
import type { Bank, Call } from "../../replica/documents";
import type { Request_ } from "../routes";
import { dayOf, timeOf } from "./clock";

const USUAL = { quiet_from: "22:00", quiet_until: "08:00", calls_a_day: 3 };
/** So many calls without an answer to one number on one day, and no more. */
export const MOST_UNANSWERED = 6;
const UNANSWERED = new Set(["no_answer", "switched_off", "refused"]);

export interface Conduct {
  quiet: boolean;
  quiet_from: string;
  quiet_until: string;
  calls_today: number;
  calls_a_day: number;
  too_many: boolean;
}

export async function conductOf(request: Request_, customerId: string): Promise<Conduct> {
  const [banks, calls] = await Promise.all([
    request.replica.all("bank"),
    request.replica.ofCustomer("call", customerId),
  ]);
  const rules = banks[0]?.document ?? USUAL;
  const today = calls.map((held) => held.document).filter((call) => dayOf(call.called_at) === request.today);
  return {
    quiet: isQuiet(timeOf(request.now), rules),
    quiet_from: rules.quiet_from,
    quiet_until: rules.quiet_until,
    calls_today: today.length,
    calls_a_day: rules.calls_a_day,
    too_many: today.length >= rules.calls_a_day,
  };
}

/** Whether `time` (HH:MM) lies in the quiet hours, which usually go over midnight. */
export function isQuiet(time: string, rules: Pick<Bank, "quiet_from" | "quiet_until">): boolean {
  const { quiet_from: from, quiet_until: until } = rules;
  return from <= until ? time >= from && time < until : time >= from || time < until;
}

/** Calls without an answer to one contact on a day. */
export function unanswered(calls: Call[], contactId: string | null, day: string): number {
  return calls.filter(
    (call) => call.contact_id === contactId && dayOf(call.called_at) === day && UNANSWERED.has(call.result),
  ).length;
}
