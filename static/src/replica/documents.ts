/**
 * What a device holds: the shapes of the documents that the server ships and the worker renders.
 *
 * Money is whole fen, dates are `YYYY-MM-DD`, moments ISO 8601 with zone, unknown is null. The
 * server fills them in `server/<slice>/documents.py`; fields that a device does not know are kept
 * as they came.
 */

export interface Customer {
  id: string;
  no: string;
  name: string;
  kind: "person" | "company";
  /** Pinyin initials and full pinyin of the name, small letters: what a search begins with. */
  keys: string[];
  /** Masked; the whole number never leaves the server. */
  id_no: string | null;
  gender: "M" | "F" | null;
  birth_on: string | null;
  spouse_name: string;
  employer: string;
  occupation: string;
  remark: string;
  complete: boolean;
  since: string;
  /** `waiting` while the desk decides whether it is somebody the bank knows already. */
  state: "active" | "waiting";
}

export interface Contact {
  id: string;
  customer_id: string;
  kind: "mobile" | "landline" | "email" | "wechat";
  relation: "self" | "spouse" | "emergency" | "work" | "other";
  person_name: string;
  value: string;
}

export interface Address {
  id: string;
  customer_id: string;
  kind: "home" | "household" | "work" | "business" | "other";
  address: string;
}

/** What is owed on one day if nothing is paid before: the server's sum, never the device's. */
export interface DueOnDay {
  on: string;
  /** All that is due by this day, the instalment of the day included. */
  due: number;
  fee: number;
  penalty: number;
  compound: number;
  interest: number;
  principal: number;
  dpd: number;
  /** What pays the loan off on this day. */
  payoff: number;
}

export interface Instalment {
  no: number;
  due_on: string;
  principal: number;
  interest: number;
  due: number;
  paid: number;
  left: number;
  state: "paid" | "part" | "due" | "overdue" | "future";
}

/** One line of the loan's history, newest first, at most the last 60. */
export interface LoanEntry {
  id: string;
  on: string;
  kind: string;
  amount: number | null;
  receipt_no: string | null;
  reversed: boolean;
  /** Of a repayment: where the money went, as of `as_of`. */
  parts: { name: string; amount: number }[];
}

export interface Loan {
  id: string;
  customer_id: string;
  contract_no: string;
  product: string;
  method: string;
  principal: number;
  /** Annual rate in per cent, as text: "5.40". */
  rate: string;
  disbursed_on: string;
  maturity_on: string;
  periods: number;
  status: string;
  five_class: string;
  balance: number;
  credit: number;
  dpd: number;
  unpaid_due_on: string | null;
  next_due_on: string | null;
  next_due_amount: number;
  last_paid_on: string | null;
  last_paid_amount: number;
  settled_on: string | null;
  security: string;
  guarantors: { name: string; mobile: string | null }[];
  /** The day of which all sums of this document are. */
  as_of: string;
  /** From `as_of` for 15 days, for loans that owe something in that time; otherwise one row. */
  days: DueOnDay[];
  plan: Instalment[];
  history: LoanEntry[];
}

export interface Repayment {
  id: string;
  loan_id: string;
  customer_id: string;
  amount: number;
  paid_on: string;
  method: string;
  payer: string;
  note: string;
  receipt_no: string | null;
  check_code: string | null;
  state: "confirmed" | "held" | "joined" | "rejected" | "reversed";
  /** Why it is held or rejected: a code. */
  reason: string;
  by: string | null;
  by_name: string;
  at: string;
}

export interface Visit {
  id: string;
  customer_id: string;
  loan_id: string | null;
  purpose: string;
  visited_at: string;
  staff: string;
  met: string;
  findings: string;
  ability: number | null;
  next_step: string;
  next_on: string | null;
  position: { lat: number; lon: number; accuracy: number } | null;
  photos: { sha256: string; arrived: boolean }[];
  by: string | null;
  by_name: string;
}

export interface Promise_ {
  id: string;
  customer_id: string;
  loan_id: string;
  amount: number;
  promised_on: string;
  made_on: string;
  channel: string;
  note: string;
  state: "open" | "kept" | "part" | "broken";
  by: string | null;
  by_name: string;
}

export interface Call {
  id: string;
  customer_id: string;
  contact_id: string | null;
  relation: string;
  channel: string;
  result: string;
  summary: string;
  called_at: string;
  by: string | null;
  by_name: string;
}

export interface Feedback {
  id: string;
  customer_id: string;
  loan_id: string | null;
  no: string;
  kind: string;
  category: string;
  channel: string;
  status: string;
  received_on: string;
  due_on: string;
  content: string;
}

export interface Handover {
  id: string;
  day: string;
  counted: number;
  note: string;
  state: "waiting" | "signed" | "refused";
  decided_by_name: string;
  decision_note: string;
}

/** What a person is told: a decision, a customer given or taken, what falls due. */
export interface Notice {
  id: string;
  kind: string;
  at: string;
  entity: string;
  entity_id: string;
  customer_id: string | null;
  /** What was entered, what stands, who decided: values for the sentence of this kind. */
  params: Record<string, string | number | null>;
  /** Told by itself at once, and not in a digest. */
  urgent: boolean;
  /** The day it is about. */
  about_on: string | null;
  /** How far the person is with it; one that was put off is new again when its time has come. */
  state: "new" | "read" | "snoozed" | "done";
  snoozed_until: string | null;
}

export interface Product {
  id: string;
  name: string;
}

export interface Staff {
  id: string;
  name: string;
}

export interface Bank {
  id: string;
  name: string;
  branch_name: string;
  branch_phone: string;
  /** No collection within these hours (DOMAIN 6): "22:00" to "08:00". */
  quiet_from: string;
  quiet_until: string;
  calls_a_day: number;
}

export interface Documents {
  customer: Customer;
  contact: Contact;
  address: Address;
  loan: Loan;
  repayment: Repayment;
  visit: Visit;
  promise: Promise_;
  call: Call;
  feedback: Feedback;
  handover: Handover;
  notice: Notice;
  product: Product;
  staff: Staff;
  bank: Bank;
}

export type Kind = keyof Documents;
