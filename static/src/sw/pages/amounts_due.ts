/** What a loan asks for on a day, as the server reckoned it: the device only chooses the row. */
import type { DueOnDay, Loan } from "../../replica/documents";

/** The sums of one day, with the day they are of. */
export interface Due extends DueOnDay {
  /** When the server reckoned them. */
  as_of: string;
  /** They are of the day that was asked for. */
  exact: boolean;
}

/** The row of the day, or the last one before it, or the first: never one made here. */
export function dueOn(loan: Loan, day: string): Due {
  const before = loan.days.filter((row) => row.on <= day);
  const row = before.at(-1) ?? loan.days[0] ?? nothing(loan);
  return { ...row, as_of: loan.as_of, exact: row.on === day };
}

function nothing(loan: Loan): DueOnDay {
  const none = { due: 0, fee: 0, penalty: 0, compound: 0, interest: 0, principal: 0, payoff: 0 };
  return { on: loan.as_of, ...none, dpd: loan.dpd };
}
