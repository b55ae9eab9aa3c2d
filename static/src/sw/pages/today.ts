/** Today's collection sheet: who is due, overdue or promised, in visiting order. */
import type { Address, Contact, Customer, Promise_ } from "../../replica/documents";
import type { Held } from "../../replica/reading";
import { isoDate } from "../../shared/dates";
import type { Answer, Request_, Route } from "../routes";
import { type Due, dueOn } from "./amounts_due";
import { daysAfter } from "./clock";
import { inOrder, keptOrder } from "./order";
import { allPayments, amountsOf, counts, isOwn, type Payment, receivedBeside, sum } from "./payments";
import { undoable } from "./undo";

export const SHOWS = ["all", "due", "overdue", "promised", "week"] as const;
type Show = (typeof SHOWS)[number];
/** That notifications were offered on this page, which happens once. */
const PUSH_NOTE = "push-offer";
const WEEK = 7;
/** So many customers are drawn at once; totals, filters and the order are of all of them. */
export const STEP = 40;
/** So long a broken promise stays on the sheet. */
const RECENT_DAYS = 7;

export interface SheetLoan {
  id: string;
  contract_no: string;
  product: string;
  due: Due;
  /** Received and not yet in the sum. */
  received: number;
  received_count: number;
  done: boolean;
  kind: "overdue" | "due" | "coming";
}

export interface SheetPromise {
  id: string;
  amount: number;
  on: string;
  late: boolean;
  contract_no: string;
}

export interface SheetRow {
  id: string;
  name: string;
  no: string;
  waiting: boolean;
  phone: string | null;
  address: string | null;
  loans: SheetLoan[];
  promises: SheetPromise[];
  due: number;
  dpd: number;
  received: number;
  done: boolean;
}

interface Sources {
  today: string;
  customers: Map<string, Held<"customer">>;
  contacts: Map<string, Contact[]>;
  addresses: Map<string, Address[]>;
  payments: Payment[];
  loans: Held<"loan">[];
  promises: Held<"promise">[];
}

async function show(request: Request_): Promise<Answer> {
  const { url, replica, today } = request;
  const chosen = SHOWS.find((each) => each === url.searchParams.get("show")) ?? "all";
  const day = isoDate(url.searchParams.get("on") ?? "");
  const { userId } = await replica.device();
  const until = day ?? (chosen === "week" ? daysAfter(today, WEEK) : today);
  const sources = await gather(request, until > today ? until : today);
  const all = rowsOf(sources, chosen === "week" ? daysAfter(today, WEEK) : today);
  const shown = day ? rowsOf(fallingOn(sources, day), until) : all.filter((row) => belongs(row, chosen));
  const rows = inOrder(shown, await keptOrder(request));
  const open = rows.filter((row) => !row.done);
  const most = numberIn(url, "most", STEP);
  const more = moreOf(url, most, open.length);
  if (request.isFragment) {
    return { template: "field/_stops.html", context: { rows: open.slice(numberIn(url, "from", 0), most), more } };
  }
  return {
    template: "field/today.html",
    context: {
      today,
      show: day ? "day" : chosen,
      day,
      arrange: url.searchParams.get("arrange") === "1",
      totals: totals(all, sources.payments.filter((each) => isOwn(each, userId)), today),
      rows: open.slice(0, most),
      left: open.length,
      more,
      done: rows.filter((row) => row.done),
      counts: Object.fromEntries(SHOWS.map((each) => [each, all.filter((row) => belongs(row, each)).length])),
      receipt: await justRecorded(request, sources.payments),
      as_of: oldestSum(sources.loans),
      undone: url.searchParams.get("undone") === "1",
      late: url.searchParams.get("late") === "1",
      first_time: sources.customers.size === 0,
      offers_push: (await replica.note(PUSH_NOTE)) === null,
    },
  };
}

/** Whole and not below the least; else that. */
function numberIn(url: URL, name: string, least: number): number {
  const given = Number(url.searchParams.get(name));
  return Number.isSafeInteger(given) ? Math.max(given, least) : least;
}

interface More {
  /** How many come next, and how many there are after those shown. */
  count: number;
  left: number;
  /** The sheet with them, and they alone. */
  url: string;
  next: string;
}

