/** Editing how a customer is reached, and the little that an officer may change of them. */
import type { Entry, Value } from "../../outbox/entries";
import type { Address, Contact, Customer } from "../../replica/documents";
import type { Held } from "../../replica/reading";
import { readPhone } from "../../shared/identity";
import type { Answer, Request_, Route } from "../routes";
import { ADDRESS_KINDS, CONTACT_KINDS, RELATIONS } from "./codes";
import { stays } from "./customer";
import { draftOf, forgetDraft } from "./drafts";
import { Entered, type FormState } from "./form";
import { notFound } from "./returning";
import { inReach } from "./today";

const OWN_FIELDS = ["name", "spouse_name", "employer", "occupation", "remark"] as const;
const CONTACT_FIELDS = ["kind", "relation", "person_name", "value"] as const;
const ADDRESS_FIELDS = ["kind", "address"] as const;
/** The id of the row for one more. */
const NEW = "new";

interface Standing {
  customer: Held<"customer">;
  contacts: Contact[];
  addresses: Address[];
}

async function find(request: Request_): Promise<Standing | null> {
  const { replica, names } = request;
  const customer = await replica.get("customer", names["id"] ?? "");
  if (!customer) return null;
  const id = customer.document.id;
  const [contacts, addresses] = await Promise.all([replica.ofCustomer("contact", id), replica.ofCustomer("address", id)]);
  return {
    customer,
    contacts: inReach(contacts.filter(stays).map((held) => held.document)),
    addresses: addresses.filter(stays).map((held) => held.document),
  };
}

async function ask(request: Request_): Promise<Answer> {
  const standing = await find(request);
  if (!standing) return notFound();
  const draft = await draftOf(request, draftName(standing));
  const values = { ...valuesOf(standing), ...draft };
  return page(request, standing, { values, errors: {} }, Object.keys(draft).length > 0);
}

function valuesOf({ customer, contacts, addresses }: Standing): Record<string, string> {
  const pairs: [string, string][] = OWN_FIELDS.map((field) => [field, customer.document[field] ?? ""]);
  for (const contact of contacts) {
    for (const field of CONTACT_FIELDS) pairs.push([`contact.${contact.id}.${field}`, contact[field] ?? ""]);
  }
  for (const address of addresses) {
    for (const field of ADDRESS_FIELDS) pairs.push([`address.${address.id}.${field}`, address[field] ?? ""]);
  }
  return Object.fromEntries([
    [`contact.${NEW}.kind`, "mobile"],
    [`contact.${NEW}.relation`, "self"],
    [`address.${NEW}.kind`, "home"],
    ...pairs,
  ]);
}

function page(request: Request_, standing: Standing, form: FormState, restored = false): Answer {
  const { customer, contacts, addresses } = standing;
  return {
    template: "field/edit.html",
    status: Object.keys(form.errors).length ? 422 : 200,
    context: {
      customer: { id: customer.document.id, name: customer.document.name, kind: customer.document.kind },
      contacts: contacts.map((contact) => ({ id: contact.id, value: contact.value, person_name: contact.person_name ?? "" })),
      addresses: addresses.map((address) => ({ id: address.id, address: address.address })),
      contact_kinds: [...CONTACT_KINDS],
      relations: [...RELATIONS],
      address_kinds: [...ADDRESS_KINDS],
      form,
      draft: draftName(standing),
      restored,
      today: request.today,
    },
  };
}

async function take(request: Request_): Promise<Answer> {
  const standing = await find(request);
  if (!standing) return notFound();
  const entered = new Entered(request.form);
  const entries = [
    ...ownChanges(entered, standing.customer.document),
    ...standing.contacts.flatMap((contact) => contactChange(entered, contact)),
    ...newContact(entered, standing, request),
    ...standing.addresses.flatMap((address) => addressChange(entered, address)),
    ...newAddress(entered, standing, request),
  ];
  if (!entered.stands) return page(request, standing, entered.state);
  const id = standing.customer.document.id;
  if (entries.length > 0) await request.writing.record(entries);
  await forgetDraft(request, draftName(standing));
  return { redirect: `/field/customers/${id}?saved=${entries.length > 0 ? "edit" : "same"}` };
}

function ownChanges(entered: Entered, customer: Customer): Entry[] {
  const now = {
    name: entered.line("name", true, 60),
    spouse_name: entered.line("spouse_name", false, 60),
    employer: entered.line("employer"),
    occupation: entered.line("occupation", false, 60),
    remark: entered.words("remark"),
  };
  return edit("customer", customer.id, customer.id, now, { ...customer });
}

