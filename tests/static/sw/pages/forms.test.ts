import { beforeEach, describe, expect, it } from "vitest";

import { readCreditCode } from "../../../../static/src/shared/identity";
import { FakeDevice, led, open, refused, taken, TODAY } from "../fake_replica";
import { address, BANK, contact, customer, loan, visit } from "../seeds";

let device: FakeDevice;

beforeEach(() => {
  device = new FakeDevice({
    bank: [BANK],
    customer: [customer("c1", "张三", { occupation: "零售" })],
    contact: [contact("p1", "c1", "13800000000"), contact("p2", "c1", "0571-8765432", { kind: "landline", relation: "work" })],
    address: [address("a1", "c1", "新街 5 号")],
    loan: [loan("l1", "c1")],
  });
});

const entries = () => device.outbox.map((each) => each.entry);

describe("a visit", () => {
  const path = "/field/customers/c1/visit";
  const jpeg = (mark: number) => new Blob([new Uint8Array([0xff, 0xd8, 0xff, mark])]);

  it("records what was found, with photos and the position, in one entry", async () => {
    const shots = [jpeg(1), jpeg(2)];
    const names = [];
    for (const photo of shots) names.push((await refused(device, "/field/photos", { photo })).context.photo.sha256 as string);

    const back = await taken(device, path, {
      purpose: "collection",
      met: "self",
      findings: "第一行\r\n第二行",
      ability: "4",
      next_step: "call",
      next_on: "2026-03-20",
      colleague: "王芳",
      loan_id: "l1",
      position: "30.12345,120.5,18",
      photo: names,
    });

    expect(back).toBe("/field/customers/c1?saved=visit");
    expect(device.outbox[0]?.photos).toBe(2);
    expect(entries()[0]?.set).toMatchObject({
      customer_id: "c1",
      loan_id: "l1",
      purpose: "collection",
      staff: "陈晓明、王芳",
      findings: "第一行\n第二行",
      ability: 4,
      next_on: "2026-03-20",
      position: { lat: "30.123450", lon: "120.500000", accuracy: 18 },
      photos: names,
    });
    expect([...device.notes.keys()].filter((name) => name.startsWith("photo."))).toEqual([]);
  });

  it("needs no more than a purpose", async () => {
    await taken(device, path, { purpose: "post_loan", next_step: "none" });

    expect(entries()[0]?.set).toMatchObject({ met: "", findings: "", ability: null, next_on: null, position: null, photos: [] });
  });

  it.each(["north", "1,2", "999,0,1", "1,2,x"])("takes no position from %j", async (position) => {
    await taken(device, path, { purpose: "post_loan", next_step: "none", position });

    expect(entries()[0]?.set["position"]).toBeNull();
  });

  it("keeps the photos of a form that comes back", async () => {
    const { context } = await refused(device, "/field/photos", { photo: jpeg(1) });
    const sha256 = context.photo.sha256 as string;

    const page = await refused(device, path, { purpose: "", next_step: "none", photo: [sha256], findings: "好" });

    expect(page.context.form.errors).toEqual({ purpose: { code: "choose" } });
    expect(page.context.photos).toEqual([{ sha256 }]);
    expect(page.context.form.values.findings).toBe("好");
  });

  it("says when a photo is gone", async () => {
    const page = await refused(device, path, { purpose: "post_loan", next_step: "none", photo: ["e".repeat(64)] });

    expect(page.context.form.errors).toEqual({ photos: { code: "photos_gone" } });
  });

  it.each([
    [new Blob(["not a picture"]), "photo_no_image"],
    [new Blob([]), "photo_missing"],
    [new Blob([new Uint8Array(3_000_001)]), "photo_large"],
  ])("refuses what is no picture", async (photo, code) => {
    const page = await refused(device, "/field/photos", { photo });

    expect(page).toMatchObject({ status: 422, context: { photo: null, error: { code } } });
  });

  it("gives the photos of a draft back", async () => {
    const { context } = await refused(device, "/field/photos", { photo: jpeg(1) });
    await refused(device, "/field/drafts", { draft: "visit.c1", findings: "半句", photo: [context.photo.sha256, "f".repeat(64)] });

    const page = await open(device, path);

    expect(page.context.form.values.findings).toBe("半句");
    expect(page.context.photos[0]).toEqual(context.photo);
  });

  it("warns of a second visit on one day", async () => {
    device.rows.visit = [visit("v1", "c1", { visited_at: `${TODAY}T01:00:00Z` })];

    expect((await open(device, path)).context.visited_today).toBe(true);
  });
});

