/** Documents for tests of pages: made up, whole, and overridden by the test. */
import type {
  Address,
  Contact,
  Customer,
  DueOnDay,
  Instalment,
  Loan,
  Notice,
  Promise_,
  Repayment,
  Visit,
} from "../../../static/src/replica/documents";
import { daysAfter } from "../../../static/src/sw/pages/clock";
import { TODAY } from "./fake_replica";

export const BANK = {
  id: "bank",
  name: "青溪农商银行",
  branch_name: "南塘支行",
  branch_phone: "0571-87654321",
  quiet_from: "22:00",
  quiet_until: "08:00",
  calls_a_day: 6,
};

export function customer(id: string, name: string, more: Partial<Customer> = {}): Customer {
  return {
    id,
    no: `C-${id}`,
    name,
    kind: "person",
    keys: [],
    id_no: "330***********0017",
    gender: "M",
    birth_on: "1990-03-07",
    spouse_name: "",
    employer: "",
    occupation: "",
    remark: "",
    complete: true,
    since: "2024-05-01",
    state: "active",
    ...more,
  };
}

export function contact(id: string, customer_id: string, value: string, more: Partial<Contact> = {}): Contact {
  return { id, customer_id, kind: "mobile", relation: "self", person_name: "", value, ...more };
}

export function address(id: string, customer_id: string, text: string): Address {
  return { id, customer_id, kind: "home", address: text };
}

/** What is owed from today on: principal and interest of it, the rest penalty. */
export function days(due: number, dpd: number, payoff: number, count = 15): DueOnDay[] {
  return Array.from({ length: count }, (_, place) => {
    const penalty = dpd > 0 ? Math.min(due, 500 + place * 20) : 0;
    const interest = Math.round((due - penalty) / 5);
    const principal = due - penalty - interest;
    const on = daysAfter(TODAY, place);
    return { on, due, fee: 0, penalty, compound: 0, interest, principal, dpd: dpd > 0 ? dpd + place : 0, payoff };
  });
}

export function plan(count: number, paid: number): Instalment[] {
  return Array.from({ length: count }, (_, place) => {
    const isPaid = place < paid;
    const due_on = daysAfter(TODAY, (place - paid) * 30);
    const state = isPaid ? "paid" : place === paid ? "due" : "future";
    return { no: place + 1, due_on, principal: 80_000, interest: 20_000, due: 100_000, paid: isPaid ? 100_000 : 0, left: isPaid ? 0 : 100_000, state };
  });
}

export function loan(id: string, customer_id: string, more: Partial<Loan> = {}): Loan {
  return {
    id,
    customer_id,
    contract_no: `QX-2025-${id}`,
    product: "经营贷款",
    method: "EQUAL_INSTALMENT",
    principal: 1_200_000,
    rate: "5.40",
    disbursed_on: "2025-06-10",
    maturity_on: "2027-06-10",
    periods: 24,
    status: "NORMAL",
    five_class: "NORMAL",
    balance: 800_000,
    credit: 0,
    dpd: 0,
    unpaid_due_on: null,
    next_due_on: TODAY,
    next_due_amount: 100_000,
    last_paid_on: "2026-02-10",
    last_paid_amount: 100_000,
    settled_on: null,
    security: "credit",
    guarantors: [],
    as_of: TODAY,
    days: days(100_000, 0, 830_000),
    plan: plan(24, 9),
    history: [
      {
        id: `paid-${id}`,
        on: "2026-02-10",
        kind: "repayment",
        amount: 100_000,
        receipt_no: "R2026-0211",
        reversed: false,
        parts: [
          { name: "interest", amount: 20_000 },
          { name: "principal", amount: 80_000 },
        ],
      },
      { id: `out-${id}`, on: "2025-06-10", kind: "disbursed", amount: 1_200_000, receipt_no: null, reversed: false, parts: [] },
    ],
    ...more,
  };
}

/** One that is late: `dpd` days, `due` fen. */
export function overdue(id: string, customer_id: string, dpd: number, due: number, more: Partial<Loan> = {}): Loan {
  const since = daysAfter(TODAY, -dpd);
  const sums = { dpd, unpaid_due_on: since, next_due_on: daysAfter(TODAY, 30 - dpd), days: days(due, dpd, 850_000) };
  return loan(id, customer_id, { status: "OVERDUE", five_class: "SPECIAL_MENTION", ...sums, ...more });
}

export function repayment(id: string, of: Loan, amount: number, more: Partial<Repayment> = {}): Repayment {
  return {
    id,
    loan_id: of.id,
    customer_id: of.customer_id,
    amount,
    paid_on: TODAY,
    method: "cash",
    payer: "",
    note: "",
    receipt_no: "R2026-0301",
    check_code: "ABCDE23456",
    state: "confirmed",
    reason: "",
    by: "officer",
    by_name: "陈晓明",
    at: `${TODAY}T01:20:00Z`,
    ...more,
  };
}

export function promise(id: string, of: Loan, amount: number, promised_on: string, more: Partial<Promise_> = {}): Promise_ {
  return {
    id,
    customer_id: of.customer_id,
    loan_id: of.id,
    amount,
    promised_on,
    made_on: "2026-03-05",
    channel: "phone",
    note: "",
    state: "open",
    by: "officer",
    by_name: "陈晓明",
    ...more,
  };
}

export function visit(id: string, customer_id: string, more: Partial<Visit> = {}): Visit {
  return {
    id,
    customer_id,
    loan_id: null,
    purpose: "post_loan",
    visited_at: "2026-02-20T03:00:00Z",
    staff: "陈晓明",
    met: "self",
    findings: "店铺照常营业，生意稳定。",
    ability: 4,
    next_step: "call",
    next_on: "2026-03-20",
    position: null,
    photos: [],
    by: "officer",
    by_name: "陈晓明",
    ...more,
  };
}

export function notice(id: string, kind: string, more: Partial<Notice> = {}): Notice {
  return { id, kind, at: "2026-03-10T00:40:00Z", entity: "contact", entity_id: "p1", customer_id: null, params: {}, urgent: false, about_on: null, state: "new", snoozed_until: null, ...more };
}
