/** Three devices for every template: nearly empty, full, and one with whatever a name may hold. */
import type { Documents } from "../../../../static/src/replica/documents";
import { daysAfter } from "../../../../static/src/sw/pages/clock";
import { STEP } from "../../../../static/src/sw/pages/today";
import { FakeDevice, NOW, SYNCED, taken, TODAY } from "../fake_replica";
import { address, BANK, contact, customer, days, loan, notice, overdue, promise, repayment, visit } from "../seeds";

const MINUTE = 60_000;

/** One customer without a phone or a loan, a device that never synchronised. */
export function bare(): FakeDevice {
  const loans = [loan("l1", "c1", { days: days(0, 0, 0, 1), history: [], plan: [], next_due_on: null, next_due_amount: 0, last_paid_on: null, last_paid_amount: 0 })];
  const device = new FakeDevice({
    customer: [customer("c1", "张三", { id_no: null, gender: null, birth_on: null })],
    loan: loans,
    repayment: [repayment("r1", loans[0] as Documents["loan"], 100, { by: "colleague", check_code: null, receipt_no: null })],
  });
  device.status = { ...SYNCED, pulledAt: null, online: false };
  return device;
}

/** A working day: due, late, promised, received, waiting, held, refused, told. */
export async function busy(): Promise<FakeDevice> {
  const zhang = loan("l1", "c1");
  const li = overdue("l2", "c2", 12, 156_000, { guarantors: [{ name: "周明", mobile: "13700000007" }, { name: "吴芳", mobile: null }], credit: 2_000 });
  const wang = overdue("l3", "c3", 40, 99_000);
  const settled = loan("l5", "c2", { status: "SETTLED", settled_on: "2025-12-01", balance: 0, days: days(0, 0, 0, 1), next_due_on: null });
  const second = loan("l6", "c1", { product: "农户小额贷款", days: days(36_500, 0, 240_000) });
  const device = new FakeDevice({
    bank: [BANK],
    customer: [
      customer("c1", "张三", { employer: "南塘五金店", occupation: "零售", spouse_name: "陈丽", remark: "下午在店里" }),
      customer("c2", "李四", { gender: "F" }),
      customer("c3", "王五"),
      customer("c4", "青溪建材有限公司", { kind: "company", gender: null, birth_on: null, id_no: "913***********0182" }),
    ],
    contact: [
      contact("p1", "c1", "13800000000"),
      contact("p2", "c1", "0571-87654321", { kind: "landline", relation: "work" }),
      contact("p3", "c1", "13900000009", { relation: "spouse", person_name: "陈丽" }),
      contact("p4", "c1", "zhang@example.com", { kind: "email" }),
      contact("p5", "c2", "13600000006"),
    ],
    address: [address("a1", "c1", "浙江省青溪市南塘镇新街 5 号"), address("a2", "c3", "南塘镇河西村 12 组")],
    loan: [zhang, li, wang, settled, second],
    repayment: [
      repayment("r1", zhang, 20_000, { at: "2026-03-10T01:10:00Z" }),
      repayment("r2", wang, 30_000, { state: "held", reason: "double_entry", method: "wechat", receipt_no: null }),
      repayment("r3", li, 8_800, { method: "alipay", at: "2026-03-09T08:00:00Z", paid_on: "2026-03-09" }),
    ],
    promise: [promise("s1", wang, 50_000, TODAY), promise("s2", li, 60_000, "2026-03-08", { state: "broken", note: "说等货款" })],
    visit: [visit("v1", "c1", { photos: [{ sha256: "a".repeat(64), arrived: true }] }), visit("v2", "c2", { purpose: "collection", next_step: "none", next_on: null, ability: null })],
    call: [
      { id: "k1", customer_id: "c1", contact_id: "p1", relation: "self", channel: "phone", result: "no_answer", summary: "", called_at: "2026-03-10T01:00:00Z", by: "officer", by_name: "陈晓明" },
      { id: "k2", customer_id: "c1", contact_id: "p1", relation: "self", channel: "phone", result: "switched_off", summary: "", called_at: "2026-03-10T01:30:00Z", by: "officer", by_name: "陈晓明" },
      { id: "k3", customer_id: "c1", contact_id: "p1", relation: "self", channel: "phone", result: "no_answer", summary: "晚上再打", called_at: "2026-03-10T02:00:00Z", by: "officer", by_name: "陈晓明" },
    ],
    feedback: [{ id: "f1", customer_id: "c1", loan_id: "l1", no: "F-1", kind: "complaint", category: "service", channel: "field", status: "in_progress", received_on: "2026-03-02", due_on: "2026-03-17", content: "短信提醒太晚。" }],
    handover: [{ id: "h1", day: "2026-03-09", counted: 0, note: "", state: "signed", decided_by_name: "柜台 何静", decision_note: "" }],
    notice: [
      notice("n1", "conflict_settled", { customer_id: "c1", params: { field: "value", choice: "other", value: "13800000000", by: "审核 何静", reason: "已打电话核实", mutation: "019d0000-0000-7000-9000-000000000002" } }),
      notice("n2", "held_rejected", { entity: "repayment", entity_id: "r2", customer_id: "c3", at: "2026-03-09T06:00:00Z", params: { amount: 30_000, paid_on: TODAY, contract_no: "QX-2025-l3", receipt_no: null, note: "同一笔，微信已到账", by: "审核 何静" } }),
      notice("n3", "customer_taken", { entity: "customer", entity_id: "gone", customer_id: "gone", params: { name: "孙七", no: "C-7", by: "主管 林涛" } }),
    ],
  });
  await fillOutbox(device);
  return device;
}

