/** A customer in one page: how to reach, what is owed, what waits, all that happened. */
import type { Contact } from "../../replica/documents";
import type { Held, Replica } from "../../replica/reading";
import { maskId } from "../../shared/identity";
import type { Answer, Request_, Route } from "../routes";
import { newestFirst, whenOf } from "./clock";
import { conductOf } from "./conduct";
import { loanLine } from "./loan";
import { noticeLine } from "./notices";
import { counts, paymentsOfCustomer } from "./payments";
import { notFound } from "./returning";
import { remember } from "./search";
import { inReach, phoneOf } from "./today";
import { waitingLines } from "./waiting_view";

const SHOWN = 40;

async function show(request: Request_): Promise<Answer> {
  const { replica, names, now, today, url } = request;
  const held = await replica.get("customer", names["id"] ?? "");
  if (!held) return notFound();
  const id = held.document.id;
  void remember(request, id);
  const [contacts, addresses, loans, payments, promises, all, notices] = await Promise.all([
    replica.ofCustomer("contact", id),
    replica.ofCustomer("address", id),
    replica.ofCustomer("loan", id),
    paymentsOfCustomer(replica, id),
    replica.ofCustomer("promise", id),
    replica.waiting(),
    replica.ofCustomer("notice", id),
  ]);
  const lines = loans.map((loan) => ({ ...loanLine(loan.document, payments, today), waiting: loan.made, settled: loan.document.settled_on !== null }));
  const waiting = all.filter((each) => each.entry.customerId === id);
  return {
    template: "field/customer.html",
    context: {
      customer: { ...held.document, id_no: held.document.id_no ? maskId(held.document.id_no) : null },
      made: held.made,
      waiting_fields: held.waiting,
      phone: phoneOf(contacts.map((each) => each.document)),
      address: addresses[0]?.document.address ?? null,
      contacts: inReach(contacts.filter(stays).map(contactLine)),
      addresses: addresses.filter(stays).map((each) => ({ ...each.document, waiting: isWaiting(each) })),
      loans: lines.filter((loan) => !loan.settled),
      settled: lines.filter((loan) => loan.settled),
      promises: promises.filter(({ document }) => (document.state || "open") === "open").map(promiseLine),
      conduct: await conductOf(request, id),
      waiting: await waitingLines(replica, waiting, now, today),
      notices: notices
        .filter(({ document }) => document.state !== "done")
        .map((each) => noticeLine(each.document, held.document.name, all, today, now)),
      timeline: await timeline(replica, id, today, payments.filter(counts)),
      undone: url.searchParams.get("undone") === "1",
      late: url.searchParams.get("late") === "1",
      saved: url.searchParams.get("saved") ?? "",
      today,
    },
  };
}

function isWaiting(held: Held<"contact"> | Held<"address"> | Held<"promise">): boolean {
  return held.made || held.waiting.length > 0;
}

/** One that was taken out here shows no more, though the server has yet to hear of it. */
export function stays(held: { document: object }): boolean {
  return (held.document as { deleted?: boolean }).deleted !== true;
}

function contactLine(held: Held<"contact">): Contact & { waiting: boolean; rings: boolean } {
  const rings = held.document.kind === "mobile" || held.document.kind === "landline";
  return { ...held.document, waiting: isWaiting(held), rings };
}

function promiseLine(held: Held<"promise">): Record<string, unknown> {
  return { ...held.document, state: held.document.state || "open", waiting: held.made };
}

interface Line {
  kind: string;
  id: string;
  at: string;
  when: string;
  title: string;
  amount: number | null;
  day: string | null;
  text: string;
  who: string;
  state: string;
  photos: { sha256: string; arrived: boolean }[];
  waiting: boolean;
}

async function timeline(
  replica: Replica,
  id: string,
  today: string,
  payments: Awaited<ReturnType<typeof paymentsOfCustomer>>,
): Promise<Line[]> {
  const [visits, promises, calls, feedback] = await Promise.all([
    replica.ofCustomer("visit", id),
    replica.ofCustomer("promise", id),
    replica.ofCustomer("call", id),
    replica.ofCustomer("feedback", id),
  ]);
  const lines = [
    ...visits.map((held) => visitLine(held)),
    ...promises.map((held) => promiseEvent(held)),
    ...calls.map((held) => callLine(held)),
    ...feedback.map((held) => feedbackLine(held)),
    ...payments.map((each) => ({
      ...empty("repayment", each.document.id, each.entry?.madeAt ?? each.document.at ?? each.document.paid_on, each.entry !== null),
      title: each.document.method,
      amount: each.document.amount,
      state: each.progress as string,
      who: each.document.by_name ?? "",
    })),
  ];
  lines.sort(newestFirst((line) => line.at));
  return lines.slice(0, SHOWN).map((line) => ({ ...line, when: whenOf(line.at, today) }));
}

function empty(kind: string, id: string, at: string, waiting: boolean): Line {
  const none = { when: "", title: "", amount: null, day: null, text: "", who: "", state: "", photos: [] };
  return { kind, id, at, waiting, ...none };
}

function visitLine({ document, made }: Held<"visit">): Line {
  const line = empty("visit", document.id, document.visited_at, made);
  const photos = (document.photos ?? []).map(photoOf);
  return { ...line, title: document.purpose, text: document.findings, who: document.by_name ?? "", photos, day: document.next_on, state: document.next_step ?? "" };
}

// An entry that waits names its photos; a document of the server tells which have arrived.
function photoOf(photo: { sha256: string; arrived: boolean } | string): { sha256: string; arrived: boolean } {
  return typeof photo === "string" ? { sha256: photo, arrived: false } : photo;
}

function promiseEvent({ document, made }: Held<"promise">): Line {
  const line = empty("promise", document.id, document.made_on ?? document.promised_on, made);
  return { ...line, amount: document.amount, day: document.promised_on, text: document.note, who: document.by_name ?? "", state: document.state || "open" };
}

function callLine({ document, made }: Held<"call">): Line {
  const line = empty("call", document.id, document.called_at, made);
  return { ...line, title: document.result, state: document.channel, text: document.summary, who: document.by_name ?? "" };
}

function feedbackLine({ document, made }: Held<"feedback">): Line {
  const line = empty("feedback", document.id, document.received_on, made);
  return { ...line, title: document.kind, state: document.status ?? "open", day: document.due_on || null, text: document.content };
}


export const customerRoutes: Route[] = [{ method: "GET", path: "/field/customers/:id", answer: show }];
