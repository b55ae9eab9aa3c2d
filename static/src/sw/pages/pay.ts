/** Recording a repayment: any amount in two taps, paid in full in one, several in a row. */
import type { Loan } from "../../replica/documents";
import type { Held } from "../../replica/reading";
import type { Answer, Request_, Route } from "../routes";
import { groupedYuan } from "../../shared/amounts";
import { checkCode } from "../../shared/check_code";
import { type Due, dueOn } from "./amounts_due";
import { METHODS } from "./codes";
import { Entered, type FormState } from "./form";
import { allPayments, amountsOf, counts, type Payment, paymentsOfCustomer, receivedBeside } from "./payments";
import { forgetDraft, draftOf } from "./drafts";
import { forgetPhotos, photosFor } from "./photos";
import { notFound, safePath } from "./returning";

const OLDEST_YEARS = 10;

interface Taken {
  amount: number;
  paid_on: string;
  method: string;
  reference: string;
  payer: string;
  note: string;
  signature: string | null;
}

async function ask(request: Request_): Promise<Answer> {
  const held = await request.replica.get("loan", request.names["id"] ?? "");
  if (!held) return notFound();
  const asked = request.url.searchParams;
  const values = { amount: asked.get("amount") ?? "", method: await usualMethod(request), paid_on: request.today };
  const draft = await draftOf(request, draftName(held.document));
  return page(request, held, { values: { ...values, ...draft }, errors: {} }, Object.keys(draft).length > 0);
}

async function page(request: Request_, held: Held<"loan">, form: FormState, restored = false): Promise<Answer> {
  const { replica, today } = request;
  const loan = held.document;
  const customer = await replica.get("customer", loan.customer_id);
  const beside = receivedBeside(loan, await paymentsOfCustomer(replica, loan.customer_id));
  return {
    template: "field/pay.html",
    status: Object.keys(form.errors).length ? 422 : 200,
    context: {
      loan: brief(loan),
      customer: { id: loan.customer_id, name: customer?.document.name ?? "", no: customer?.document.no ?? "" },
      due: dueOn(loan, today),
      received: { amount: amountsOf(beside), count: beside.length },
      form,
      methods: [...METHODS],
      draft: draftName(loan),
      restored,
      back: safePath(request.form.get("back") ?? request.url.searchParams.get("back"), `/field/loans/${loan.id}`),
      today,
    },
  };
}

export function brief(loan: Loan): Record<string, unknown> {
  const { id, contract_no, product, next_due_on, next_due_amount, balance, status, as_of } = loan;
  return { id, contract_no, product, next_due_on, next_due_amount, balance, status, as_of };
}

async function take(request: Request_): Promise<Answer> {
  const held = await request.replica.get("loan", request.names["id"] ?? "");
  if (!held) return notFound();
  const entered = new Entered(request.form);
  const taken = readPayment(entered, request.today);
  const photos = await photosFor(request, taken.signature === null ? [] : [taken.signature]);
  if (entered.stands) await askOnce(request, held.document, entered, taken);
  if (!entered.stands) return page(request, held, entered.state);
  const id = await record(request, held.document, taken, photos);
  await Promise.all([
    forgetDraft(request, draftName(held.document)),
    forgetPhotos(request, photos),
    request.writing.setNote(METHOD_NOTE, taken.method),
  ]);
  if (request.form.get("then") === "again") return { redirect: `/field/?done=${id}` };
  return { redirect: `/field/receipts/${id}?new=1` };
}

function readPayment(entered: Entered, today: string): Taken {
  const paid_on = entered.day("paid_on") ?? today;
  if (paid_on > today) entered.refuse("paid_on", "day_future");
  if (paid_on < `${Number(today.slice(0, 4)) - OLDEST_YEARS}`) entered.refuse("paid_on", "day_old");
  return {
    amount: entered.amount("amount"),
    paid_on,
    method: entered.code("method", METHODS),
    reference: entered.line("reference", false, 64),
    payer: entered.line("payer", false, 60),
    note: entered.words("note", false, 500),
    signature: /^[0-9a-f]{64}$/.test(entered.raw("signature")) ? entered.raw("signature") : null,
  };
}

