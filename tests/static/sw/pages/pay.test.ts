import { beforeEach, describe, expect, it } from "vitest";

import { checkCode } from "../../../../static/src/shared/check_code";
import { DEVICE, FakeDevice, NOW, open, refused, taken, TODAY } from "../fake_replica";
import { BANK, customer, days, loan, overdue, repayment } from "../seeds";

describe("recording a repayment", () => {
  const li = overdue("l2", "c2", 12, 156_000);
  let device: FakeDevice;

  beforeEach(() => {
    device = new FakeDevice({
      bank: [BANK],
      customer: [customer("c1", "张三"), customer("c2", "李四")],
      loan: [loan("l1", "c1"), li],
    });
  });

  const pay = (fields: Record<string, string>) => taken(device, "/field/loans/l2/pay", { method: "cash", ...fields });
  const wrong = (fields: Record<string, string>) => refused(device, "/field/loans/l2/pay", { method: "cash", ...fields });

  it("shows what is due, what pays it off, and the method of last time", async () => {
    await pay({ amount: "1", method: "wechat" });

    const { context } = await open(device, "/field/loans/l2/pay");

    expect(context.due).toMatchObject({ due: 156_000, dpd: 12, payoff: 850_000, exact: true });
    expect(context.form.values).toMatchObject({ method: "wechat", paid_on: TODAY, amount: "" });
    expect(context.received).toEqual({ amount: 100, count: 1 });
  });

  it.each([
    ["1,560.00", 156_000],
    ["１５６０", 156_000],
    ["0.5", 50],
    ["0.2万", 200_000],
    ["¥ 1 560 元", 156_000],
  ])("takes an amount typed as %s", async (amount, fen) => {
    await pay({ amount });

    expect(device.outbox[0]?.entry).toMatchObject({ entity: "repayment", op: "create", customerId: "c2" });
    expect(device.outbox[0]?.entry.set["amount"]).toBe(fen);
  });

  it.each([
    ["", "amount_missing"],
    ["一百", "amount"],
    ["1.234", "amount"],
    ["0", "amount_positive"],
    ["-5", "amount_positive"],
    ["99999999999999", "amount"],
  ])("refuses %j at its field and keeps all that was typed", async (amount, code) => {
    const { status, context } = await wrong({ amount, payer: "李四的哥哥", note: "先还" });

    expect(status).toBe(422);
    expect(context.form.errors).toEqual({ amount: { code } });
    expect(context.form.values).toMatchObject({ amount, payer: "李四的哥哥", note: "先还" });
    expect(device.outbox).toEqual([]);
  });

  it.each([
    [{ paid_on: "2026-03-11" }, { paid_on: { code: "day_future" } }],
    [{ paid_on: "2012-01-01" }, { paid_on: { code: "day_old" } }],
    [{ paid_on: "2026-02-30" }, { paid_on: { code: "day" } }],
    [{ method: "gold" }, { method: { code: "unknown" } }],
    [{ method: "" }, { method: { code: "choose" } }],
    [{ payer: "长".repeat(61) }, { payer: { code: "too_long", limit: 60 } }],
  ])("refuses %j", async (fields, errors) => {
    expect((await wrong({ amount: "5", ...(fields as Record<string, string>) })).context.form.errors).toEqual(errors);
  });

  it("asks once when it is more than all that is owed, and takes it when agreed", async () => {
    const { context } = await wrong({ amount: "9000" });
    expect(context.form.errors.agreed).toMatchObject({ code: "more_than_owed", amount: "9,000.00", payoff: "8,500.00", fen: 900_000 });

    await pay({ amount: "9000", agreed: "900000" });

    expect(device.outbox[0]?.entry.set["amount"]).toBe(900_000);
  });

  it("asks again when another amount was agreed to", async () => {
    expect((await wrong({ amount: "9100", agreed: "900000" })).context.form.errors.agreed.code).toBe("more_than_owed");
  });

  it("asks about the same amount a second time on one day", async () => {
    await pay({ amount: "200" });

    expect((await wrong({ amount: "200" })).context.form.errors.agreed).toMatchObject({ code: "again_today" });
    await pay({ amount: "200", agreed: "20000" });
    await pay({ amount: "201" });

    expect(device.outbox).toHaveLength(3);
  });

  it("does not ask about a payment that was reversed", async () => {
    device.rows.repayment = [repayment("r1", li, 20_000, { state: "reversed" })];

    await pay({ amount: "200" });

    expect(device.outbox).toHaveLength(1);
  });

  it("asks when nothing is owed", async () => {
    device.rows.loan = [loan("l2", "c2", { days: days(0, 0, 0, 1), settled_on: "2026-01-01" })];

    expect((await wrong({ amount: "5" })).context.form.errors.agreed.code).toBe("nothing_owed");
  });

  it("takes several in a row before anything is sent, each with its receipt", async () => {
    const first = await pay({ amount: "100" });
    const second = await pay({ amount: "200" });
    const third = await taken(device, "/field/loans/l1/pay", { amount: "300", method: "transfer", then: "again" });

    expect(device.outbox.map((each) => each.entry.set["amount"])).toEqual([10_000, 20_000, 30_000]);
    expect(new Set([first, second]).size).toBe(2);
    expect(third).toBe(`/field/?done=${device.outbox[2]?.entry.entityId}`);
    expect((await open(device, "/field/loans/l2")).context.received.amount).toBe(30_000);
  });

  it("gives a receipt with a check code that the desk can make again", async () => {
    const { context } = await open(device, await pay({ amount: "1560" }));

    const id = device.outbox[0]?.entry.entityId ?? "";
    const code = await checkCode(DEVICE.receiptKey, { repaymentId: id, contractNo: li.contract_no, amount: 156_000, paidOn: TODAY });
    expect(device.outbox[0]?.entry.set["check_code"]).toBe(code);
    expect(code).toMatch(/^[A-Z2-7]{10}$/);
    expect(context.receipt.check_code).toBe(`${code.slice(0, 5)} ${code.slice(5)}`);
    expect(context.receipt).toMatchObject({ capitals: "壹仟伍佰陆拾元整", receipt_no: null, payer: "李四", by_name: "陈晓明" });
    expect(context).toMatchObject({ progress: "waiting", is_new: true, may_reverse: false });
  });

  it("makes the check code of the contract", async () => {
    const key = new Uint8Array(32).fill(1).buffer;
    const receipt = { repaymentId: "r", contractNo: "C", amount: 1, paidOn: "2026-01-01" };

    expect(await checkCode(key, receipt)).toBe(await checkCode(key, { ...receipt }));
    expect(await checkCode(key, receipt)).not.toBe(await checkCode(key, { ...receipt, amount: 2 }));
  });

  it("leads from the receipt to the next who has not paid", async () => {
    const { context } = await open(device, await pay({ amount: "1560" }));

    expect(context.next).toMatchObject({ name: "张三", due: 100_000, loan_id: "l1" });
  });

  it("keeps a draft as it is typed, gives it back, and forgets it when recorded", async () => {
    await refused(device, "/field/drafts", { draft: "pay.l2", amount: "12", note: "半", agreed: "1", back: "/field/" });

    const { context } = await open(device, "/field/loans/l2/pay");
    expect(context).toMatchObject({ restored: true });
    expect(context.form.values).toMatchObject({ amount: "12", note: "半", method: "cash" });

    await pay({ amount: "12" });
    expect((await open(device, "/field/loans/l2/pay")).context.restored).toBe(false);
  });

  it("throws a draft away on wish", async () => {
    await refused(device, "/field/drafts", { draft: "pay.l2", amount: "12" });

    expect(await taken(device, "/field/drafts/discard", { draft: "pay.l2", back: "/field/loans/l2/pay" })).toBe("/field/loans/l2/pay");
    expect((await open(device, "/field/loans/l2/pay")).context.restored).toBe(false);
  });

  it("records a signature with the payment", async () => {
    const png = new Blob([new Uint8Array([0x89, 0x50, 0x4e, 0x47, 1])]);
    const { context } = await refused(device, "/field/photos", { photo: png, field: "signature" });
    const signature = context.photo.sha256 as string;

    const path = await pay({ amount: "5", signature });

    expect(device.outbox[0]).toMatchObject({ photos: 1 });
    expect(device.outbox[0]?.entry.set["signature"]).toBe(signature);
    expect((await open(device, path)).context.receipt.signature).toBe(signature);
  });

  it("knows nothing of a loan that is not on this device", async () => {
    expect(await open(device, "/field/loans/none/pay")).toMatchObject({ template: "field/missing.html", status: 404 });
  });
});

