import { beforeEach, expect, test } from "vitest";
import { fromBase64, textOf } from "../../../static/src/shared/bytes";
import { openOutboxDatabase } from "../../../static/src/outbox/database";
import { exported } from "../../../static/src/outbox/exporting";
import { StorageFull } from "../../../static/src/shared/storing";
import { TooLong } from "../../../static/src/outbox/mutation";
import type { Session } from "../../../static/src/sw/session";
import { CUSTOMER, Tablet, freshStorage, idOf, payment, phoneEdit } from "../sw/device_builders";
import { FakeServer } from "../sw/fake_server";
import { sha256Of } from "./photo_builders";

const PHONE = idOf("00cc", 1);
let server: FakeServer;
let tablet: Tablet;
let session: Session;

beforeEach(async () => {
  freshStorage();
  server = new FakeServer();
  tablet = new Tablet(server);
  server.document("customer", CUSTOMER, { id: CUSTOMER, name: "张三", no: "C1", keys: [] });
  server.document("contact", PHONE, { id: PHONE, customer_id: CUSTOMER, value: "1" });
  session = await tablet.enrolled();
  await tablet.sync();
});

test("an entry can be undone for ten seconds, with its photos, and not after", async () => {
  const bytes = new Uint8Array([1, 2]).buffer;
  const photo = { sha256: await sha256Of(bytes), type: "image/png", bytes };
  const [first] = await session.replica.record([payment()], [photo]);
  expect(await session.replica.undo(first as string)).toBe(true);
  expect(await session.replica.waiting()).toEqual([]);
  expect(await session.replica.photo(photo.sha256)).toBeNull();
  const [second] = await session.replica.record([payment()]);
  tablet.later(10_000);
  expect(await session.replica.undo(second as string)).toBe(false);
  expect(await session.replica.waiting()).toHaveLength(1);
});

test("a push and an undo at once: one of them wins, never both", async () => {
  const [id] = await session.replica.record([payment()]);
  tablet.later(9_999);
  const undone = session.replica.undo(id as string);
  tablet.later(2);
  const [isUndone, taken] = await Promise.all([undone, session.outbox.take(100_000, 100)]);
  expect(taken.length).toBe(isUndone ? 0 : 1);
  expect(await session.replica.undo(id as string)).toBe(false);
});

test("an entry that can be undone holds back those behind it", async () => {
  await session.replica.record([payment(1)]);
  tablet.later();
  await session.replica.record([payment(2)]);
  const taken = await session.outbox.take(100_000, 100);
  expect(taken.map(({ set }) => set["amount"])).toEqual([1]);
});

test("a number is given once and stays, whatever is undone before and after", async () => {
  const [gone] = await session.replica.record([payment(1)]);
  await session.replica.record([payment(2)]);
  await session.replica.undo(gone as string);
  tablet.later();
  expect((await session.outbox.take(100_000, 100)).map(({ n }) => n)).toEqual([1]);
  await session.replica.record([payment(3)]);
  tablet.later();
  expect((await session.outbox.take(100_000, 100)).map(({ n, set }) => [n, set["amount"]])).toEqual([[1, 2], [2, 3]]);
});

test("two tabs that record at once get their own stamps in the order they are sent", async () => {
  await Promise.all(Array.from({ length: 8 }, (_, each) => session.replica.record([payment(each)])));
  tablet.later();
  const stamps = (await session.outbox.take(1_000_000, 100)).map(({ stamp }) => stamp);
  expect(new Set(stamps).size).toBe(8);
  expect(stamps).toEqual([...stamps].sort());
});

test("stamps go on after a clock that was set back by days", async () => {
  await session.replica.record([payment(1)]);
  tablet.nowMs -= 3 * 86_400_000;
  await session.replica.record([payment(2)]);
  tablet.later(4 * 86_400_000);
  const [first, second] = await session.outbox.take(100_000, 100);
  expect((first?.stamp ?? "") < (second?.stamp ?? "")).toBe(true);
});

test("an edit builds upon the row's number, the next upon the least of those that wait", async () => {
  const number = await session.store.numberOf("contact", PHONE);
  await session.replica.record([phoneEdit(PHONE, "2", "1")]);
  server.document("contact", PHONE, { id: PHONE, customer_id: CUSTOMER, value: "9" });
  await tablet.sync();
  await session.replica.record([phoneEdit(PHONE, "3", "2")]);
  tablet.later();
  const taken = await session.outbox.take(100_000, 100);
  expect(taken.map(({ base_number }) => base_number)).toEqual([number, number]);
});

