/** A promise to pay 承诺还款: how much, by when, said through which channel. */
import type { Held } from "../../replica/reading";
import type { Answer, Request_, Route } from "../routes";
import { dueOn } from "./amounts_due";
import { daysAfter } from "./clock";
import { PROMISE_CHANNELS } from "./codes";
import { draftOf, forgetDraft } from "./drafts";
import { Entered, type FormState } from "./form";
import { notFound } from "./returning";

const LATEST_DAYS = 366;

/** From the customer's page: the loan that owes most today. */
async function choose(request: Request_): Promise<Answer> {
  const loans = await request.replica.ofCustomer("loan", request.names["id"] ?? "");
  const open = loans.filter((loan) => loan.document.settled_on === null);
  const owed = open.sort((one, other) => dueOn(other.document, request.today).due - dueOn(one.document, request.today).due);
  const first = owed[0];
  return first ? { redirect: `/field/loans/${first.document.id}/promise` } : notFound();
}

async function ask(request: Request_): Promise<Answer> {
  const held = await request.replica.get("loan", request.names["id"] ?? "");
  if (!held) return notFound();
  const draft = await draftOf(request, draftName(held));
  const values = { channel: "visit", promised_on: daysAfter(request.today, 1), ...draft };
  return page(request, held, { values, errors: {} }, Object.keys(draft).length > 0);
}

async function page(request: Request_, held: Held<"loan">, form: FormState, restored = false): Promise<Answer> {
  const { replica, today } = request;
  const loan = held.document;
  const [customer, promises, loans] = await Promise.all([
    replica.get("customer", loan.customer_id),
    replica.ofCustomer("promise", loan.customer_id),
    replica.ofCustomer("loan", loan.customer_id),
  ]);
  return {
    template: "field/promise.html",
    status: Object.keys(form.errors).length ? 422 : 200,
    context: {
      loan: { id: loan.id, contract_no: loan.contract_no, product: loan.product },
      others: loans
        .filter((each) => each.document.settled_on === null && each.document.id !== loan.id)
        .map((each) => ({ id: each.document.id, contract_no: each.document.contract_no })),
      customer: { id: loan.customer_id, name: customer?.document.name ?? "" },
      due: dueOn(loan, today),
      open: promises
        .filter(({ document }) => document.loan_id === loan.id && (document.state ?? "open") === "open")
        .map(({ document }) => ({ amount: document.amount, promised_on: document.promised_on })),
      form,
      days: { tomorrow: daysAfter(today, 1), three: daysAfter(today, 3), week: daysAfter(today, 7) },
      channels: [...PROMISE_CHANNELS],
      draft: draftName(held),
      restored,
      today,
    },
  };
}

async function take(request: Request_): Promise<Answer> {
  const held = await request.replica.get("loan", request.names["id"] ?? "");
  if (!held) return notFound();
  const loan = held.document;
  const entered = new Entered(request.form);
  const amount = entered.amount("amount");
  const promised_on = entered.day("promised_on", true);
  if (promised_on !== null && promised_on < request.today) entered.refuse("promised_on", "day_past");
  if (promised_on !== null && promised_on > daysAfter(request.today, LATEST_DAYS)) entered.refuse("promised_on", "day_far");
  const channel = entered.code("channel", PROMISE_CHANNELS);
  const note = entered.words("note", false, 500);
  if (!entered.stands) return page(request, held, entered.state);
  const customerId = loan.customer_id;
  const set = { customer_id: customerId, loan_id: loan.id, amount, promised_on, channel, note };
  await request.writing.record([{ entity: "promise", entityId: request.newId(), op: "create", set, was: {}, customerId }]);
  await forgetDraft(request, draftName(held));
  return { redirect: `/field/customers/${customerId}?saved=promise` };
}

function draftName(held: Held<"loan">): string {
  return `promise.${held.document.id}`;
}

export const promiseRoutes: Route[] = [
  { method: "GET", path: "/field/customers/:id/promise", answer: choose },
  { method: "GET", path: "/field/loans/:id/promise", answer: ask },
  { method: "POST", path: "/field/loans/:id/promise", answer: take },
];
