/** What a customer says: a complaint, a question, a suggestion, praise. */
import type { Held } from "../../replica/reading";
import type { Answer, Request_, Route } from "../routes";
import { FEEDBACK_CATEGORIES, FEEDBACK_CHANNELS, FEEDBACK_KINDS } from "./codes";
import { draftOf, forgetDraft } from "./drafts";
import { Entered, type FormState } from "./form";
import { notFound } from "./returning";

async function ask(request: Request_): Promise<Answer> {
  const held = await request.replica.get("customer", request.names["id"] ?? "");
  if (!held) return notFound();
  const draft = await draftOf(request, draftName(held));
  const values = { kind: "", category: "", channel: "field", received_on: request.today, ...draft };
  return page(request, held, { values, errors: {} }, Object.keys(draft).length > 0);
}

async function page(request: Request_, held: Held<"customer">, form: FormState, restored = false): Promise<Answer> {
  const id = held.document.id;
  const loans = await request.replica.ofCustomer("loan", id);
  return {
    template: "field/feedback.html",
    status: Object.keys(form.errors).length ? 422 : 200,
    context: {
      customer: { id, name: held.document.name },
      loans: loans.map(({ document }) => ({ id: document.id, contract_no: document.contract_no, product: document.product })),
      form,
      kinds: [...FEEDBACK_KINDS],
      categories: [...FEEDBACK_CATEGORIES],
      channels: [...FEEDBACK_CHANNELS],
      draft: draftName(held),
      restored,
      today: request.today,
    },
  };
}

async function take(request: Request_): Promise<Answer> {
  const held = await request.replica.get("customer", request.names["id"] ?? "");
  if (!held) return notFound();
  const customerId = held.document.id;
  const entered = new Entered(request.form);
  const loans = await request.replica.ofCustomer("loan", customerId);
  const received_on = entered.day("received_on") ?? request.today;
  if (received_on > request.today) entered.refuse("received_on", "day_future");
  const set = {
    customer_id: customerId,
    loan_id: loans.find((loan) => loan.document.id === entered.raw("loan_id"))?.document.id ?? null,
    kind: entered.code("kind", FEEDBACK_KINDS),
    category: entered.code("category", FEEDBACK_CATEGORIES),
    channel: entered.code("channel", FEEDBACK_CHANNELS),
    content: entered.words("content", true),
    received_on,
  };
  if (!entered.stands) return page(request, held, entered.state);
  await request.writing.record([{ entity: "feedback", entityId: request.newId(), op: "create", set, was: {}, customerId }]);
  await forgetDraft(request, draftName(held));
  return { redirect: `/field/customers/${customerId}?saved=feedback` };
}

function draftName(held: Held<"customer">): string {
  return `feedback.${held.document.id}`;
}

export const feedbackRoutes: Route[] = [
  { method: "GET", path: "/field/customers/:id/feedback", answer: ask },
  { method: "POST", path: "/field/customers/:id/feedback", answer: take },
];
