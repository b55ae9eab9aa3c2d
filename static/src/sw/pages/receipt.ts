/** A receipt to show, share or print; undone within ten seconds, reversed later. */
import type { Answer, Request_, Route } from "../routes";
import { capitals, MAX_FEN } from "../../shared/capitals";
import { dayOf, timeOf } from "./clock";
import { Entered, type FormState } from "./form";
import { isOwn, type Payment, paymentsOfCustomer } from "./payments";
import { notFound } from "./returning";
import { sheetOf } from "./today";
import { undoable } from "./undo";

async function find(request: Request_): Promise<Payment | null> {
  const held = await request.replica.get("repayment", request.names["id"] ?? "");
  if (!held) return null;
  const payments = await paymentsOfCustomer(request.replica, held.document.customer_id);
  return payments.find((each) => each.document.id === held.document.id) ?? null;
}

async function show(request: Request_): Promise<Answer> {
  const payment = await find(request);
  return payment ? page(request, payment) : notFound();
}

async function page(request: Request_, payment: Payment, form: FormState | null = null): Promise<Answer> {
  const { replica, now, url, today } = request;
  const { document, entry } = payment;
  const [customer, loan, banks, device] = await Promise.all([
    replica.get("customer", document.customer_id),
    replica.get("loan", document.loan_id),
    replica.all("bank"),
    replica.device(),
  ]);
  const recordedAt = entry?.madeAt ?? document.at;
  const bank = banks[0]?.document;
  return {
    template: "field/receipt.html",
    status: form && Object.keys(form.errors).length ? 422 : 200,
    context: {
      receipt: {
        id: document.id,
        amount: document.amount,
        capitals: capitalsOf(document.amount),
        paid_on: document.paid_on,
        recorded: `${dayOf(recordedAt)} ${timeOf(recordedAt)}`,
        method: document.method,
        payer: document.payer || (customer?.document.name ?? ""),
        note: document.note,
        receipt_no: document.receipt_no ?? null,
        check_code: checkParts(document.check_code),
        by_name: document.by_name || device.userName,
        signature: signatureOf(payment),
      },
      progress: payment.progress,
      reason: payment.reason,
      reversing: payment.reversing,
      ...undoable(entry, now),
      may_reverse: isOwn(payment, device.userId) && mayReverse(payment) && undoable(entry, now).undo === null,
      own_of_today: dayOf(recordedAt) === today,
      customer: { id: document.customer_id, name: customer?.document.name ?? "", no: customer?.document.no ?? "" },
      loan: loan ? { id: loan.document.id, contract_no: loan.document.contract_no, product: loan.document.product } : null,
      bank: { name: bank?.name ?? "", branch_name: bank?.branch_name ?? "", branch_phone: bank?.branch_phone ?? "" },
      is_new: url.searchParams.get("new") === "1",
      late: url.searchParams.get("late") === "1",
      next: await nextToVisit(request, document.customer_id),
      form: form ?? { values: {}, errors: {} },
      today,
    },
  };
}

function capitalsOf(fen: number): string {
  return Number.isSafeInteger(fen) && Math.abs(fen) <= MAX_FEN ? capitals(fen) : "";
}

/** In two groups of five, to be read out. */
function checkParts(code: string | null | undefined): string {
  return code ? `${code.slice(0, 5)} ${code.slice(5)}`.trim() : "";
}

function signatureOf(payment: Payment): string | null {
  const signature = payment.entry?.entry.set["signature"];
  return typeof signature === "string" ? signature : null;
}

function mayReverse(payment: Payment): boolean {
  return !payment.reversing && (payment.progress === "confirmed" || payment.progress === "waiting" || payment.progress === "held");
}

/** The first on today's sheet who has not paid, after this customer. */
async function nextToVisit(request: Request_, customerId: string): Promise<Record<string, unknown> | null> {
  const rows = await sheetOf(request);
  const here = rows.findIndex((row) => row.id === customerId);
  const following = [...rows.slice(here + 1), ...rows.slice(0, Math.max(here, 0))];
  const next = following.find((row) => !row.done && row.id !== customerId && row.loans.some((loan) => loan.kind !== "coming"));
  const loan = next?.loans[0];
  return next && loan ? { customer_id: next.id, name: next.name, due: next.due, loan_id: loan.id } : null;
}

async function askReversal(request: Request_): Promise<Answer> {
  const payment = await find(request);
  return payment ? reversalPage(request, payment, { values: {}, errors: {} }) : notFound();
}

async function reversalPage(request: Request_, payment: Payment, form: FormState): Promise<Answer> {
  const answer = await page(request, payment, form);
  return "template" in answer ? { ...answer, template: "field/reverse.html" } : answer;
}

async function reverse(request: Request_): Promise<Answer> {
  const payment = await find(request);
  if (!payment) return notFound();
  const entered = new Entered(request.form);
  const reason = entered.words("reason", true, 500);
  const device = await request.replica.device();
  if (!isOwn(payment, device.userId) || !mayReverse(payment)) entered.refuse("reason", "not_reversible");
  if (!entered.stands) return reversalPage(request, payment, entered.state);
  await request.writing.record([
    {
      entity: "reversal",
      entityId: request.newId(),
      op: "create",
      set: { repayment_id: payment.document.id, reason },
      was: {},
      customerId: payment.document.customer_id,
    },
  ]);
  return { redirect: `/field/receipts/${payment.document.id}` };
}

export const receiptRoutes: Route[] = [
  { method: "GET", path: "/field/receipts/:id", answer: show },
  { method: "GET", path: "/field/receipts/:id/reverse", answer: askReversal },
  { method: "POST", path: "/field/receipts/:id/reverse", answer: reverse },
];