function contactChange(entered: Entered, contact: Contact): Entry[] {
  const at = `contact.${contact.id}`;
  if (entered.raw(`${at}.deleted`) === "1") return removal("contact", contact.id, contact.customer_id, { ...contact });
  const kind = entered.code(`${at}.kind`, CONTACT_KINDS);
  const now = {
    kind,
    relation: entered.code(`${at}.relation`, RELATIONS),
    person_name: entered.line(`${at}.person_name`, false, 60),
    value: reachable(entered, `${at}.value`, kind, contact.value),
  };
  return edit("contact", contact.id, contact.customer_id, now, { ...contact });
}

/** The way to reach as it is stored; one that was not touched is not judged. */
function reachable(entered: Entered, name: string, kind: string, stands: string): string {
  const text = entered.line(name, true, 120);
  if (text === stands || text === "") return text;
  if (kind === "email") {
    if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text)) entered.refuse(name, "email");
    return text;
  }
  if (kind === "wechat") return text;
  const phone = readPhone(text);
  if (!phone.valid) entered.refuse(name, "phone");
  else if (kind === "mobile" && phone.kind !== "mobile") entered.refuse(name, "mobile");
  else return phone.number;
  return text;
}

function newContact(entered: Entered, standing: Standing, request: Request_): Entry[] {
  const at = `contact.${NEW}`;
  if (entered.raw(`${at}.value`).trim() === "" && entered.raw(`${at}.person_name`).trim() === "") return [];
  const customerId = standing.customer.document.id;
  const kind = entered.code(`${at}.kind`, CONTACT_KINDS);
  const set = {
    customer_id: customerId,
    kind,
    relation: entered.code(`${at}.relation`, RELATIONS),
    person_name: entered.line(`${at}.person_name`, false, 60),
    value: reachable(entered, `${at}.value`, kind, ""),
  };
  const twice = standing.contacts.some((contact) => contact.value === set.value && contact.kind === kind);
  if (twice) entered.refuse(`${at}.value`, "known_already");
  return [{ entity: "contact", entityId: request.newId(), op: "create", set, was: {}, customerId }];
}

function addressChange(entered: Entered, address: Address): Entry[] {
  const at = `address.${address.id}`;
  if (entered.raw(`${at}.deleted`) === "1") return removal("address", address.id, address.customer_id, { ...address });
  const now = { kind: entered.code(`${at}.kind`, ADDRESS_KINDS), address: entered.line(`${at}.address`, true) };
  return edit("address", address.id, address.customer_id, now, { ...address });
}

function newAddress(entered: Entered, standing: Standing, request: Request_): Entry[] {
  const at = `address.${NEW}`;
  if (entered.raw(`${at}.address`).trim() === "") return [];
  const customerId = standing.customer.document.id;
  const set = {
    customer_id: customerId,
    kind: entered.code(`${at}.kind`, ADDRESS_KINDS),
    address: entered.line(`${at}.address`, true),
  };
  return [{ entity: "address", entityId: request.newId(), op: "create", set, was: {}, customerId }];
}

type Editable = "customer" | "contact" | "address";

/** Only what differs from what the person saw; nothing when all is the same. */
function edit(
  entity: Editable,
  entityId: string,
  customerId: string,
  now: Record<string, string>,
  stands: Record<string, unknown>,
): Entry[] {
  const names = Object.keys(now).filter((name) => now[name] !== (stands[name] ?? ""));
  if (names.length === 0) return [];
  const set = Object.fromEntries(names.map((name) => [name, now[name] ?? ""]));
  const was = Object.fromEntries(names.map((name) => [name, (stands[name] ?? "") as Value]));
  return [{ entity, entityId, op: "edit", set, was, customerId }];
}

function removal(entity: Editable, entityId: string, customerId: string, stands: Record<string, unknown>): Entry[] {
  const shown = (stands["value"] ?? stands["address"] ?? "") as Value;
  const field = entity === "contact" ? "value" : "address";
  return [{ entity, entityId, op: "edit", set: { deleted: true }, was: { deleted: false, [field]: shown }, customerId }];
}

function draftName(standing: Standing): string {
  return `edit.${standing.customer.document.id}`;
}

export const contactRoutes: Route[] = [
  { method: "GET", path: "/field/customers/:id/edit", answer: ask },
  { method: "POST", path: "/field/customers/:id/edit", answer: take },
];
