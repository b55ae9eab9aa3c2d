/**
 * The contexts of every template, as the pages make them, kept in tests/cases/field_contexts for
 * the tests that hold the device's templates to the server's. After a page has changed:
 * WRITE_CONTEXTS=1 npx vitest run tests/static/sw/pages/contexts.test.ts
 */
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

import { type FakeDevice, type Fields, open, type Page, refused } from "../fake_replica";
import { bare, busy, covered, crowded, nasty } from "./worlds";

const HOME = new URL("../../../cases/field_contexts/", import.meta.url);
const FULL = { amount: `"12`, method: "", purpose: "", kind: "", name: "", reason: "", counted: "x", promised_on: "2020-01-01", content: "" };

type Make = (device: FakeDevice) => Promise<Page>;
const at = (path: string, isFragment = false): Make => (device) => open(device, path, isFragment);
const wrong = (path: string, fields: Fields = FULL): Make => (device) => refused(device, path, fields);

/** Template to named contexts; each is made on its own device. */
const PAGES: Record<string, Record<string, [world: () => FakeDevice | Promise<FakeDevice>, make: Make]>> = {
  today: { empty: [bare, at("/field/")], full: [busy, at("/field/")], nasty: [nasty, at("/field/")], arrange: [busy, at("/field/?arrange=1&show=overdue")], week: [busy, at("/field/?show=week&undone=1")] },
  _stops: { empty: [bare, at("/field/", true)], full: [busy, at("/field/", true)], nasty: [nasty, at("/field/", true)], next: [crowded, at("/field/?from=38", true)] },
  customer: { empty: [bare, at("/field/customers/c1")], full: [busy, at("/field/customers/c1")], nasty: [nasty, at("/field/customers/c1?saved=same&late=1")], other: [busy, at("/field/customers/c2?saved=visit")] },
  loan: { empty: [bare, at("/field/loans/l1")], full: [busy, at("/field/loans/l2")], nasty: [nasty, at("/field/loans/l1")], due: [busy, at("/field/loans/l1")] },
  pay: { empty: [bare, at("/field/loans/l1/pay")], full: [busy, at("/field/loans/l2/pay?back=/field/customers/c2")], nasty: [nasty, wrong("/field/loans/l1/pay", { amount: `1"2<3`, method: "x", payer: `"'&<`, note: "a\n<b>" })], asked: [busy, wrong("/field/loans/l2/pay", { amount: "99999", method: "cash" })] },
  receipt: { empty: [bare, at("/field/receipts/r1")], full: [busy, at("/field/receipts/w1?new=1")], nasty: [nasty, at("/field/receipts/r1?late=1")], held: [busy, at("/field/receipts/r2")] },
  reverse: { empty: [busy, at("/field/receipts/r1/reverse")], full: [busy, wrong("/field/receipts/r1/reverse")], nasty: [nasty, at("/field/receipts/r1/reverse")] },
  visit: { empty: [bare, at("/field/customers/c1/visit")], full: [busy, at("/field/customers/c1/visit")], nasty: [nasty, wrong("/field/customers/c1/visit", { purpose: `"><b>`, findings: "<&>\n'", photo: "a".repeat(64) })] },
  promise: { empty: [bare, at("/field/loans/l1/promise")], full: [busy, at("/field/loans/l3/promise")], nasty: [nasty, wrong("/field/loans/l1/promise")] },
  call: { empty: [bare, at("/field/customers/c1/call")], full: [busy, at("/field/customers/c1/call?contact=p1")], nasty: [nasty, wrong("/field/customers/c1/call", { summary: `"<`, channel: "phone" })] },
  feedback: { empty: [bare, at("/field/customers/c1/feedback")], full: [busy, at("/field/customers/c1/feedback")], nasty: [nasty, wrong("/field/customers/c1/feedback")] },
  edit: { empty: [bare, at("/field/customers/c1/edit")], full: [busy, at("/field/customers/c1/edit")], nasty: [nasty, wrong("/field/customers/c1/edit", { name: "", "contact.p2.value": `"12<3`, "contact.p2.kind": "mobile", "contact.p1.value": "x" })] },
  new_customer: { empty: [bare, at("/field/customers/new")], full: [busy, wrong("/field/customers/new", { kind: "person", name: "张三", id_no: "110199199003070017", mobile: "13800000000" })], nasty: [nasty, wrong("/field/customers/new", { kind: "company", name: `"<&`, id_no: "9111019900000001I9", mobile: "12" })] },
  _id_check: { empty: [bare, check("1101")], full: [bare, check("110199199003070017")], nasty: [bare, check(`110199199003070000"<`)] },
  search: { empty: [bare, at("/field/search?q=没有")], full: [busy, at("/field/search?q=张&for=pay")], nasty: [nasty, at("/field/search?q=%22%3Cb%3E%26")] },
  _found: { empty: [bare, at("/field/search", true)], full: [busy, at("/field/search?q=张", true)], nasty: [nasty, at("/field/search?q=O", true)] },
  ready: { empty: [bare, at("/field/ready")], full: [busy, at("/field/ready")], nasty: [nasty, at("/field/ready")] },
  notices: { empty: [bare, at("/field/notices")], full: [busy, at("/field/notices")], nasty: [nasty, at("/field/notices")], covers: [covered, at("/field/notices")] },
  takings: { empty: [bare, at("/field/takings")], full: [busy, at("/field/takings")], nasty: [nasty, wrong("/field/takings", { ...FULL, note: `<"&` })], before: [busy, at("/field/takings?day=2026-03-09&saved=1")] },
  settings: { empty: [bare, at("/field/settings")], full: [busy, at("/field/settings?saved=1")], nasty: [nasty, at("/field/settings")] },
  sync: { empty: [bare, at("/field/sync")], full: [busy, at("/field/sync")], nasty: [nasty, at("/field/sync?late=1")] },
  missing: { empty: [bare, at("/field/customers/none")], full: [busy, at("/field/loans/none")], nasty: [nasty, at("/field/receipts/none")] },
  _photo: { empty: [bare, photo(new Blob([]))], full: [bare, photo(new Blob([new Uint8Array([0xff, 0xd8, 0xff, 1])]))], nasty: [bare, photo(new Blob(["<svg>"]))] },
  _kept: { empty: [bare, kept({})], full: [bare, kept({ draft: "pay.l1", amount: "1" })], nasty: [bare, kept({ draft: `"<`, amount: `"` })] },
};

function check(id_no: string): Make {
  return (device) => refused(device, "/field/customers/id_check", { id_no, kind: "person" });
}

function photo(file: Blob): Make {
  return (device) => refused(device, "/field/photos", { photo: file });
}

function kept(fields: Fields): Make {
  return (device) => refused(device, "/field/drafts", fields);
}

describe("contexts of the templates", () => {
  it.each(Object.entries(PAGES))("%s", async (template, makes) => {
    const contexts: Record<string, unknown> = {};
    for (const [name, [world, make]] of Object.entries(makes)) {
      const page = await make(await world());
      expect(page.template).toBe(`field/${template}.html`);
      contexts[name] = page.context;
    }
    const text = `${JSON.stringify(contexts, null, 1)}\n`;
    const file = new URL(`${template}.json`, HOME);
    if (process.env["WRITE_CONTEXTS"]) writeFileSync(file, text);
    expect(readFileSync(file, "utf8")).toBe(text);
  });
});