async function fillOutbox(device: FakeDevice): Promise<void> {
  const before = (minutes: number): string => new Date(NOW.getTime() - minutes * MINUTE).toISOString();
  const create = (entity: "repayment" | "visit", entityId: string, customerId: string, set: object) => ({ entity, entityId, op: "create" as const, set: set as Record<string, never>, was: {}, customerId });
  device.hold(create("repayment", "w1", "c2", { loan_id: "l2", amount: 50_000, paid_on: TODAY, method: "wechat", reference: "", payer: "", note: "", check_code: "QWERT23456", signature: null }), "waiting", "", 0, before(50));
  device.hold({ entity: "contact", entityId: "p1", op: "edit", set: { value: "13800000001" }, was: { value: "13800000000" }, customerId: "c1" }, "conflict", "conflict", 0, before(40));
  device.hold(create("visit", "w2", "c1", { customer_id: "c1", loan_id: null, purpose: "collection", visited_at: before(30), staff: "陈晓明", met: "self", findings: "已见面", ability: 3, next_step: "collect", next_on: TODAY, position: null, photos: ["b".repeat(64)] }), "sent", "", 1, before(30));
  device.hold({ entity: "reversal", entityId: "w3", op: "create", set: { repayment_id: "r9", reason: "记错" }, was: {}, customerId: "c1" }, "rejected", "invalid amount too_large", 0, before(20));
  await taken(device, "/field/loans/l1/pay", { amount: "300.5", method: "cash", note: "先还一部分" });
}

const NASTY = `O'Neil "<b>&amp;</b>" ${"阿依古丽·买买提".repeat(6)}`;

/** Names with everything HTML minds, texts of many lines, a shared tablet in English at night. */
export async function nasty(): Promise<FakeDevice> {
  const odd = overdue("l1", "c1", 1, 1, {
    product: NASTY,
    contract_no: `"><script>alert(1)</script>`,
    guarantors: [{ name: NASTY, mobile: null }],
    rate: "12.00",
    status: "SOMETHING_NEW",
    five_class: "SOMETHING_NEW",
    method: "UNKNOWN",
    security: "",
    unpaid_due_on: "2026-03-09",
    as_of: "2026-03-09",
    days: [{ ...days(1, 1, 99_999_999_999_999, 1)[0], on: "2026-03-09" } as Documents["loan"]["days"][0]],
    principal: 99_999_999_999_999,
    balance: 99_999_999_999_999,
  });
  const device = new FakeDevice({
    bank: [{ ...BANK, name: NASTY, branch_name: "", branch_phone: "" }],
    customer: [customer("c1", NASTY, { remark: `line 1\nline 2 & <i>`, no: "", state: "waiting" }), customer("c2", "%(name)s {{ 7 * 7 }}")],
    contact: [contact("p1", "c1", "13800000000", { person_name: NASTY, kind: "wechat" }), contact("p2", "c1", "13800000001", { relation: "emergency" })],
    address: [address("a1", "c1", `${NASTY} & "5" <号>`)],
    loan: [odd],
    repayment: [repayment("r1", odd, 1, { method: "barter", payer: NASTY, note: `"a" & 'b'`, state: "joined", reason: "never_seen", at: "2025-12-31T18:00:00Z" })],
    promise: [promise("s1", odd, 1, daysAfter(TODAY, -1), { state: "part", note: NASTY })],
    visit: [visit("v1", "c1", { findings: `<img src=x onerror="alert(1)">\n&nbsp;`, by_name: NASTY, purpose: "walk" })],
    notice: [notice("n1", "never_seen", { customer_id: "c1", params: { name: NASTY, field: "<b>", value: null, reason: "x&y", by: null } })],
  });
  device.language = "en";
  device.now = new Date("2026-03-10T22:30:00+08:00");
  device.status = { ...SYNCED, needsSignIn: true, trouble: "offline", busy: true, pulledAt: "2025-12-31T00:00:00Z" };
  device.hold({ entity: "customer", entityId: "c1", op: "edit", set: { name: NASTY, remark: "<&>" }, was: { name: `"old"`, remark: null }, customerId: "c1" }, "held", "never_seen", 0, "2026-03-08T10:00:00Z");
  return device;
}

/** An officer who was on holiday, and covered for a colleague before. */
export function covered(): FakeDevice {
  const device = bare();
  device.rows.notice = [
    notice("n4", "cover_begun", { entity: "cover", entity_id: "v1", at: "2026-03-08T00:01:00Z", params: { officer: "张三", colleague: "李四", from: "2026-03-08", until: "2026-03-14", side: "officer", reason: "年休假" } }),
    notice("n5", "cover_ended", { entity: "cover", entity_id: "v2", at: "2026-03-07T00:01:00Z", params: { officer: "张三", colleague: "李四", from: "2026-03-01", until: "2026-03-06", side: "colleague", reason: "" } }),
  ];
  return device;
}

/** More customers to call on than a sheet draws at once. */
export function crowded(): FakeDevice {
  const ids = Array.from({ length: STEP + 3 }, (_, place) => `m${place}`);
  return new FakeDevice({
    customer: ids.map((id) => customer(id, `客户 ${id}`)),
    loan: ids.map((id, place) => overdue(`l${place}`, id, place + 1, 1_000)),
  });
}
