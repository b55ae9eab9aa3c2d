import { beforeEach, describe, expect, it } from "vitest";

import { daysAfter } from "../../../../static/src/sw/pages/clock";
import { STEP } from "../../../../static/src/sw/pages/today";
import { FakeDevice, NOW, open, post, taken, TODAY } from "../fake_replica";
import { address, contact, customer, loan, overdue, promise, repayment } from "../seeds";

const names = (rows: { name: string }[]): string[] => rows.map((row) => row.name);

describe("today's collection sheet", () => {
  const zhang = loan("l1", "c1");
  const li = overdue("l2", "c2", 12, 156_000);
  const wang = overdue("l3", "c3", 40, 99_000);
  const zhao = loan("l4", "c4", { next_due_on: daysAfter(TODAY, 5) });
  let device: FakeDevice;

  beforeEach(() => {
    device = new FakeDevice({
      customer: [customer("c1", "张三"), customer("c2", "李四"), customer("c3", "王五"), customer("c4", "赵六")],
      contact: [contact("p1", "c1", "13800000000"), contact("p2", "c2", "0571-8765432", { kind: "landline" })],
      address: [address("a1", "c1", "南塘镇新街 5 号")],
      loan: [zhang, li, wang, zhao],
    });
  });

  it("shows who is due and overdue today, the longest overdue first", async () => {
    const { context } = await open(device, "/field/");

    expect(names(context.rows)).toEqual(["王五", "李四", "张三"]);
    expect(context.rows[0].loans[0].kind).toBe("overdue");
    expect(context.rows[2]).toMatchObject({ phone: "13800000000", address: "南塘镇新街 5 号", due: 100_000 });
  });

  it("adds up what is due, overdue, promised and received", async () => {
    device.rows.promise = [promise("s1", zhang, 60_000, TODAY)];
    device.rows.repayment = [repayment("r1", zhao, 5_000), repayment("r2", zhao, 7_000, { by: "colleague" })];

    const { context } = await open(device, "/field/");

    expect(context.totals).toMatchObject({ due: 100_000, due_count: 1, overdue: 255_000, overdue_count: 2 });
    expect(context.totals).toMatchObject({ promised: 60_000, received: 5_000, received_count: 1 });
  });

  it("puts those who promised before the others", async () => {
    device.rows.promise = [promise("s1", zhang, 60_000, TODAY), promise("s2", li, 1, daysAfter(TODAY, 3))];

    const { context } = await open(device, "/field/");

    expect(names(context.rows)[0]).toBe("张三");
    expect(context.rows[0].promises).toEqual([
      { id: "s1", amount: 60_000, on: TODAY, late: false, contract_no: zhang.contract_no },
    ]);
  });

  it("leaves out promises that were kept, and those broken long ago", async () => {
    device.rows.promise = [
      promise("s1", zhang, 1, TODAY, { state: "kept" }),
      promise("s2", li, 2, daysAfter(TODAY, -8), { state: "broken" }),
      promise("s3", wang, 3, daysAfter(TODAY, -7), { state: "broken" }),
    ];

    const { context } = await open(device, "/field/");

    expect(context.rows.flatMap((row: { promises: { id: string; late: boolean }[] }) => row.promises)).toMatchObject([{ id: "s3", late: true }]);
    expect(context.totals.promised).toBe(0);
  });

  it.each([
    ["due", ["张三"]],
    ["overdue", ["王五", "李四"]],
    ["promised", []],
    ["all", ["王五", "李四", "张三"]],
    ["nonsense", ["王五", "李四", "张三"]],
  ])("filters by %s", async (show, expected) => {
    const { context } = await open(device, `/field/?show=${show}`);

    expect(names(context.rows)).toEqual(expected);
  });

  it("looks a week ahead when asked, with what is due then", async () => {
    zhao.days = zhao.days.map((row) => ({ ...row, due: row.on >= daysAfter(TODAY, 5) ? 100_000 : 0 }));

    const { context } = await open(device, "/field/?show=week");

    const row = context.rows.find((each: { name: string }) => each.name === "赵六");
    expect(row.loans[0]).toMatchObject({ kind: "coming" });
    expect(row.loans[0].due.due).toBe(100_000);
    expect(context.totals.due).toBe(100_000);
  });

  it("draws the first customers alone, and counts and adds up all of them", async () => {
    const many = Array.from({ length: STEP + 3 }, (_, place) => customer(`m${place}`, `客户${place}`));
    device.rows.customer?.push(...many);
    device.rows.loan?.push(...many.map(({ id }, place) => overdue(`lm${place}`, id, 100 + place, 1_000)));

    const { context } = await open(device, "/field/?show=overdue");

    expect(context.rows).toHaveLength(STEP);
    expect(context).toMatchObject({ left: STEP + 5, totals: { overdue_count: STEP + 5 }, counts: { overdue: STEP + 5 } });
    const { url, next } = context.more;
    expect(context.more).toMatchObject({ count: 5, left: 5, url: `/field/?show=overdue&most=${2 * STEP}` });

    const rest = await open(device, next, true);
    expect(rest.template).toBe("field/_stops.html");
    expect(rest.context.more).toBeNull();
    const whole = await open(device, url);
    expect(names(whole.context.rows)).toEqual([...names(context.rows), ...names(rest.context.rows)]);
    expect(names(rest.context.rows).slice(-2)).toEqual(["王五", "李四"]);
  });

  it.each(["most=x", "most=-1", "most=1e99", "most=3"])("shows the usual number for %s", async (asked) => {
    const { context } = await open(device, `/field/?${asked}`);
    expect(context.rows).toHaveLength(3);
    expect(context.more).toBeNull();
  });

  it("keeps the order that the officer gave, and puts new customers after it", async () => {
    const back = await taken(device, "/field/order", { seen: ["c3", "c2", "c1"], move: "first c1" });
    expect(back).toBe("/field/?arrange=1");
    expect(names((await open(device, "/field/")).context.rows)).toEqual(["张三", "王五", "李四"]);

    device.rows.customer?.push(customer("c5", "孙七"));
    device.rows.loan?.push(overdue("l5", "c5", 90, 1_000));

    expect(names((await open(device, "/field/")).context.rows)).toEqual(["张三", "王五", "李四", "孙七"]);
  });

  it("moves a customer one place up or down and forgets the order on wish", async () => {
    const seen = ["c3", "c2", "c1"];
    await taken(device, "/field/order", { seen, move: "up c2" });
    expect(names((await open(device, "/field/")).context.rows)).toEqual(["李四", "王五", "张三"]);

    await taken(device, "/field/order", { seen: ["c2", "c3", "c1"], move: "down c2" });
    expect(names((await open(device, "/field/")).context.rows)).toEqual(["王五", "李四", "张三"]);

    await taken(device, "/field/order", { seen, move: "first c1" });
    await taken(device, "/field/order/usual");
    expect(names((await open(device, "/field/")).context.rows)).toEqual(["王五", "李四", "张三"]);
  });

  it("records what is due with one tap, and offers to undo it for ten seconds", async () => {
    const back = await taken(device, "/field/loans/l1/paid", { seen: "100000", back: "/field/?show=due" });
    const { context } = await open(device, back);

    expect(device.outbox[0]?.entry.set).toMatchObject({ loan_id: "l1", amount: 100_000, method: "cash", paid_on: TODAY });
    expect(context.receipt).toMatchObject({ amount: 100_000, name: "张三", undo_seconds: 10 });
    expect(names(context.done)).toEqual(["张三"]);
    expect(context.totals).toMatchObject({ received: 100_000, received_waiting: 1, due: 100_000 });

    device.now = new Date(NOW.getTime() + 11_000);
    expect((await open(device, back)).context.receipt).toMatchObject({ undo: null, undo_seconds: 0 });
  });

  it("takes back the tap", async () => {
    const back = await taken(device, "/field/loans/l1/paid", { seen: "100000" });
    const { undo } = (await open(device, back)).context.receipt;

    expect(await taken(device, `/field/entries/${undo}/undo`, { back: "/field/" })).toBe("/field/?undone=1");
    expect(device.outbox).toEqual([]);
    expect((await open(device, "/field/?undone=1")).context).toMatchObject({ undone: true, receipt: null });
  });

  it("says that it is too late to undo, and leads to the receipt", async () => {
    const form = { back: "/field/", late: "/field/receipts/r1" };

    expect(await taken(device, "/field/entries/gone/undo", form)).toBe("/field/receipts/r1?late=1");
  });

  it.each([
    ["the sum has changed since it was shown", "99999"],
    ["no sum was sent", ""],
  ])("asks in the form when %s", async (_why, seen) => {
    expect(await taken(device, "/field/loans/l1/paid", { seen })).toBe("/field/loans/l1/pay");
    expect(device.outbox).toEqual([]);
  });

  it("asks in the form when something was received already", async () => {
    await taken(device, "/field/loans/l1/paid", { seen: "100000" });

    expect(await taken(device, "/field/loans/l1/paid", { seen: "100000" })).toBe("/field/loans/l1/pay");
    expect(device.outbox).toHaveLength(1);
  });

  it("shows a part payment beside what was due as of the last sync", async () => {
    await taken(device, "/field/loans/l2/pay", { amount: "500", method: "cash" });
    const { context } = await open(device, "/field/");

    const row = context.rows.find((each: { id: string }) => each.id === "c2");
    expect(row.loans[0]).toMatchObject({ received: 50_000, received_count: 1, done: false });
    expect(row.loans[0].due.due).toBe(156_000);
  });

  it("does not count a payment twice that the sums know already", async () => {
    device.rows.repayment = [repayment("paid-l1", zhang, 100_000)];

    const { context } = await open(device, "/field/");

    expect(context.rows.find((row: { id: string }) => row.id === "c1").loans[0].received).toBe(0);
  });

  it("says of which day old sums are", async () => {
    zhang.as_of = "2026-03-08";

    expect((await open(device, "/field/")).context.as_of).toBe("2026-03-08");
    zhang.as_of = TODAY;
  });

  it("tells a device without customers what to do", async () => {
    expect((await open(new FakeDevice(), "/field/")).context).toMatchObject({ first_time: true, rows: [] });
  });

  it("answers a form with a way back within the field app only", async () => {
    const answer = await post(device, "/field/order/usual", { back: "https://elsewhere.example/field/" });

    expect(answer).toEqual({ redirect: "/field/?arrange=1" });
  });
});
