/** A new customer, checked on the device: identity numbers, phones, and whether we know them. */
import type { Entry, Value } from "../../outbox/entries";
import { maskId, readCreditCode, readPhone, readResidentId } from "../../shared/identity";
import type { Answer, Request_, Route } from "../routes";
import { draftOf, forgetDraft } from "./drafts";
import { Entered, type FormState } from "./form";

const DRAFT = "customer.new";
const KINDS = ["person", "company"] as const;
const LONG_TERM = new Set(["长期", "long-term", "long term"]);
const ADULT = 18;
const OLD = 65;

interface Known {
  id: string;
  name: string;
  no: string;
  /** `id_no`, `phone` or `name`. */
  by: string;
}

async function ask(request: Request_): Promise<Answer> {
  const draft = await draftOf(request, DRAFT);
  const kind = request.url.searchParams.get("kind") === "company" ? "company" : "person";
  const form = { values: { kind, ...draft }, errors: {} };
  return page(request, form, [], Object.keys(draft).length > 0);
}

function page(request: Request_, form: FormState, known: Known[], restored = false): Answer {
  return {
    template: "field/new_customer.html",
    status: Object.keys(form.errors).length ? 422 : 200,
    context: {
      form,
      kind: form.values["kind"] === "company" ? "company" : "person",
      kinds: [...KINDS],
      known,
      check: identityCheck(form.values["id_no"] ?? "", form.values["kind"] ?? "person", request.today),
      draft: DRAFT,
      restored,
      today: request.today,
    },
  };
}

/** What the number says, as it is typed; null while there is too little to say anything. */
export function identityCheck(text: string, kind: string, today: string): Record<string, unknown> | null {
  const typed = text.replace(/\s/g, "");
  if (typed.length < 15) return null;
  if (kind === "company") {
    const found = readCreditCode(text);
    return found.valid ? { state: "good", code: "uscc", born_on: null, gender: null, age: 0 } : bad(found.reason);
  }
  const found = readResidentId(text, today);
  if (!found.valid) return typed.length < 18 ? null : bad(found.reason);
  const age = ageOn(found.birth, today);
  const isUnusual = age < ADULT || age > OLD || found.warnings.length > 0;
  const code = found.warnings.length > 0 ? "old_number" : isUnusual ? "unusual_age" : "person";
  return { state: isUnusual ? "warn" : "good", code, born_on: found.birth, gender: found.sex, age };
}

function bad(reason: string): Record<string, unknown> {
  return { state: "bad", code: reason, born_on: null, gender: null, age: 0 };
}

function ageOn(birth: string, today: string): number {
  const years = Number(today.slice(0, 4)) - Number(birth.slice(0, 4));
  return today.slice(5) < birth.slice(5) ? years - 1 : years;
}

async function checkAsTyped(request: Request_): Promise<Answer> {
  const { form, today } = request;
  const check = identityCheck(String(form.get("id_no") ?? ""), String(form.get("kind") ?? "person"), today);
  return { template: "field/_id_check.html", context: { check } };
}

async function take(request: Request_): Promise<Answer> {
  const entered = new Entered(request.form);
  const set = readCustomer(entered, request.today);
  const known = await knownAlready(request, set);
  const agreed = entered.raw("agreed") === "known";
  if (known.length > 0 && !agreed) entered.refuse("agreed", "maybe_known");
  if (!entered.stands) return page(request, entered.state, known);
  const id = request.newId();
  const entry: Entry = { entity: "customer", entityId: id, op: "create", set, was: {}, customerId: id };
  await request.writing.record([entry]);
  await forgetDraft(request, DRAFT);
  return { redirect: `/field/customers/${id}?saved=new` };
}

function readCustomer(entered: Entered, today: string): Record<string, Value> {
  const kind = entered.code("kind", KINDS);
  const identity = readIdentity(entered, kind, today);
  const isPerson = kind !== "company";
  const income = isPerson && entered.raw("monthly_income").trim() !== "" ? entered.amount("monthly_income") : null;
  return {
    kind,
    name: entered.line("name", true, 60),
    id_no: identity.number,
    id_expiry_on: expiryOf(entered),
    gender: identity.gender ?? (isPerson && /^[MF]$/.test(entered.raw("gender")) ? entered.raw("gender") : null),
    birth_on: identity.birth ?? (isPerson ? birthOf(entered, today) : null),
    spouse_name: isPerson ? entered.line("spouse_name", false, 60) : "",
    employer: entered.line("employer"),
    occupation: entered.line("occupation", false, 60),
    monthly_income: income,
    remark: entered.words("remark"),
    mobile: mobileOf(entered),
    address: entered.line("address"),
  };
}

interface Identity {
  number: string | null;
  birth: string | null;
  gender: "M" | "F" | null;
}

function readIdentity(entered: Entered, kind: string, today: string): Identity {
  const none = { number: null, birth: null, gender: null };
  const text = entered.raw("id_no");
  if (text.trim() === "") return none;
  if (kind === "company") {
    const found = readCreditCode(text);
    if (!found.valid) entered.refuse("id_no", found.reason);
    return found.valid ? { ...none, number: found.code } : none;
  }
  const found = readResidentId(text, today);
  if (!found.valid) {
    entered.refuse("id_no", found.reason);
    return none;
  }
  return { number: found.number, birth: found.birth, gender: found.sex };
}

function birthOf(entered: Entered, today: string): string | null {
  const day = entered.day("birth_on");
  if (day !== null && (day > today || day < "1900-01-01")) entered.refuse("birth_on", "birth_date");
  return day;
}

/** The last day of validity; 长期 is no last day. */
function expiryOf(entered: Entered): string | null {
  const text = entered.raw("id_expiry_on").trim().toLowerCase();
  return LONG_TERM.has(text) ? null : entered.day("id_expiry_on");
}

function mobileOf(entered: Entered): string {
  const text = entered.raw("mobile");
  if (text.trim() === "") return "";
  const phone = readPhone(text);
  if (phone.valid && phone.kind === "mobile") return phone.number;
  entered.refuse("mobile", phone.valid ? "mobile" : "phone");
  return "";
}

/** Customers on this device who look like the same: the desk compares with the whole bank later. */
async function knownAlready(request: Request_, set: Record<string, Value>): Promise<Known[]> {
  const [customers, contacts] = await Promise.all([request.replica.all("customer"), request.replica.all("contact")]);
  const owners = new Set(contacts.filter((held) => held.document.value === set["mobile"]).map((held) => held.document.customer_id));
  const masked = typeof set["id_no"] === "string" ? maskId(set["id_no"]) : null;
  return customers.flatMap(({ document }) => {
    const sameId = masked !== null && document.id_no !== null && maskId(document.id_no) === masked;
    const by = sameId ? "id_no" : owners.has(document.id) ? "phone" : document.name === set["name"] ? "name" : null;
    return by === null ? [] : [{ id: document.id, name: document.name, no: document.no ?? "", by }];
  });
}

export const newCustomerRoutes: Route[] = [
  { method: "GET", path: "/field/customers/new", answer: ask },
  { method: "POST", path: "/field/customers/new", answer: take },
  { method: "POST", path: "/field/customers/id_check", answer: checkAsTyped },
];
