/** My takings of a day by method, and the cash that was counted and handed in against them. */
import type { Answer, Request_, Route } from "../routes";
import { fenOf } from "../../shared/amounts";
import { isoDate } from "../../shared/dates";
import { daysAfter } from "./clock";
import { METHODS } from "./codes";
import { Entered, type FormState } from "./form";
import { paymentLine } from "./loan";
import { allPayments, amountsOf, counts, isOwn, type Payment, recordedOn } from "./payments";

async function show(request: Request_): Promise<Answer> {
  return page(request, dayAsked(request, request.url.searchParams.get("day")), { values: {}, errors: {} });
}

function dayAsked(request: Request_, text: string | null): string {
  const day = text === null ? null : isoDate(text);
  return day !== null && day <= request.today ? day : request.today;
}

async function page(request: Request_, day: string, form: FormState): Promise<Answer> {
  const { replica, today, url } = request;
  const [device, payments, customers, handovers, waiting] = await Promise.all([
    replica.device(),
    allPayments(replica),
    replica.all("customer"),
    replica.all("handover"),
    replica.waiting(),
  ]);
  const names = new Map(customers.map((held) => [held.document.id, held.document.name]));
  const mine = payments.filter((each) => isOwn(each, device.userId) && recordedOn(each) === day);
  const taken = mine.filter(counts);
  const cash = amountsOf(taken.filter((each) => each.document.method === "cash"));
  const made = new Map(waiting.filter((each) => each.entry.entity === "handover").map((each) => [each.entry.entityId, each]));
  return {
    template: "field/takings.html",
    status: Object.keys(form.errors).length ? 422 : 200,
    context: {
      day,
      today,
      before: daysAfter(day, -1),
      after: day < today ? daysAfter(day, 1) : null,
      methods: byMethod(taken),
      total: totalsOf(taken),
      count: taken.length,
      cash,
      handovers: handovers
        .filter((held) => held.document.day === day)
        .map((held) => ({
          ...held.document,
          state: held.document.state ?? "waiting",
          decided_by_name: held.document.decided_by_name ?? "",
          decision_note: held.document.decision_note ?? "",
          unsent: held.made,
          reason: made.get(held.document.id)?.reason ?? "",
          differs: held.document.counted - cash,
        })),
      lines: mine.map((each) => ({ ...paymentLine(each), name: names.get(each.document.customer_id) ?? "" })),
      form,
      saved: url.searchParams.get("saved") === "1",
    },
  };
}

/** What is confirmed, waits and is held, by method, in the order of the methods. */
function byMethod(payments: Payment[]): Record<string, unknown>[] {
  const others = payments.map((each) => each.document.method).filter((method) => !METHODS.some((known) => known === method));
  return [...METHODS, ...new Set(others)]
    .map((method) => ({ method, of: payments.filter((each) => each.document.method === method) }))
    .filter((each) => each.of.length > 0)
    .map((each) => ({ method: each.method, count: each.of.length, ...totalsOf(each.of) }));
}

function totalsOf(payments: Payment[]): Record<string, number> {
  const at = (progress: string): number => amountsOf(payments.filter((each) => each.progress === progress));
  return { confirmed: at("confirmed"), waiting: at("waiting"), held: at("held"), amount: amountsOf(payments) };
}

async function handIn(request: Request_): Promise<Answer> {
  const entered = new Entered(request.form);
  const day = dayAsked(request, String(request.form.get("day") ?? ""));
  const counted = fenOf(entered.raw("counted")) === 0 ? 0 : entered.amount("counted");
  const note = entered.words("note");
  if (!entered.stands) return page(request, day, entered.state);
  const set = { day, counted, note };
  await request.writing.record([
    { entity: "handover", entityId: request.newId(), op: "create", set, was: {}, customerId: null },
  ]);
  return { redirect: `/field/takings?day=${day}&saved=1` };
}

export const takingsRoutes: Route[] = [
  { method: "GET", path: "/field/takings", answer: show },
  { method: "POST", path: "/field/takings", answer: handIn },
];