describe("a promise", () => {
  it("records how much by when", async () => {
    await taken(device, "/field/loans/l1/promise", { amount: "500", promised_on: "2026-03-12", channel: "phone" });

    expect(entries()[0]).toMatchObject({ entity: "promise", customerId: "c1" });
    expect(entries()[0]?.set).toMatchObject({ loan_id: "l1", amount: 50_000, promised_on: "2026-03-12", channel: "phone", note: "" });
  });

  it.each([
    ["2026-03-09", "day_past"],
    ["2027-03-12", "day_far"],
    ["", "day_missing"],
    ["soon", "day"],
  ])("refuses the day %j", async (promised_on, code) => {
    const page = await refused(device, "/field/loans/l1/promise", { amount: "500", promised_on, channel: "phone" });

    expect(page.context.form.errors).toEqual({ promised_on: { code } });
  });

  it("goes to the loan that owes most, from the customer's page", async () => {
    device.rows.loan?.push(loan("l2", "c1", { days: [{ ...loan("x", "c1").days[0]!, due: 999_999 }] }));

    expect(await led(device, "/field/customers/c1/promise")).toBe("/field/loans/l2/promise");
  });
});

describe("a call", () => {
  const path = "/field/customers/c1/call";
  const log = (result: string) => taken(device, path, { channel: "phone", contact_id: "p1", result });

  it("records who was called and what came of it", async () => {
    await taken(device, path, { channel: "phone", contact_id: "p2", result: "relayed", summary: "请转告" });

    expect(entries()[0]?.set).toMatchObject({ contact_id: "p2", relation: "work", result: "relayed", summary: "请转告" });
  });

  it("asks for a result", async () => {
    expect((await refused(device, path, { channel: "phone" })).context.form.errors).toEqual({ result: { code: "choose" } });
  });

  it("warns from the third call without an answer, and stops at the sixth", async () => {
    await log("no_answer");
    await log("reached");
    await log("refused");
    expect((await open(device, path)).context.conduct).toMatchObject({ unanswered: 2, many: false });

    await log("switched_off");
    expect((await open(device, path)).context.conduct).toMatchObject({ unanswered: 3, many: true, too_many: false });

    for (const result of ["invalid", "no_answer", "no_answer"]) await log(result);
    expect((await open(device, path)).context.conduct).toMatchObject({ unanswered: 6, too_many: true });
  });

  it.each([
    ["2026-03-10T21:59:00+08:00", false],
    ["2026-03-10T22:00:00+08:00", true],
    ["2026-03-10T07:59:00+08:00", true],
    ["2026-03-10T08:00:00+08:00", false],
  ])("knows whether it is quiet at %s", async (now, quiet) => {
    device.now = new Date(now);

    expect((await open(device, path)).context.conduct.quiet).toBe(quiet);
  });
});

describe("feedback", () => {
  const path = "/field/customers/c1/feedback";

  it("records what was said", async () => {
    await taken(device, path, { kind: "complaint", category: "service", channel: "field", content: "太慢", received_on: "", loan_id: "l1" });

    expect(entries()[0]?.set).toMatchObject({ kind: "complaint", category: "service", channel: "field", content: "太慢", received_on: TODAY, loan_id: "l1" });
  });

  it("names each field that is missing", async () => {
    const page = await refused(device, path, { channel: "field", received_on: "2026-03-11", content: "x".repeat(2001) });

    expect(page.context.form.errors).toEqual({
      received_on: { code: "day_future" },
      kind: { code: "choose" },
      category: { code: "choose" },
      content: { code: "too_long", limit: 2000 },
    });
  });
});

