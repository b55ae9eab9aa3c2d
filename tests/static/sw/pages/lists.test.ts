import { beforeEach, describe, expect, it } from "vitest";

import { FakeDevice, led, NOW, open, refused, SYNCED, taken, TODAY } from "../fake_replica";
import { urgentUnread } from "../../../../static/src/sw/pages/notices";
import { contact, customer, days, loan, notice, overdue, plan, repayment } from "../seeds";
import { busy } from "./worlds";

describe("my takings", () => {
  const zhang = loan("l1", "c1");
  let device: FakeDevice;

  beforeEach(async () => {
    device = new FakeDevice({
      customer: [customer("c1", "张三")],
      loan: [zhang],
      repayment: [
        repayment("r1", zhang, 20_000),
        repayment("r2", zhang, 7_000, { state: "held", reason: "double_entry" }),
        repayment("r3", zhang, 1_000, { state: "rejected" }),
        repayment("r4", zhang, 3_000, { by: "colleague" }),
        repayment("r5", zhang, 4_000, { at: "2026-03-09T03:00:00Z", paid_on: "2026-03-09" }),
        repayment("r6", zhang, 50_000, { method: "transfer" }),
      ],
    });
    await taken(device, "/field/loans/l1/pay", { amount: "300", method: "cash" });
  });

  it("are summed by method: confirmed, waiting, held", async () => {
    const { context } = await open(device, "/field/takings");

    expect(context.methods).toEqual([
      { method: "cash", count: 3, confirmed: 20_000, waiting: 30_000, held: 7_000, amount: 57_000 },
      { method: "transfer", count: 1, confirmed: 50_000, waiting: 0, held: 0, amount: 50_000 },
    ]);
    expect(context.total).toEqual({ confirmed: 70_000, waiting: 30_000, held: 7_000, amount: 107_000 });
    expect(context.cash).toBe(57_000);
  });

  it("list what does not count too, with its state", async () => {
    const { context } = await open(device, "/field/takings");

    expect(context.lines.map((line: { progress: string }) => line.progress).sort()).toEqual(["confirmed", "confirmed", "held", "rejected", "waiting"]);
  });

  it("are of another day on wish, never of one to come", async () => {
    expect((await open(device, "/field/takings?day=2026-03-09")).context).toMatchObject({ cash: 4_000, before: "2026-03-08", after: TODAY });
    expect((await open(device, "/field/takings?day=2026-03-11")).context.day).toBe(TODAY);
  });

  it("are handed in against cash that was counted", async () => {
    expect(await taken(device, "/field/takings", { day: TODAY, counted: "560", note: "差十元" })).toBe(`/field/takings?day=${TODAY}&saved=1`);

    const { context } = await open(device, "/field/takings");
    expect(device.outbox[1]?.entry).toMatchObject({ entity: "handover", set: { day: TODAY, counted: 56_000, note: "差十元" }, customerId: null });
    expect(context.handovers).toMatchObject([{ counted: 56_000, state: "waiting", unsent: true, differs: -1_000 }]);
  });

  it("may be nothing at all", async () => {
    await taken(device, "/field/takings", { day: "2026-03-08", counted: "0" });

    expect(device.outbox[1]?.entry.set["counted"]).toBe(0);
  });

  it.each(["", "x", "-1"])("refuse %j as a count and keep the note", async (counted) => {
    const { context } = await refused(device, "/field/takings", { day: TODAY, counted, note: "说明" });

    expect(Object.keys(context.form.errors)).toEqual(["counted"]);
    expect(context.form.values.note).toBe("说明");
  });
});

