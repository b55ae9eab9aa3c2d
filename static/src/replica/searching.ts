/** What a search looks at: names, pinyin, phones and numbers of every customer, sealed as one. */
import type { Contact, Customer, Kind, Loan } from "./documents";
import type { Found } from "./reading";

interface Traces {
  name: string;
  no: string;
  keys: string[];
  /** By the id of the contact or loan, so that it can be taken away again. */
  phones: Record<string, string>;
  contracts: Record<string, string>;
}

export type SearchTable = Record<string, Traces>;

/** Bring one document into the table, or take it away (`document` null). */
export function note(
  table: SearchTable,
  kind: Kind,
  id: string,
  customerId: string,
  document: unknown,
): void {
  if (kind === "customer") noteCustomer(table, id, document as Customer | null);
  if (kind === "contact") noteContact(table, id, customerId, document as Contact | null);
  if (kind === "loan") noteLoan(table, id, customerId, document as Loan | null);
}

function noteCustomer(table: SearchTable, id: string, customer: Customer | null): void {
  if (!customer) delete table[id];
  else Object.assign(tracesOf(table, id), { name: customer.name, no: customer.no, keys: customer.keys ?? [] });
}

function noteContact(table: SearchTable, id: string, customerId: string, contact: Contact | null): void {
  const owner = contact?.customer_id ?? customerId;
  if (contact) tracesOf(table, owner).phones[id] = contact.value.replace(/\D/g, "");
  else if (table[owner]) delete table[owner].phones[id];
}

function noteLoan(table: SearchTable, id: string, customerId: string, loan: Loan | null): void {
  const owner = loan?.customer_id ?? customerId;
  if (loan) tracesOf(table, owner).contracts[id] = loan.contract_no.toLowerCase();
  else if (table[owner]) delete table[owner].contracts[id];
}

function tracesOf(table: SearchTable, customerId: string): Traces {
  return (table[customerId] ??= { name: "", no: "", keys: [], phones: {}, contracts: {} });
}

/** At most `limit`, what begins with the text before what contains it. */
export function find(table: SearchTable, text: string, limit: number): Found[] {
  const needle = text.normalize("NFKC").toLowerCase().replace(/\s+/g, "");
  if (!needle) return [];
  const found: { rank: number; hit: Found }[] = [];
  for (const [customerId, traces] of Object.entries(table)) {
    const rank = traces.name ? rankOf(traces, needle) : 0;
    if (rank) found.push({ rank, hit: { customerId, name: traces.name, no: traces.no } });
  }
  found.sort((one, other) => one.rank - other.rank || (one.hit.no < other.hit.no ? -1 : 1));
  return found.slice(0, limit).map(({ hit }) => hit);
}

/** 1 is best, 0 is none. */
function rankOf(traces: Traces, needle: string): number {
  const name = traces.name.toLowerCase().replace(/\s+/g, "");
  const no = traces.no.toLowerCase();
  if (name.startsWith(needle) || no === needle) return 1;
  if (traces.keys.some((key) => key.startsWith(needle))) return 2;
  if (name.includes(needle)) return 3;
  if (/^\d{3,}$/.test(needle) && Object.values(traces.phones).some((phone) => phone.endsWith(needle))) return 4;
  if (Object.values(traces.contracts).some((contract) => contract.includes(needle))) return 5;
  return no.endsWith(needle) ? 6 : 0;
}