test("an edit whose form showed an older value claims to have seen nothing", async () => {
  server.document("contact", PHONE, { id: PHONE, customer_id: CUSTOMER, value: "9" });
  await tablet.sync();
  await session.replica.record([phoneEdit(PHONE, "2", "1")]);
  tablet.later();
  expect((await session.outbox.take(100_000, 100))[0]).toMatchObject({ base_number: 0, was: { value: "1" } });
});

test("all entries of a form are kept or none, and a full device says so", async () => {
  const put = IDBObjectStore.prototype.add;
  let puts = 0;
  IDBObjectStore.prototype.add = function (this: IDBObjectStore, ...given: Parameters<typeof put>) {
    puts += 1;
    if (puts === 2) throw new DOMException("full", "QuotaExceededError");
    return put.apply(this, given);
  };
  try {
    await expect(session.replica.record([payment(1), payment(2)])).rejects.toBeInstanceOf(StorageFull);
  } finally {
    IDBObjectStore.prototype.add = put;
  }
  expect(await session.replica.waiting()).toEqual([]);
});

test("what is longer than the server takes is refused before it is kept", async () => {
  const long = payment(1, { set: { note: "长".repeat(30_000) } });
  await expect(session.replica.record([long])).rejects.toBeInstanceOf(TooLong);
  expect(await session.replica.waiting()).toEqual([]);
});

test("values stand in no record on the disk", async () => {
  await session.replica.record([payment(1, { set: { note: "秘密备注" } })], []);
  await session.replica.setNote("draft.pay", "秘密草稿");
  const database = await openOutboxDatabase(server.user.id);
  const stored = [...(await database.getAll("entries")), ...(await database.getAll("notes"))];
  database.close();
  const text = stored.map((row) => JSON.stringify(row) + textOf(row.sealed)).join();
  expect(text).not.toMatch(/秘密/);
});

test("answered entries are kept for thirty days", async () => {
  await session.replica.record([payment()]);
  tablet.later();
  await tablet.sync();
  tablet.later(29 * 86_400_000);
  await session.outbox.tidy();
  expect(await session.outbox.sendAgain(1)).toBe(true);
  await session.outbox.settle([{ mutation: server.taken[0]?.id ?? "", outcome: "applied" }]);
  tablet.later(31 * 86_400_000);
  await session.outbox.tidy();
  expect(await session.outbox.sendAgain(1)).toBe(false);
});

test("unsent work is exported sealed to the server, without the key", async () => {
  const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
  server.sealKey = btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey))));
  freshStorage();
  session = await tablet.enrolled();
  await session.replica.record([payment(77)]);
  await tablet.keeper.lock("asked");
  const database = await openOutboxDatabase(server.user.id);
  const parcels = await exported(database, server.user.id, tablet.nowMs);
  database.close();
  const wire = fromBase64(parcels.items[0] ?? "");
  const mutation = JSON.parse(await opened(pair.privateKey, wire)) as { set: object };
  expect(mutation).toMatchObject({ set: { amount: 77 }, entity: "repayment", actor: server.user.id });
});

/** As server/crypto/sealing.py opens it. */
async function opened(own: CryptoKey, wire: Uint8Array<ArrayBuffer>): Promise<string> {
  const point = { name: "ECDH", namedCurve: "P-256" };
  const once = await crypto.subtle.importKey("raw", wire.slice(0, 65), point, false, []);
  const secret = await crypto.subtle.deriveBits({ name: "ECDH", public: once }, own, 256);
  const base = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
  const info = new TextEncoder().encode("taizhang outbox 1");
  const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info };
  const key = await crypto.subtle.deriveKey(how, base, { name: "AES-GCM", length: 256 }, false, ["decrypt"]);
  return textOf(await crypto.subtle.decrypt({ name: "AES-GCM", iv: wire.slice(65, 77) }, key, wire.slice(77)));
}

test("a note is read from the memory, and is what it was where it could not be kept", async () => {
  await session.outbox.setNote("order", "one");
  const writing = session.outbox.setNote("order", "two");
  expect(await session.outbox.note("order")).toBe("two");
  await writing;
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  await expect(session.outbox.setNote("order", "three")).rejects.toBeInstanceOf(StorageFull);
  IDBObjectStore.prototype.put = put;
  expect(await session.outbox.note("order")).toBe("two");
});