/** What is unusual is asked about once; the form then carries the agreement to just that amount. */
async function askOnce(request: Request_, loan: Loan, entered: Entered, taken: Taken): Promise<void> {
  const agreed = entered.raw("agreed") === String(taken.amount);
  if (agreed) return;
  const due = dueOn(loan, request.today);
  const alike = await alikeToday(request, loan, taken.amount);
  if (alike) entered.refuse("agreed", "again_today", { amount: groupedYuan(taken.amount), fen: taken.amount });
  else if (taken.amount > due.payoff && due.payoff > 0) {
    const known = { amount: groupedYuan(taken.amount), payoff: groupedYuan(due.payoff), on: due.on, fen: taken.amount };
    entered.refuse("agreed", "more_than_owed", known);
  } else if (due.payoff <= 0) {
    entered.refuse("agreed", "nothing_owed", { amount: groupedYuan(taken.amount), fen: taken.amount });
  }
}

async function alikeToday(request: Request_, loan: Loan, amount: number): Promise<Payment | undefined> {
  const payments = await paymentsOfCustomer(request.replica, loan.customer_id);
  return payments.find(
    ({ document, ...payment }) =>
      document.loan_id === loan.id &&
      document.amount === amount &&
      document.paid_on === request.today &&
      counts({ document, ...payment }),
  );
}

/** One tap: what the sheet showed is what is recorded, or the form asks when it is not so plain. */
async function payInFull(request: Request_): Promise<Answer> {
  const held = await request.replica.get("loan", request.names["id"] ?? "");
  if (!held) return notFound();
  const loan = held.document;
  const due: Due = dueOn(loan, request.today);
  const seen = Number(request.form.get("seen") ?? 0);
  const beside = receivedBeside(loan, await allPayments(request.replica));
  if (due.due <= 0 || seen !== due.due || beside.length > 0) {
    return { redirect: `/field/loans/${loan.id}/pay` };
  }
  const plain = { reference: "", payer: "", note: "", signature: null };
  const method = await usualMethod(request);
  const id = await record(request, loan, { amount: due.due, paid_on: request.today, method, ...plain }, []);
  const back = new URL(safePath(request.form.get("back"), "/field/"), "https://bank.invalid");
  back.searchParams.delete("undone");
  back.searchParams.set("done", id);
  return { redirect: back.pathname + back.search };
}

async function record(
  request: Request_,
  loan: Loan,
  taken: Taken,
  photos: Parameters<Request_["writing"]["record"]>[1],
): Promise<string> {
  const id = request.newId();
  const { receiptKey } = await request.replica.device();
  const receipt = { repaymentId: id, contractNo: loan.contract_no, amount: taken.amount, paidOn: taken.paid_on };
  const set = { loan_id: loan.id, ...taken, check_code: await checkCode(receiptKey, receipt) };
  const entry = { entity: "repayment" as const, entityId: id, op: "create" as const, set, was: {} };
  await request.writing.record([{ ...entry, customerId: loan.customer_id }], photos);
  return id;
}

const METHOD_NOTE = "method";

/** The method that was used last on this device; cash at first. */
async function usualMethod(request: Request_): Promise<string> {
  const kept = await request.replica.note(METHOD_NOTE);
  return METHODS.find((method) => method === kept) ?? METHODS[0];
}

function draftName(loan: Loan): string {
  return `pay.${loan.id}`;
}

export const payRoutes: Route[] = [
  { method: "GET", path: "/field/loans/:id/pay", answer: ask },
  { method: "POST", path: "/field/loans/:id/pay", answer: take },
  { method: "POST", path: "/field/loans/:id/paid", answer: payInFull },
];