describe("the search", () => {
  const device = new FakeDevice({
    customer: [customer("c1", "张三", { keys: ["zs", "zhangsan"] }), customer("c2", "李四", { keys: ["ls", "lisi"] })],
    loan: [overdue("l1", "c1", 5, 1_000), loan("l2", "c1", { settled_on: "2025-01-01" })],
  });

  it("answers a fragment while one types, and a page otherwise", async () => {
    expect((await open(device, "/field/search?q=zs", true)).template).toBe("field/_found.html");
    expect((await open(device, "/field/search?q=zs")).template).toBe("field/search.html");
  });

  it("tells what each owes today, settled loans left out", async () => {
    const { context } = await open(device, "/field/search?q=zh");

    expect(context.rows).toEqual([{ id: "c1", name: "张三", no: "C-c1", due: 1_000, dpd: 5, loans: 1, pay_url: "/field/loans/l1/pay" }]);
  });

  it("shows who was opened lately while nothing is typed", async () => {
    await open(device, "/field/customers/c1");
    await open(device, "/field/customers/c2");
    await open(device, "/field/customers/c1");

    const { context } = await open(device, "/field/search");

    expect(context.rows.map((row: { id: string }) => row.id)).toEqual(["c1", "c2"]);
  });
});

describe("the check before a trip", () => {
  const states = (checks: { name: string; state: string }[]) => Object.fromEntries(checks.map((each) => [each.name, each.state]));

  it("is ready when all is here and sent", async () => {
    const device = new FakeDevice({ customer: [customer("c1", "张三")], loan: [loan("l1", "c1")], contact: [contact("p1", "c1", "13800000000")] });

    const { context } = await open(device, "/field/ready");

    expect(context).toMatchObject({ ready: true, as_of: "08:15", missing: { phone: [], address: [{ id: "c1", name: "张三" }] } });
    expect(states(context.checks)).toMatchObject({ customers: "good", sums: "good", sent: "good", lease: "good", storage: "later" });
  });

  it.each([
    [{ pulledAt: null }, { customers: "bad" }],
    [{ pulledAt: "2026-03-09T10:00:00Z" }, { customers: "warn" }],
    [{ needsSignIn: true }, { signed_in: "bad" }],
  ])("is not when %j", async (status, expected) => {
    const device = new FakeDevice({ customer: [customer("c1", "张三")] });
    device.status = { ...SYNCED, ...status };

    const { context } = await open(device, "/field/ready");

    expect(context.ready).toBe(false);
    expect(states(context.checks)).toMatchObject(expected);
  });

  it("names loans without sums of today, and what waits", async () => {
    const old = loan("l1", "c1", { days: days(100, 0, 100).map((row) => ({ ...row, on: "2026-03-01" })) });
    const device = new FakeDevice({ customer: [customer("c1", "张三")], loan: [old] });
    await taken(device, "/field/loans/l1/pay", { amount: "1", method: "cash" });

    expect(states((await open(device, "/field/ready")).context.checks)).toMatchObject({ sums: "warn", sent: "warn" });
  });

  it("counts the days of the lease", async () => {
    const device = new FakeDevice();
    device.today = "2026-03-22";
    expect(states((await open(device, "/field/ready")).context.checks)["lease"]).toBe("warn");
    device.today = "2026-03-25";
    expect(states((await open(device, "/field/ready")).context.checks)["lease"]).toBe("bad");
  });
});

describe("what waits", () => {
  it("is told apart from what a person has to decide", async () => {
    const { context } = await open(await busy(), "/field/sync");

    expect(context.unsent.map((line: { progress: string }) => line.progress)).toEqual(["waiting", "sent", "undoable"]);
    expect(context.decided.map((line: { progress: string }) => line.progress)).toEqual(["conflict", "rejected"]);
  });

  it("says what was entered beside what stands", async () => {
    const device = await busy();
    Object.assign(device.rows.contact?.[0] ?? {}, { value: "13900000000" });
    const { context } = await open(device, "/field/sync");

    expect(context.decided[0]).toMatchObject({
      entity: "contact",
      customer: { id: "c1", name: "张三" },
      fields: [{ name: "value", now: "13800000001", was: "13800000000", stands: "13900000000" }],
      url: "/field/customers/c1",
    });
  });

  it("goes out of sight when a refusal has been read, and never while somebody has to decide", async () => {
    const device = await busy();
    const [, conflict, , refusal] = device.outbox;

    await taken(device, `/field/entries/${conflict?.id}/dismiss`, { back: "/field/customers/c1" });
    expect(await taken(device, `/field/entries/${refusal?.id}/dismiss`)).toBe("/field/sync");

    const { context } = await open(device, "/field/sync");
    expect(context.decided.map((line: { progress: string }) => line.progress)).toEqual(["conflict"]);
  });

  it("warns when the oldest has waited for a day", async () => {
    const device = await busy();
    device.outbox[0]!.madeAt = "2026-03-08T01:00:00Z";

    expect((await open(device, "/field/sync")).context.state.old).toBe(true);
  });
});

