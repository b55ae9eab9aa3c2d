/** The check before a trip: is everything on this device, is it kept, what is missing. */
import type { Answer, Request_, Route } from "../routes";
import { dueOn } from "./amounts_due";
import { daysBetween, whenOf } from "./clock";

const STALE_HOURS = 12;
const LEASE_DAYS = 3;
const LEAST_FREE = 200_000_000;

interface Check {
  name: string;
  state: "good" | "warn" | "bad" | "later";
  count: number;
  when: string;
}

async function show(request: Request_): Promise<Answer> {
  const { replica, now, today } = request;
  const [device, state, customers, contacts, addresses, loans] = await Promise.all([
    replica.device(),
    replica.state(),
    replica.all("customer"),
    replica.all("contact"),
    replica.all("address"),
    replica.all("loan"),
  ]);
  const open = loans.filter((held) => held.document.settled_on === null);
  const withoutSums = open.filter((held) => held.document.days.length === 0 || !coversToday(held.document, today));
  const hours = state.pulledAt ? (now.getTime() - Date.parse(state.pulledAt)) / 3_600_000 : Infinity;
  const lease = daysBetween(today, device.leaseUntil.slice(0, 10));
  const reached = new Set(contacts.map((held) => held.document.customer_id));
  const settled = new Set(addresses.map((held) => held.document.customer_id));
  const checks: Check[] = [
    check("customers", state.pulledAt === null ? "bad" : hours > STALE_HOURS ? "warn" : "good", customers.length, whenOf(state.pulledAt, today)),
    check("sums", withoutSums.length ? "warn" : "good", withoutSums.length),
    check("sent", state.waiting > 0 ? "warn" : "good", state.waiting),
    check("photos", state.photos > 0 ? "warn" : "good", state.photos),
    check("signed_in", state.needsSignIn ? "bad" : "good", 0),
    check("lease", lease < 0 ? "bad" : lease < LEASE_DAYS ? "warn" : "good", Math.max(lease, 0), device.leaseUntil.slice(0, 10)),
    // What only the page can ask its browser for: it fills these in.
    check("storage", "later", LEAST_FREE),
    check("persistent", "later", 0),
    check("update", "later", 0),
    check("battery", "later", 0),
  ];
  const isReady = checks.every((each) => each.state === "good" || each.state === "later");
  return {
    template: "field/ready.html",
    context: {
      checks,
      ready: isReady,
      online: state.online,
      as_of: whenOf(state.pulledAt, today),
      missing: {
        phone: customers.filter((held) => !reached.has(held.document.id)).slice(0, 20).map((held) => nameOf(held.document)),
        address: customers.filter((held) => !settled.has(held.document.id)).slice(0, 20).map((held) => nameOf(held.document)),
      },
      counts: { customers: customers.length, loans: open.length, contacts: contacts.length },
    },
  };
}

function check(name: string, state: Check["state"], count: number, when = ""): Check {
  return { name, state, count, when };
}

// A loan that owes nothing for a while has one row and needs no more.
function coversToday(loan: Parameters<typeof dueOn>[0], today: string): boolean {
  return loan.days.length === 1 || dueOn(loan, today).exact;
}

function nameOf(customer: { id: string; name: string }): { id: string; name: string } {
  return { id: customer.id, name: customer.name };
}

export const readyRoutes: Route[] = [{ method: "GET", path: "/field/ready", answer: show }];
