/** Rules of conduct 催收行为: no collection in quiet hours, no more calls a day than are allowed. */
import type { Bank, Call } from "../../replica/documents";
import type { Request_ } from "../routes";
import { dayOf, timeOf } from "./clock";

const USUAL = { quiet_from: "22:00", quiet_until: "08:00", calls_a_day: 6 };
/** From so many calls without an answer to one number on one day the page warns. */
const MANY = 3;
const UNANSWERED = new Set(["no_answer", "switched_off", "invalid", "refused"]);

export interface Conduct {
  quiet: boolean;
  quiet_from: string;
  quiet_until: string;
  /** Calls without an answer today, to the number that was tried most. */
  unanswered: number;
  calls_a_day: number;
  many: boolean;
  too_many: boolean;
}

export async function conductOf(request: Request_, customerId: string): Promise<Conduct> {
  const { replica, now, today } = request;
  const [banks, held] = await Promise.all([replica.all("bank"), replica.ofCustomer("call", customerId)]);
  const rules = banks[0]?.document ?? USUAL;
  const calls = held.map((each) => each.document);
  const numbers = new Set(calls.map((call) => call.contact_id));
  const most = Math.max(0, ...[...numbers].map((number) => unanswered(calls, number, today)));
  return {
    quiet: isQuiet(timeOf(now), rules),
    quiet_from: rules.quiet_from,
    quiet_until: rules.quiet_until,
    unanswered: most,
    calls_a_day: rules.calls_a_day,
    many: most >= MANY,
    too_many: most >= rules.calls_a_day,
  };
}

/** Whether `time` (HH:MM) lies in the quiet hours, which usually go over midnight. */
export function isQuiet(time: string, rules: Pick<Bank, "quiet_from" | "quiet_until">): boolean {
  const { quiet_from: from, quiet_until: until } = rules;
  return from <= until ? time >= from && time < until : time >= from || time < until;
}

/** Calls without an answer to one contact on a day; other ways of reaching do not count. */
export function unanswered(calls: Call[], contactId: string | null, day: string): number {
  return calls.filter(
    (call) =>
      call.contact_id === contactId &&
      call.channel === "phone" &&
      dayOf(call.called_at) === day &&
      UNANSWERED.has(call.result),
  ).length;
}
