/**
 * The document of what was made here and is not at the server yet, or was taken there a moment ago.
 *
 * Fields that only the server can fill are empty; what it says about them when it takes the entry
 * is laid over them.
 */
import type { Entry, Value } from "../outbox/entries";
import type { Documents, Kind } from "./documents";

export interface Author {
  userId: string;
  userName: string;
}

export interface Made {
  entry: Entry;
  /** When it was written: ISO 8601 with zone. */
  madeAt: string;
}

type Fields = Record<string, Value>;

/** What a kind holds before anything is filled in. */
const BLANK: Partial<Record<Kind, Fields>> = {
  customer: {
    no: "",
    name: "",
    kind: "person",
    keys: [],
    id_no: null,
    gender: null,
    birth_on: null,
    spouse_name: "",
    employer: "",
    occupation: "",
    remark: "",
    complete: false,
    state: "waiting",
  },
  contact: { kind: "mobile", relation: "other", person_name: "", value: "" },
  address: { kind: "other", address: "" },
  repayment: {
    payer: "",
    note: "",
    receipt_no: null,
    check_code: null,
    state: "confirmed",
    reason: "",
  },
  visit: {
    loan_id: null,
    staff: "",
    met: "",
    findings: "",
    ability: null,
    next_step: "",
    next_on: null,
    position: null,
    photos: [],
  },
  promise: { channel: "", note: "", state: "open" },
  call: { contact_id: null, relation: "", summary: "" },
  feedback: { loan_id: null, no: "", status: "new", due_on: "" },
  handover: { note: "", state: "waiting", decided_by_name: "", decision_note: "" },
};

export function madeDocument<K extends Kind>(kind: K, made: Made, author: Author): Documents[K] {
  const { entry } = made;
  const fields = { ...BLANK[kind], ...known(entry.set), id: entry.entityId };
  return { ...fields, ...derived(kind, made, author) } as unknown as Documents[K];
}

/** What was not given stays as the blank document has it. */
function known(set: Fields): Fields {
  return Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined));
}

function derived(kind: Kind, { entry, madeAt }: Made, author: Author): Fields {
  const owner: Fields = "customer_id" in entry.set || kind === "customer" ? {} : { customer_id: entry.customerId };
  const by: Fields = { by: author.userId, by_name: author.userName };
  switch (kind) {
    case "customer":
      return { since: madeAt.slice(0, 10), id_no: masked(entry.set["id_no"]) };
    case "repayment":
      return { ...owner, ...by, at: madeAt };
    case "visit":
      return { ...owner, ...by, photos: photosOf(entry.set["photos"]) };
    case "promise":
      return { ...owner, ...by, made_on: madeAt.slice(0, 10) };
    case "call":
      return { ...owner, ...by };
    case "handover":
      return {};
    default:
      return owner;
  }
}

function photosOf(photos: Value | undefined): Value {
  return Array.isArray(photos) ? photos.map((sha256) => ({ sha256, arrived: false })) : [];
}

/** As the server masks an ID number: the first and the last characters are left. */
function masked(idNo: Value | undefined): Value {
  if (typeof idNo !== "string" || idNo.length < 8) return null;
  return idNo.slice(0, 4) + "*".repeat(idNo.length - 8) + idNo.slice(-4);
}
