/** Payments as the device knows them: confirmed by the server, or waiting in the outbox. */
import type { Waiting } from "../../outbox/entries";
import type { Loan, Repayment } from "../../replica/documents";
import type { Held, Replica } from "../../replica/reading";
import { dayOf, newestFirst } from "./clock";

export interface Payment {
  document: Repayment;
  progress: "waiting" | Repayment["state"];
  /** A code: why it is held or rejected. */
  reason: string;
  /** The entry of the outbox, while it is there. */
  entry: Waiting | null;
  /** Asked to be reversed here; the answer is still out. */
  reversing: boolean;
}

export async function allPayments(replica: Replica): Promise<Payment[]> {
  return paymentsOf(await replica.all("repayment"), await replica.waiting());
}

export async function paymentsOfCustomer(replica: Replica, customerId: string): Promise<Payment[]> {
  return paymentsOf(await replica.ofCustomer("repayment", customerId), await replica.waiting());
}

/** The documents with how far each has come, newest first. */
export function paymentsOf(documents: Held<"repayment">[], waiting: Waiting[]): Payment[] {
  const entries = new Map(
    waiting.filter((each) => each.entry.entity === "repayment").map((each) => [each.entry.entityId, each]),
  );
  const reversed = new Set(
    waiting
      .filter((each) => each.entry.entity === "reversal" && each.progress !== "rejected")
      .map((each) => each.entry.set["repayment_id"]),
  );
  return documents
    .map((held) => payment(held, entries.get(held.document.id) ?? null, reversed.has(held.document.id)))
    .sort(newestFirst(momentOf));
}

function payment(held: Held<"repayment">, entry: Waiting | null, reversing: boolean): Payment {
  const { document } = held;
  if (!held.made && !entry) return { document, progress: document.state, reason: document.reason, entry, reversing };
  const progress = entry?.progress === "held" || entry?.progress === "rejected" ? entry.progress : "waiting";
  return { document, progress, reason: entry?.reason ?? "", entry, reversing };
}

const OUT = new Set(["rejected", "joined", "reversed"]);

/** It counts as money received: neither refused nor joined with another nor reversed. */
export function counts(payment: Payment): boolean {
  return !OUT.has(payment.progress) && !payment.reversing;
}

/** Payments that the loan's sums do not know yet: waiting, held, or newer than the sums. */
export function receivedBeside(loan: Loan, payments: Payment[]): Payment[] {
  const known = new Set(loan.history.map((line) => line.id));
  return payments.filter(
    (each) => each.document.loan_id === loan.id && counts(each) && !known.has(each.document.id) && isNew(each, loan),
  );
}

function isNew(payment: Payment, loan: Loan): boolean {
  return payment.progress !== "confirmed" || payment.document.paid_on >= loan.as_of;
}

/** Taken by this officer. */
export function isOwn(payment: Payment, userId: string): boolean {
  return payment.entry !== null || payment.document.by === userId;
}

/** Recorded on that day, whatever day it was paid on. */
export function recordedOn(payment: Payment): string {
  return dayOf(momentOf(payment));
}

function momentOf(payment: Payment): string {
  return payment.entry?.madeAt ?? payment.document.at ?? "";
}

export function sum(amounts: number[]): number {
  return amounts.reduce((all, amount) => all + amount, 0);
}

export function amountsOf(payments: Payment[]): number {
  return sum(payments.map((each) => each.document.amount));
}
