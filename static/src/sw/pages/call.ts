/** The log of contacts: which number, by which channel, with which result. */
import type { Held } from "../../replica/reading";
import type { Answer, Request_, Route } from "../routes";
import { CALL_CHANNELS, CALL_RESULTS } from "./codes";
import { conductOf, unanswered } from "./conduct";
import { stays } from "./customer";
import { draftOf, forgetDraft } from "./drafts";
import { Entered, type FormState } from "./form";
import { notFound } from "./returning";
import { inReach } from "./today";

async function ask(request: Request_): Promise<Answer> {
  const held = await request.replica.get("customer", request.names["id"] ?? "");
  if (!held) return notFound();
  const draft = await draftOf(request, draftName(held));
  const chosen = request.url.searchParams;
  const values = { channel: chosen.get("channel") ?? "phone", contact_id: chosen.get("contact") ?? "", ...draft };
  return page(request, held, { values, errors: {} }, Object.keys(draft).length > 0);
}

async function page(request: Request_, held: Held<"customer">, form: FormState, restored = false): Promise<Answer> {
  const { replica, today } = request;
  const id = held.document.id;
  const [contacts, calls] = await Promise.all([replica.ofCustomer("contact", id), replica.ofCustomer("call", id)]);
  const logged = calls.map((each) => each.document);
  return {
    template: "field/call.html",
    status: Object.keys(form.errors).length ? 422 : 200,
    context: {
      customer: { id, name: held.document.name },
      contacts: inReach(contacts.filter(stays).map((each) => each.document))
        .filter((contact) => contact.kind !== "email")
        .map((contact) => ({ ...contact, unanswered: unanswered(logged, contact.id, today) })),
      conduct: await conductOf(request, id),
      form,
      channels: [...CALL_CHANNELS],
      results: [...CALL_RESULTS],
      draft: draftName(held),
      restored,
      today,
    },
  };
}

async function take(request: Request_): Promise<Answer> {
  const held = await request.replica.get("customer", request.names["id"] ?? "");
  if (!held) return notFound();
  const customerId = held.document.id;
  const entered = new Entered(request.form);
  const contacts = await request.replica.ofCustomer("contact", customerId);
  const contact = contacts.find((each) => each.document.id === entered.raw("contact_id"))?.document;
  const set = {
    customer_id: customerId,
    contact_id: contact?.id ?? null,
    relation: contact?.relation ?? "other",
    channel: entered.code("channel", CALL_CHANNELS),
    result: entered.code("result", CALL_RESULTS),
    summary: entered.words("summary"),
    called_at: request.now.toISOString(),
    // Outside the allowed hours only with the debtor's consent.
    ...(entered.raw("consented") === "1" ? { consented: true } : {}),
  };
  if (!entered.stands) return page(request, held, entered.state);
  await request.writing.record([{ entity: "call", entityId: request.newId(), op: "create", set, was: {}, customerId }]);
  await forgetDraft(request, draftName(held));
  if (request.form.get("then") === "promise") return { redirect: `/field/customers/${customerId}/promise` };
  return { redirect: `/field/customers/${customerId}?saved=call` };
}

function draftName(held: Held<"customer">): string {
  return `call.${held.document.id}`;
}

export const callRoutes: Route[] = [
  { method: "GET", path: "/field/customers/:id/call", answer: ask },
  { method: "POST", path: "/field/customers/:id/call", answer: take },
];
