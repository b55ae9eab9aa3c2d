/** A device without a browser: fake databases, a clock and a network that tests move by hand. */
import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import type { Entry } from "../../../static/src/outbox/entries";
import { openAccounts } from "../../../static/src/sw/accounts";
import { DeviceKeeper, type Surroundings, type Told, type Wish } from "../../../static/src/sw/device";
import type { KeptKey, Session } from "../../../static/src/sw/session";
import { FakeServer } from "./fake_server";

export const WISH: Wish = { secret: "135791", kind: "pin", language: "zh", deviceName: "tablet", platform: "test" };
export const CUSTOMER = "01890000-0000-7000-8000-0000000000c1";
export const LOAN = "01890000-0000-7000-8000-0000000000a1";

export class Tablet {
  nowMs = Date.UTC(2026, 2, 2, 1);
  told: Told[] = [];
  pages: KeptKey[] = [];
  keeper!: DeviceKeeper;
  private held = new Set<string>();

  constructor(readonly server: FakeServer) {}

  /** A worker that starts: it knows nothing but what is stored. */
  async start(): Promise<DeviceKeeper> {
    this.keeper = new DeviceKeeper(await openAccounts(), this.surroundings());
    return this.keeper;
  }

  async enrolled(): Promise<Session> {
    await this.start();
    const answer = await this.keeper.enrol(WISH);
    if (!answer.ok) throw new Error(answer.why);
    this.pages = [answer.kept];
    return this.session();
  }

  async session(): Promise<Session> {
    const session = await this.keeper.background();
    if (!session) throw new Error("locked");
    return session;
  }

  /** Let the ten seconds pass in which an entry can be undone. */
  later(ms = 11_000): void {
    this.nowMs += ms;
  }

  sync(): Promise<string> {
    return this.keeper.sync("button");
  }

  private surroundings(): Surroundings {
    return {
      app: "test",
      rounds: 1000,
      isOnline: () => true,
      world: {
        fetch: (url, init) => this.server.answer(url, init),
        now: () => this.nowMs,
        random: () => 0.5,
        sleep: async (ms) => void (this.nowMs += ms),
      },
      alone: async (name, work) => {
        if (this.held.has(name)) return undefined;
        this.held.add(name);
        try {
          return await work();
        } finally {
          this.held.delete(name);
        }
      },
      askPages: async () => this.pages[0] ?? null,
      tellPages: (told) => void this.told.push(told),
    };
  }
}

export function freshStorage(): void {
  globalThis.indexedDB = new IDBFactory();
}

let made = 0;

export function idOf(kind: string, number: number): string {
  return `01890000-${kind}-7000-8000-${number.toString(16).padStart(12, "0")}`;
}

export function payment(amount = 100_000, more: Partial<Entry> = {}): Entry {
  made += 1;
  return {
    entity: "repayment",
    entityId: idOf("00ff", made),
    op: "create",
    set: { loan_id: LOAN, amount, paid_on: "2026-03-02", method: "cash" },
    was: {},
    customerId: CUSTOMER,
    ...more,
  };
}

export function phoneEdit(id: string, value: string, was: string): Entry {
  return { entity: "contact", entityId: id, op: "edit", set: { value }, was: { value: was }, customerId: CUSTOMER };
}