describe("reversing", () => {
  const zhang = loan("l1", "c1");
  let device: FakeDevice;

  beforeEach(() => {
    device = new FakeDevice({ customer: [customer("c1", "张三")], loan: [zhang], repayment: [repayment("r1", zhang, 20_000)] });
  });

  it("asks for a reason", async () => {
    const { context } = await refused(device, "/field/receipts/r1/reverse", { reason: " " });

    expect(context.form.errors).toEqual({ reason: { code: "missing" } });
  });

  it("writes a reversal of the officer's own entry, and counts it no more", async () => {
    expect((await open(device, "/field/receipts/r1")).context).toMatchObject({ may_reverse: true, own_of_today: true });

    expect(await taken(device, "/field/receipts/r1/reverse", { reason: "金额输错" })).toBe("/field/receipts/r1");

    expect(device.outbox[0]?.entry).toMatchObject({ entity: "reversal", set: { repayment_id: "r1", reason: "金额输错" }, customerId: "c1" });
    expect((await open(device, "/field/receipts/r1")).context).toMatchObject({ reversing: true, may_reverse: false });
    expect((await open(device, "/field/takings")).context.total.amount).toBe(0);
  });

  it("is not for another's entry", async () => {
    device.rows.repayment = [repayment("r1", zhang, 20_000, { by: "colleague" })];

    expect((await open(device, "/field/receipts/r1")).context.may_reverse).toBe(false);
    expect((await refused(device, "/field/receipts/r1/reverse", { reason: "x" })).context.form.errors).toEqual({
      reason: { code: "not_reversible" },
    });
  });

  it("waits until undoing is over", async () => {
    const path = await taken(device, "/field/loans/l1/pay", { amount: "7", method: "cash" });
    expect((await open(device, path)).context).toMatchObject({ may_reverse: false, undo_seconds: 10 });

    device.now = new Date(NOW.getTime() + 12_000);

    expect((await open(device, path)).context).toMatchObject({ may_reverse: true, undo: null });
  });
});