describe("notices", () => {
  it("come newest first, are fresh until read, and lead nowhere when the customer has gone", async () => {
    const device = await busy();
    const before = await open(device, "/field/notices");
    expect(before.context.notices.map((line: { id: string }) => line.id)).toEqual(["n1", "n3", "n2"]);
    expect(before.context).toMatchObject({ fresh: 3, shell: { notices: 3 } });
    expect(before.context.notices[1]).toMatchObject({ customer: null, url: null });

    await taken(device, "/field/notices/read");
    device.rows.notice?.push(notice("n4", "customer_given", { customer_id: "c1" }));

    expect((await open(device, "/field/notices")).context).toMatchObject({ fresh: 1, shell: { notices: 1 } });
  });
});

describe("the notice centre", () => {
  const marks = (device: FakeDevice) => device.outbox.filter((each) => each.entry.entity === "notice").map((each) => each.entry.set);

  it("opens the exact page of a notice, which is read by that, once", async () => {
    const device = await busy();
    device.rows.notice?.push(
      notice("d1", "due_digest", { about_on: TODAY, params: { due: 2, overdue: 1, promised: 0, complaints: 0, tasks: 0, sum: 100 } }),
      notice("d2", "due_digest", { about_on: "2026-03-12" }),
      notice("s1", "due_soon", { entity: "loan", entity_id: "l1", customer_id: "c1" }),
      notice("s2", "overdue", { entity: "loan", entity_id: "gone", customer_id: "gone" }),
    );
    expect(await led(device, "/field/notices/d1")).toBe("/field/");
    expect(await led(device, "/field/notices/d1")).toBe("/field/");
    expect(marks(device)).toEqual([{ state: "read", snoozed_until: null }]);
    expect(await led(device, "/field/notices/d2")).toBe("/field/?on=2026-03-12");
    expect(await led(device, "/field/notices/s1")).toBe("/field/loans/l1");
    expect(await led(device, "/field/notices/s2")).toBe("/field/notices#n-s2");
    expect(await led(device, "/field/notices/none")).toBe("/field/notices?missing=1");
  });

  it("puts off, takes back and is done; each has its box", async () => {
    const device = await busy();
    await taken(device, "/field/notices/n1/mark", { do: "evening" });
    await taken(device, "/field/notices/n2/mark", { do: "done" });
    expect(marks(device)).toEqual([{ state: "snoozed", snoozed_until: "2026-03-10T10:00:00.000Z" }, { state: "done", snoozed_until: null }]);
    expect((await open(device, "/field/notices")).context).toMatchObject({ counts: { new: 1, snoozed: 1, done: 1 }, fresh: 1 });
    expect((await open(device, "/field/notices?box=snoozed")).context.notices).toMatchObject([{ id: "n1", until: "18:00", fresh: false }]);

    device.now = new Date("2026-03-10T18:00:00+08:00");
    expect((await open(device, "/field/notices")).context).toMatchObject({ counts: { new: 2, snoozed: 0, done: 1 }, fresh: 2, evening: false });

    expect(await taken(device, "/field/notices/n2/mark", { do: "back", back: "/field/notices?box=done" })).toBe("/field/notices?box=done");
    expect((await open(device, "/field/notices")).context.counts).toMatchObject({ new: 3, done: 0 });
  });

  it("asks for a day that is to come", async () => {
    const device = await busy();
    expect(await taken(device, "/field/notices/n1/mark", { do: "date", on: TODAY })).toBe("/field/notices?bad_day=1");
    expect(await taken(device, "/field/notices/n1/mark", { do: "date", on: "", back: "/field/notices?box=new" })).toBe("/field/notices?box=new&bad_day=1");
    expect(await taken(device, "/field/notices/n1/mark", { do: "shred" })).toBe("/field/notices?bad_day=1");
    expect(marks(device)).toEqual([]);
    await taken(device, "/field/notices/n1/mark", { do: "date", on: "2026-03-20" });
    expect(marks(device)).toEqual([{ state: "snoozed", snoozed_until: "2026-03-20T00:00:00.000Z" }]);
  });

  it("counts the urgent that nobody has read, for the app's icon", async () => {
    const device = await busy();
    device.rows.notice?.push(notice("u1", "overdue", { urgent: true }), notice("u2", "overdue", { urgent: true, state: "read" }));
    expect(urgentUnread(await device.all("notice"), device.now)).toBe(1);
  });

  it("shows fifty and then more", async () => {
    const device = new FakeDevice({ notice: Array.from({ length: 60 }, (_, place) => notice(`m${place}`, "customer_given")) });
    const first = (await open(device, "/field/notices")).context;
    expect([first.notices.length, first.more]).toEqual([50, 100]);
    const all = (await open(device, "/field/notices?most=100")).context;
    expect([all.notices.length, all.more]).toEqual([60, 0]);
  });
});