function moreOf(url: URL, most: number, all: number): More | null {
  if (all <= most) return null;
  const asked = new URLSearchParams([...url.searchParams].filter(([name]) => name === "show" || name === "on" || name === "arrange"));
  asked.set("most", String(most + STEP));
  const next = new URLSearchParams(asked);
  next.set("from", String(most));
  return { count: Math.min(STEP, all - most), left: all - most, url: `/field/?${asked}`, next: `/field/?${next}` };
}

/** The rows of the sheet in its usual order: promised first, then the longest overdue. */
export async function sheetOf(request: Request_): Promise<SheetRow[]> {
  const rows = rowsOf(await gather(request, request.today), request.today);
  return inOrder(rows, await keptOrder(request));
}

async function gather(request: Request_, until: string): Promise<Sources> {
  const { replica, today } = request;
  const [customers, contacts, addresses, payments, loans, promises] = await Promise.all([
    replica.all("customer"),
    replica.all("contact"),
    replica.all("address"),
    allPayments(replica),
    replica.loansDue(until),
    replica.all("promise"),
  ]);
  return {
    today,
    customers: new Map(customers.map((held) => [held.document.id, held])),
    contacts: byCustomer(contacts.map((held) => held.document)),
    addresses: byCustomer(addresses.map((held) => held.document)),
    payments,
    loans,
    promises: promises.filter(({ document }) => stands(document, today) && document.promised_on <= until),
  };
}

/** What a notice about one day speaks of: instalments of that day that are still open, promises for it. */
function fallingOn(sources: Sources, day: string): Sources {
  return {
    ...sources,
    loans: sources.loans.filter(({ document }) => document.plan.some((each) => each.due_on === day && each.left > 0)),
    promises: sources.promises.filter(({ document }) => document.promised_on === day),
  };
}

/** It is still to be kept, or was broken so lately that one asks about it. */
function stands({ state, promised_on }: Promise_, today: string): boolean {
  if (state === "kept") return false;
  return state === "open" || promised_on >= daysAfter(today, -RECENT_DAYS);
}

function byCustomer<Item extends { customer_id: string }>(items: Item[]): Map<string, Item[]> {
  const found = new Map<string, Item[]>();
  for (const item of items) found.set(item.customer_id, [...(found.get(item.customer_id) ?? []), item]);
  return found;
}

function rowsOf(sources: Sources, until: string): SheetRow[] {
  const ids = new Set([
    ...sources.loans.map((held) => held.document.customer_id),
    ...sources.promises.map((held) => held.document.customer_id),
  ]);
  const rows = [...ids].flatMap((id) => {
    const held = sources.customers.get(id);
    return held ? [rowOf(held, sources, until)] : [];
  });
  return rows.filter((row) => row.loans.length > 0 || row.promises.length > 0).sort(usualOrder);
}

function rowOf(held: Held<"customer">, sources: Sources, until: string): SheetRow {
  const customer: Customer = held.document;
  const loans = sources.loans
    .filter((loan) => loan.document.customer_id === customer.id)
    .map((loan) => sheetLoan(loan, sources, until))
    .filter((loan) => loan.due.due > 0);
  const promises = sources.promises
    .filter((promise) => promise.document.customer_id === customer.id)
    .map((promise) => sheetPromise(promise, sources));
  return {
    id: customer.id,
    name: customer.name,
    no: customer.no,
    waiting: held.made,
    phone: phoneOf(sources.contacts.get(customer.id) ?? []),
    address: sources.addresses.get(customer.id)?.[0]?.address ?? null,
    loans,
    promises,
    due: sum(loans.map((loan) => loan.due.due)),
    dpd: Math.max(0, ...loans.map((loan) => loan.due.dpd)),
    received: sum(loans.map((loan) => loan.received)),
    done: loans.length > 0 && loans.every((loan) => loan.done),
  };
}

