/** A loan: its terms, what is due today, its plan and its history. */
import type { Instalment, Loan } from "../../replica/documents";
import type { Answer, Request_, Route } from "../routes";
import { dueOn } from "./amounts_due";
import { daysBetween, timeOf } from "./clock";
import { amountsOf, type Payment, paymentsOfCustomer, receivedBeside } from "./payments";
import { phoneOf } from "./today";
import { notFound } from "./returning";

const NEAR = 6;

async function show(request: Request_): Promise<Answer> {
  const { replica, names, today } = request;
  const held = await replica.get("loan", names["id"] ?? "");
  if (!held) return notFound();
  const loan = held.document;
  const [customer, contacts, payments, promises] = await Promise.all([
    replica.get("customer", loan.customer_id),
    replica.ofCustomer("contact", loan.customer_id),
    paymentsOfCustomer(replica, loan.customer_id),
    replica.ofCustomer("promise", loan.customer_id),
  ]);
  const beside = receivedBeside(loan, payments);
  return {
    template: "field/loan.html",
    context: {
      loan,
      customer: {
        id: loan.customer_id,
        name: customer?.document.name ?? "",
        phone: phoneOf(contacts.map((each) => each.document)),
      },
      due: dueOn(loan, today),
      stale_days: Math.max(0, daysBetween(loan.as_of, today)),
      paid: loan.plan.filter((row) => row.state === "paid").length,
      received: { amount: amountsOf(beside), payments: beside.map((each) => paymentLine(each)) },
      promises: promises
        .filter((each) => each.document.loan_id === loan.id)
        .map((each) => ({ ...each.document, state: each.document.state ?? "open", waiting: each.made })),
      plan: { near: near(loan.plan), all: loan.plan },
      history: loan.history,
      today,
    },
  };
}

/** The instalments around today: those that are owed and the next ones. */
function near(plan: Instalment[]): Instalment[] {
  const first = plan.findIndex((row) => row.state !== "paid");
  if (first < 0) return plan.slice(-NEAR);
  const from = Math.max(0, first - 1);
  return plan.slice(from, from + NEAR);
}

export interface PaymentLine {
  id: string;
  amount: number;
  paid_on: string;
  time: string;
  method: string;
  progress: string;
  reason: string;
  reversing: boolean;
  by_name: string;
}

export function paymentLine(payment: Payment): PaymentLine {
  const { document, progress, reason, reversing, entry } = payment;
  const { id, amount, paid_on, method } = document;
  const time = timeOf(entry?.madeAt ?? document.at ?? "");
  return { id, amount, paid_on, time, method, progress, reason, reversing, by_name: document.by_name ?? "" };
}

/** What a list shows of a loan. */
export function loanLine(loan: Loan, payments: Payment[], today: string): Record<string, unknown> {
  const due = dueOn(loan, today);
  const beside = receivedBeside(loan, payments);
  return {
    id: loan.id,
    contract_no: loan.contract_no,
    product: loan.product,
    status: loan.status,
    balance: loan.balance,
    principal: loan.principal,
    next_due_on: loan.next_due_on,
    next_due_amount: loan.next_due_amount,
    settled: loan.settled_on !== null,
    due,
    received: amountsOf(beside),
    received_count: beside.length,
  };
}

export const loanRoutes: Route[] = [{ method: "GET", path: "/field/loans/:id", answer: show }];