describe("editing contacts", () => {
  const path = "/field/customers/c1/edit";
  const same = async (): Promise<Record<string, string>> => (await open(device, path)).context.form.values;

  it("writes nothing when nothing was changed", async () => {
    expect(await taken(device, path, await same())).toBe("/field/customers/c1?saved=same");
    expect(entries()).toEqual([]);
  });

  it("writes only what was changed, with the value that was seen", async () => {
    await taken(device, path, { ...(await same()), "contact.p1.value": "+86 139 0000 0001", occupation: "批发", "address.a1.address": "新街 7 号" });

    expect(entries()).toEqual([
      { entity: "customer", entityId: "c1", op: "edit", set: { occupation: "批发" }, was: { occupation: "零售" }, customerId: "c1" },
      { entity: "contact", entityId: "p1", op: "edit", set: { value: "13900000001" }, was: { value: "13800000000" }, customerId: "c1" },
      { entity: "address", entityId: "a1", op: "edit", set: { address: "新街 7 号" }, was: { address: "新街 5 号" }, customerId: "c1" },
    ]);
  });

  it("adds and takes away", async () => {
    await taken(device, path, { ...(await same()), "contact.p2.deleted": "1", "contact.new.value": "13700000007", "contact.new.relation": "spouse" });

    expect(entries().map(({ entity, op, set }) => [entity, op, set["deleted"] ?? set["value"]])).toEqual([
      ["contact", "edit", true],
      ["contact", "create", "13700000007"],
    ]);
    expect((await open(device, "/field/customers/c1")).context.contacts).toHaveLength(2);
  });

  it.each([
    [{ "contact.p1.value": "138" }, { "contact.p1.value": { code: "phone" } }],
    [{ "contact.p1.value": "0571-8765432" }, { "contact.p1.value": { code: "mobile" } }],
    [{ "contact.p1.value": "" }, { "contact.p1.value": { code: "missing" } }],
    [{ "contact.new.value": "13800000000" }, { "contact.new.value": { code: "known_already" } }],
    [{ "contact.new.value": "a b", "contact.new.kind": "email" }, { "contact.new.value": { code: "email" } }],
    [{ name: "" }, { name: { code: "missing" } }],
  ])("refuses %j at its field", async (fields, errors) => {
    const page = await refused(device, path, { ...(await same()), ...fields } as Record<string, string>);

    expect(page.context.form.errors).toEqual(errors);
    expect(page.context.form.values).toMatchObject(fields);
  });

  it("shows a value that waits, and marks it", async () => {
    await taken(device, path, { ...(await same()), "contact.p1.value": "13900000001" });

    const { context } = await open(device, "/field/customers/c1");

    expect(context.contacts[0]).toMatchObject({ value: "13900000001", waiting: true });
    expect(context.waiting[0].fields).toEqual([{ name: "value", now: "13900000001", was: "13800000000", stands: "" }]);
  });
});

describe("a new customer", () => {
  const path = "/field/customers/new";
  const good = { kind: "person", name: "孙七", id_no: "110199 19900307 0017", mobile: "138 0000 0009" };

  it("is recorded with what its number says", async () => {
    await taken(device, path, { ...good, id_expiry_on: "长期", monthly_income: "8000", gender: "F", birth_on: "2000-01-01" });

    expect(entries()[0]?.set).toMatchObject({
      kind: "person",
      name: "孙七",
      id_no: "110199199003070017",
      id_expiry_on: null,
      gender: "M",
      birth_on: "1990-03-07",
      mobile: "13800000009",
      monthly_income: 800_000,
    });
  });

  it("can be a company", async () => {
    expect(readCreditCode("91110199MA05YN0182").valid).toBe(true);

    await taken(device, path, { kind: "company", name: "青溪建材", id_no: "91110199-ma05yn0182" });

    expect(entries()[0]?.set).toMatchObject({ kind: "company", id_no: "91110199MA05YN0182", gender: null, birth_on: null, monthly_income: null });
  });

  it.each([
    [{ id_no: "110199199003070000" }, { id_no: { code: "checksum" } }],
    [{ id_no: "990199199003070017" }, { id_no: { code: "area" } }],
    [{ name: " " }, { name: { code: "missing" } }],
    [{ mobile: "0571-8765432" }, { mobile: { code: "mobile" } }],
    [{ birth_on: "2027-01-01", id_no: "" }, { birth_on: { code: "birth_date" } }],
  ])("refuses %j and keeps the rest", async (fields, errors) => {
    const page = await refused(device, path, { ...good, ...fields } as Record<string, string>);

    expect(page.context.form.errors).toEqual(errors);
    expect(page.context.form.values).toMatchObject(fields);
  });

  it.each([
    [{ mobile: "13800000000" }, "phone"],
    [{ name: "张三" }, "name"],
  ])("shows who looks the same on this device (%j)", async (fields, by) => {
    const page = await refused(device, path, { ...good, ...fields } as Record<string, string>);

    expect(page.context.known).toEqual([{ id: "c1", name: "张三", no: "C-c1", by }]);
    expect(page.context.form.errors).toEqual({ agreed: { code: "maybe_known" } });
    await taken(device, path, { ...good, ...fields, agreed: "known" } as Record<string, string>);
  });

  it("compares ID numbers by what their masks show", async () => {
    device.rows.customer?.push(customer("c2", "别人", { id_no: "110***********0017" }));

    expect((await refused(device, path, good)).context.known[0]).toMatchObject({ name: "别人", by: "id_no" });
  });

  it("shows at once on its own page, waiting, its number behind a mask", async () => {
    const { context } = await open(device, await taken(device, path, good));

    expect(context).toMatchObject({ made: true, customer: { name: "孙七", id_no: "110***********0017" } });
  });
});