function sheetLoan(held: Held<"loan">, sources: Sources, until: string): SheetLoan {
  const loan = held.document;
  const due = dueOn(loan, sources.today);
  const shown = due.due > 0 ? due : dueOn(loan, until);
  const beside = receivedBeside(loan, sources.payments);
  const received = amountsOf(beside);
  return {
    id: loan.id,
    contract_no: loan.contract_no,
    product: loan.product,
    due: shown,
    received,
    received_count: beside.length,
    done: beside.length > 0 && received >= shown.due,
    kind: shown.dpd > 0 ? "overdue" : due.due > 0 ? "due" : "coming",
  };
}

function sheetPromise(held: Held<"promise">, sources: Sources): SheetPromise {
  const promise = held.document;
  const loan = sources.loans.find((each) => each.document.id === promise.loan_id);
  return {
    id: promise.id,
    amount: promise.amount,
    on: promise.promised_on,
    late: promise.promised_on < sources.today,
    contract_no: loan?.document.contract_no ?? "",
  };
}

/** The customer's own ways first, and mobiles before the others. */
export function inReach<Way extends Pick<Contact, "kind" | "relation">>(contacts: Way[]): Way[] {
  const distance = (contact: Way): number => (contact.relation === "self" ? 0 : 2) + (contact.kind === "mobile" ? 0 : 1);
  return [...contacts].sort((one, other) => distance(one) - distance(other));
}

/** The number to call: the customer's own mobile first, then any that rings. */
export function phoneOf(contacts: Contact[]): string | null {
  return inReach(contacts).find((contact) => contact.kind === "mobile" || contact.kind === "landline")?.value ?? null;
}

function belongs(row: SheetRow, chosen: Show): boolean {
  if (chosen === "due") return row.loans.some((loan) => loan.kind === "due");
  if (chosen === "overdue") return row.loans.some((loan) => loan.kind === "overdue");
  if (chosen === "promised") return row.promises.length > 0;
  if (chosen === "week") return true;
  return row.promises.length > 0 || row.loans.some((loan) => loan.kind !== "coming");
}

function usualOrder(one: SheetRow, other: SheetRow): number {
  return (
    Number(other.promises.length > 0) - Number(one.promises.length > 0) ||
    other.dpd - one.dpd ||
    other.due - one.due ||
    one.name.localeCompare(other.name, "zh")
  );
}

function totals(rows: SheetRow[], own: Payment[], today: string): Record<string, number> {
  const loans = rows.flatMap((row) => row.loans);
  const due = loans.filter((loan) => loan.kind === "due");
  const overdue = loans.filter((loan) => loan.kind === "overdue");
  const promises = rows.flatMap((row) => row.promises).filter((promise) => !promise.late);
  const received = own.filter((each) => each.document.paid_on === today && counts(each));
  return {
    due: sum(due.map((loan) => loan.due.due)),
    due_count: due.length,
    overdue: sum(overdue.map((loan) => loan.due.due)),
    overdue_count: overdue.length,
    promised: sum(promises.map((promise) => promise.amount)),
    promised_count: promises.length,
    received: amountsOf(received),
    received_count: received.length,
    received_waiting: received.filter((each) => each.progress === "waiting").length,
    received_held: received.filter((each) => each.progress === "held").length,
  };
}

/** The day of the oldest sums on the sheet. */
function oldestSum(loans: Held<"loan">[]): string | null {
  return loans.map((held) => held.document.as_of).sort()[0] ?? null;
}

/** The payment that one tap has just recorded, for the line with "undo". */
async function justRecorded(request: Request_, payments: Payment[]): Promise<Record<string, unknown> | null> {
  const id = request.url.searchParams.get("done");
  const found = payments.find((each) => each.document.id === id);
  if (!found) return null;
  const customer = await request.replica.get("customer", found.document.customer_id);
  return {
    id: found.document.id,
    amount: found.document.amount,
    name: customer?.document.name ?? "",
    ...undoable(found.entry, request.now),
  };
}

/** The offer of notifications was put away; the settings still have it. */
async function putOfferAway({ writing }: Request_): Promise<Answer> {
  await writing.setNote(PUSH_NOTE, "put away");
  return { redirect: "/field/" };
}

export const todayRoutes: Route[] = [
  { method: "GET", path: "/field/", answer: show },
  { method: "POST", path: "/field/push-offer/put-away", answer: putOfferAway },
];
