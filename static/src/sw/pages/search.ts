/** Searching the device as one types: name, pinyin, phone tail, customer or contract number. */
import type { Answer, Request_, Route } from "../routes";
import { dueOn } from "./amounts_due";
import { sum } from "./payments";

const LIMIT = 30;

async function show(request: Request_): Promise<Answer> {
  const { replica, url, isFragment, today } = request;
  const text = (url.searchParams.get("q") ?? "").trim();
  const found = text === "" ? await recentCustomers(request) : await replica.search(text, LIMIT);
  const rows = await Promise.all(
    found.map(async (each) => {
      const loans = (await replica.ofCustomer("loan", each.customerId)).map((held) => held.document);
      const open = loans.filter((loan) => loan.settled_on === null);
      const dues = open.map((loan) => dueOn(loan, today));
      return {
        id: each.customerId,
        name: each.name,
        no: each.no,
        due: sum(dues.map((due) => due.due)),
        dpd: Math.max(0, ...dues.map((due) => due.dpd)),
        loans: open.length,
        // With one loan there is no doubt what is being paid.
        pay_url: open.length === 1 && open[0] ? `/field/loans/${open[0].id}/pay` : null,
      };
    }),
  );
  const for_pay = url.searchParams.get("for") === "pay";
  const context = { text, rows, for_pay, more: found.length === LIMIT, total: (await replica.all("customer")).length };
  return { template: isFragment ? "field/_found.html" : "field/search.html", context };
}

const RECENT_NOTE = "recent-customers";
const RECENT = 8;

async function recentIds(request: Pick<Request_, "replica">): Promise<string[]> {
  return ((await request.replica.note(RECENT_NOTE)) ?? "").split(" ").filter(Boolean);
}

async function recentCustomers(request: Request_): Promise<{ customerId: string; name: string; no: string }[]> {
  const held = await Promise.all((await recentIds(request)).map((id) => request.replica.get("customer", id)));
  return held.flatMap((each) => (each ? [{ customerId: each.document.id, name: each.document.name, no: each.document.no }] : []));
}

/** The customer comes first among those that were opened lately. Never fails: no page waits for it. */
export async function remember(request: Request_, id: string): Promise<void> {
  try {
    const ids = [id, ...(await recentIds(request)).filter((each) => each !== id)];
    await request.writing.setNote(RECENT_NOTE, ids.slice(0, RECENT).join(" "));
  } catch (failure) {
    console.warn(failure);
  }
}

export const searchRoutes: Route[] = [{ method: "GET", path: "/field/search", answer: show }];