describe("the sheet of one day", () => {
  it("has what falls due and is promised on it", async () => {
    const device = new FakeDevice({
      customer: [customer("c1", "张三"), customer("c2", "李四")],
      loan: [loan("l1", "c1", { next_due_on: "2026-03-12", plan: plan(3, 0).map((each, place) => ({ ...each, due_on: `2026-0${3 + place}-12` })) }), loan("l2", "c2")],
    });
    const { context } = await open(device, "/field/?on=2026-03-12");
    expect(context.rows.map((row: { name: string }) => row.name)).toEqual(["张三"]);
    expect(context).toMatchObject({ day: "2026-03-12", show: "day" });
  });

  it("offers notifications until the offer is put away", async () => {
    const device = new FakeDevice();
    expect((await open(device, "/field/")).context.offers_push).toBe(true);
    await taken(device, "/field/push-offer/put-away");
    expect((await open(device, "/field/")).context.offers_push).toBe(false);
  });
});

describe("the settings", () => {
  it("are kept on the device and shown on every page", async () => {
    const device = new FakeDevice();

    await taken(device, "/field/settings", { language: "en", theme: "sunlight", text_size: "larger" });

    expect((await open(device, "/field/")).context.shell).toMatchObject({ theme: "sunlight", text_size: "larger" });
    expect(device.notes.get("language")).toBe("en");
  });

  it("fall back to the usual for what is unknown", async () => {
    const device = new FakeDevice();
    device.notes.set("appearance", "{spoilt");

    await taken(device, "/field/settings", { language: "fr", theme: "pink", text_size: "" });

    expect((await open(device, "/field/settings")).context.chosen).toMatchObject({ theme: "auto", text_size: "normal" });
    expect(device.notes.get("language")).toBe("zh");
  });
});

describe("a loan", () => {
  it("shows the server's sums of the day and marks those of another", async () => {
    const device = new FakeDevice({ customer: [customer("c1", "张三")], loan: [overdue("l1", "c1", 3, 500)] });
    expect((await open(device, "/field/loans/l1")).context.due).toMatchObject({ on: TODAY, exact: true, dpd: 3 });

    device.today = "2026-03-12";
    device.now = new Date(NOW.getTime() + 2 * 86_400_000);
    const { context } = await open(device, "/field/loans/l1");
    expect(context.due).toMatchObject({ on: "2026-03-12", exact: true, dpd: 5 });
    expect(context.stale_days).toBe(2);

    device.today = "2026-06-01";
    expect((await open(device, "/field/loans/l1")).context.due).toMatchObject({ on: "2026-03-24", exact: false });
  });

  it("puts the instalments around today first", async () => {
    const device = new FakeDevice({ customer: [customer("c1", "张三")], loan: [loan("l1", "c1")] });

    const { context } = await open(device, "/field/loans/l1");

    expect(context.plan.near.map((row: { no: number }) => row.no)).toEqual([9, 10, 11, 12, 13, 14]);
    expect(context.plan.all).toHaveLength(24);
    expect(context.paid).toBe(9);
  });
});
