import { beforeEach, describe, expect, test } from "vitest";
import { sha256Of } from "../outbox/photo_builders";
import { CUSTOMER, LOAN, Tablet, WISH, freshStorage, idOf, payment, phoneEdit } from "./device_builders";
import { FakeServer, json } from "./fake_server";

const PHONE = idOf("00cc", 1);
let server: FakeServer;
let tablet: Tablet;

beforeEach(() => {
  freshStorage();
  server = new FakeServer();
  tablet = new Tablet(server);
  server.document("customer", CUSTOMER, { id: CUSTOMER, name: "张三", no: "C1", keys: ["zs", "zhangsan"] });
  server.document("contact", PHONE, { id: PHONE, customer_id: CUSTOMER, kind: "mobile", relation: "self", person_name: "", value: "13800000001" });
  server.document("loan", LOAN, { id: LOAN, customer_id: CUSTOMER, contract_no: "L-1", unpaid_due_on: "2026-03-01", next_due_amount: 5 });
});

describe("pulling", () => {
  test("all documents are there after a first synchronisation, in chunks", async () => {
    server.rowsAChunk = 1;
    const session = await tablet.enrolled();
    expect(await tablet.sync()).toBe("");
    expect((await session.replica.get("customer", CUSTOMER))?.document.name).toBe("张三");
    expect((await session.replica.loansDue("2026-03-02")).map((held) => held.document.id)).toEqual([LOAN]);
    expect((await session.replica.ofCustomer("contact", CUSTOMER)).length).toBe(1);
    expect((await session.replica.state()).pulledAt).not.toBeNull();
  });

  test("a cut in the middle goes on at the last whole chunk", async () => {
    server.rowsAChunk = 1;
    const session = await tablet.enrolled();
    let pulls = 0;
    server.meddle = (url, _init, isDone) => {
      if (!isDone && url.pathname.endsWith("/pull") && (pulls += 1) > 1) throw new TypeError("cut");
      return undefined;
    };
    expect(await tablet.sync()).toBe("network");
    expect(await session.store.get("customer", CUSTOMER)).not.toBeNull();
    expect(await session.store.get("loan", LOAN)).toBeNull();
    server.meddle = () => undefined;
    expect(await tablet.sync()).toBe("");
    expect(await session.store.get("loan", LOAN)).not.toBeNull();
    expect((await session.store.position()).tally.count).toBe(3);
  });

  test("a deletion takes the document and what the search knew of it", async () => {
    const session = await tablet.enrolled();
    await tablet.sync();
    expect(await session.replica.search("0001", 5)).toHaveLength(1);
    server.document("contact", PHONE, null);
    await tablet.sync();
    expect(await session.replica.get("contact", PHONE)).toBeNull();
    expect(await session.replica.search("0001", 5)).toHaveLength(0);
    expect(await session.replica.search("zs", 5)).toHaveLength(1);
  });

  test("a divergence is found by the tally and only its groups are fetched again", async () => {
    const session = await tablet.enrolled();
    await tablet.sync();
    // A change that never came, a row that should not be here: what no cursor would repair.
    server.rows.set(PHONE, ["contact", PHONE, 9, { id: PHONE, customer_id: CUSTOMER, value: "13800000009" }]);
    server.hi = 9;
    await session.store.mark({ cursor: "first:9" });
    await session.store.write({ rows: [["call", idOf("00ca", 9), 1, { id: idOf("00ca", 9) }]] });
    await tablet.sync();
    expect((await session.replica.get("contact", PHONE))?.document.value).toBe("13800000009");
    expect(await session.replica.get("call", idOf("00ca", 9))).toBeNull();
    expect(server.asked.filter((asked) => asked.includes("digest")).length).toBe(2);
    expect(await session.replica.note("sync.log")).toContain("repair");
  });

  test("fields that this version does not know are kept and shown", async () => {
    server.document("customer", CUSTOMER, { id: CUSTOMER, name: "张三", no: "C1", new_column: { a: [1] } });
    const session = await tablet.enrolled();
    await tablet.sync();
    expect(await session.replica.get("customer", CUSTOMER)).toMatchObject({ document: { new_column: { a: [1] } } });
  });
});

describe("pushing", () => {
  test("an entry is not sent while it can be undone, and once after", async () => {
    const session = await tablet.enrolled();
    await session.replica.record([payment()]);
    await tablet.sync();
    expect(server.taken).toHaveLength(0);
    tablet.later();
    await tablet.sync();
    await tablet.sync();
    expect(server.taken.map(({ n }) => n)).toEqual([1]);
    expect(await session.replica.waiting()).toEqual([]);
  });

  test("what the server took shows as a document without coming back", async () => {
    server.judge = () => ({ outcome: "applied", news: { receipt_no: "R-7" } });
    const session = await tablet.enrolled();
    const entry = payment(123_456);
    await session.replica.record([entry]);
    tablet.later();
    server.meddle = (url, _init, isDone) => (url.pathname.endsWith("/pull") && !isDone ? json({}, 400) : undefined);
    await tablet.sync();
    const held = await session.replica.get("repayment", entry.entityId);
    expect(held).toMatchObject({ made: false, waiting: [], document: { amount: 123_456, receipt_no: "R-7", by_name: "王芳", customer_id: CUSTOMER } });
  });

  test("an answer that was cut off after the server took it does no harm", async () => {
    const session = await tablet.enrolled();
    await session.replica.record([payment(), payment()]);
    tablet.later();
    let cuts = 0;
    server.meddle = (url, _init, isDone) => {
      if (isDone && url.pathname.endsWith("/push") && (cuts += 1) < 4) throw new TypeError("cut");
      return undefined;
    };
    expect(await tablet.sync()).toBe("");
    expect(server.taken).toHaveLength(2);
    expect((await session.replica.state()).waiting).toBe(0);
  });

  test("a crash between the replica and the outbox asks once more and ends alike", async () => {
    const session = await tablet.enrolled();
    const entry = payment();
    await session.replica.record([entry]);
    tablet.later();
    const settle = session.outbox.settle.bind(session.outbox);
    session.outbox.settle = async () => {
      throw new Error("killed");
    };
    await tablet.sync();
    session.outbox.settle = settle;
    expect((await session.replica.state()).waiting).toBe(1);
    await tablet.sync();
    expect(server.taken).toHaveLength(1);
    expect((await session.replica.all("repayment")).map((held) => held.document.id)).toEqual([entry.entityId]);
  });

  test("the link loses three of ten requests and everything arrives once", async () => {
    const session = await tablet.enrolled();
    let asked = 0;
    server.meddle = (_url, _init, isDone) => {
      asked += 1;
      if ((isDone && asked % 7 === 0) || (!isDone && asked % 5 === 0)) throw new TypeError("lost");
      return undefined;
    };
    for (let each = 0; each < 40; each += 1) await session.replica.record([payment(each + 1)]);
    tablet.later();
    for (let tries = 0; tries < 5 && (await tablet.sync()); tries += 1) tablet.later(600_000);
    expect(server.taken.map(({ set }) => set["amount"])).toEqual(Array.from({ length: 40 }, (_, each) => each + 1));
    expect((await session.replica.state()).waiting).toBe(0);
  });

  test("a conflict keeps the server's value and the entry stays visible until it is decided", async () => {
    server.judge = () => ({ outcome: "conflict", news: { value: "13800000002" }, conflicts: ["c"] });
    const session = await tablet.enrolled();
    await tablet.sync();
    const [id] = await session.replica.record([phoneEdit(PHONE, "13800000003", "13800000001")]);
    expect((await session.replica.get("contact", PHONE))?.document.value).toBe("13800000003");
    tablet.later();
    await tablet.sync();
    expect((await session.replica.get("contact", PHONE))?.document.value).toBe("13800000002");
    expect((await session.replica.waiting()).map((each) => each.progress)).toEqual(["conflict"]);
    const notice = { id: idOf("0007", 1), kind: "conflict_settled", entity: "contact", entity_id: PHONE, params: { mutation: id } };
    server.document("notice", notice.id, notice);
    await tablet.sync();
    expect(await session.replica.waiting()).toEqual([]);
  });

  test("a held payment waits until its row is held no longer", async () => {
    server.judge = () => ({ outcome: "held", reason: "double_entry" });
    const session = await tablet.enrolled();
    const entry = payment();
    await session.replica.record([entry]);
    tablet.later();
    await tablet.sync();
    expect(await session.replica.get("repayment", entry.entityId)).toMatchObject({ made: false, document: { state: "held", reason: "double_entry" } });
    expect((await session.replica.waiting()).map((each) => each.reason)).toEqual(["double_entry"]);
    server.document("repayment", entry.entityId, { id: entry.entityId, ...entry.set, state: "confirmed" });
    await tablet.sync();
    expect(await session.replica.waiting()).toEqual([]);
  });

  test("a refusal is shown with its reason and does not stop the next", async () => {
    server.judge = ({ set }) => (set["amount"] === 1 ? { outcome: "rejected", reason: "unauthorised" } : { outcome: "applied" });
    const session = await tablet.enrolled();
    const ids = await session.replica.record([payment(1), payment(2)]);
    tablet.later();
    await tablet.sync();
    expect(await session.replica.waiting()).toMatchObject([{ id: ids[0], progress: "rejected", reason: "unauthorised" }]);
    await session.replica.dismiss([ids[0] as string]);
    expect(await session.replica.waiting()).toEqual([]);
  });
});

describe("numbers", () => {
  test("a gap that the server asks for is sent again from there", async () => {
    const session = await tablet.enrolled();
    for (let each = 1; each <= 3; each += 1) await session.replica.record([payment(each)]);
    tablet.later();
    await tablet.sync();
    const device = session.account.deviceId;
    server.last.set(device, 1);
    for (const { id } of server.taken.splice(1)) server.results.delete(id);
    await session.replica.record([payment(4)]);
    tablet.later();
    expect(await tablet.sync()).toBe("");
    expect(server.taken.map(({ n, set }) => [n, set["amount"]])).toEqual([[1, 1], [2, 2], [3, 3], [4, 4]]);
  });

  test("a copied tablet takes a new id and numbers what is not answered afresh; ids stay", async () => {
    const session = await tablet.enrolled();
    await session.replica.record([payment(1)]);
    tablet.later();
    await tablet.sync();
    const before = session.account.deviceId;
    server.last.set(before, 2); // the copy sent its own second entry
    const [id] = await session.replica.record([payment(2)]);
    tablet.later();
    expect(await tablet.sync()).toBe("");
    const sent = server.taken.at(-1);
    expect(sent?.id).toBe(id);
    expect(sent?.n).toBe(1);
    expect(sent?.device).not.toBe(before);
    expect(sent?.stamp.endsWith(sent.device)).toBe(true);
    expect(session.account.deviceId).toBe(sent?.device);
  });

  test("a server restored from a backup gets everything again that it lost", async () => {
    const session = await tablet.enrolled();
    await session.replica.record([payment(1), payment(2)]);
    tablet.later();
    await tablet.sync();
    server.epoch = "second";
    server.last.set(session.account.deviceId, 1);
    for (const { id, entity_id } of server.taken.splice(1)) {
      server.results.delete(id);
      server.rows.delete(entity_id);
    }
    server.hi = 2 ** 40;
    expect(await tablet.sync()).toBe("");
    expect(server.taken.map(({ set }) => set["amount"])).toEqual([1, 2]);
    expect((await session.store.position()).tally.count).toBe(server.rows.size);
  });

  test("a server that forgot the device gets everything under a new id", async () => {
    const session = await tablet.enrolled();
    await session.replica.record([payment(1)]);
    tablet.later();
    await tablet.sync();
    server.forgetDevices();
    server.taken = [];
    server.results.clear();
    server.last.clear();
    await session.replica.record([payment(2)]);
    tablet.later();
    expect(await tablet.sync()).toBe("");
    expect(server.taken.map(({ n, set }) => [n, set["amount"]])).toEqual([[1, 1], [2, 2]]);
  });
});

describe("what stands in the way", () => {
  test("a lapsed sign-in keeps the queue and goes on after signing in", async () => {
    const session = await tablet.enrolled();
    await session.replica.record([payment()]);
    tablet.later();
    server.meddle = () => json({ error: "sign_in" }, 401);
    expect(await tablet.sync()).toBe("sign_in");
    expect(await session.replica.state()).toMatchObject({ needsSignIn: true, waiting: 1 });
    server.meddle = () => undefined;
    expect(await tablet.sync()).toBe("");
    expect(server.taken).toHaveLength(1);
  });

  test("who asks in the middle of one waits until what was entered meanwhile is sent", async () => {
    const session = await tablet.enrolled();
    let entered: Promise<unknown> | null = null;
    server.meddle = (url, _init, isDone) => {
      if (isDone && url.pathname.endsWith("/pull")) entered ??= session.replica.record([payment()]).then(() => tablet.later());
      return undefined;
    };
    const first = tablet.keeper.sync("timer");
    const second = tablet.keeper.sync("button");
    expect(await second).toBe("");
    expect(server.taken).toHaveLength(1);
    expect(await tablet.keeper.leave(server.user.id)).toBe(true);
    await Promise.all([first, entered]);
  });

  test("the button counts also while one is failing whose network has just returned", async () => {
    const session = await tablet.enrolled();
    await session.replica.record([payment()]);
    tablet.later();
    let second: Promise<string> | null = null;
    server.meddle = () => {
      if (second) return undefined;
      second = tablet.keeper.sync("button");
      throw new TypeError("cut");
    };
    expect(await tablet.keeper.sync("timer")).toBe("");
    expect(await (second as Promise<string> | null)).toBe("");
    expect(server.taken).toHaveLength(1);
  });

  test("another person's sign-in sends nothing of this one", async () => {
    const session = await tablet.enrolled();
    await session.replica.record([payment()]);
    tablet.later();
    server.user = { ...server.user, id: idOf("0001", 2), name: "李四" };
    expect(await tablet.sync()).toBe("other_user");
    expect(server.taken).toHaveLength(0);
    expect((await session.replica.state()).waiting).toBe(1);
  });

  test("a pause that the server asks for is kept", async () => {
    await tablet.enrolled();
    server.meddle = () => new Response("{}", { status: 503, headers: { "Retry-After": "7" } });
    const before = tablet.nowMs;
    expect(await tablet.sync()).toBe("busy");
    expect(tablet.nowMs - before).toBeGreaterThanOrEqual(5 * 7_000);
    expect(await tablet.keeper.sync("timer")).toBe("busy");
    expect(server.asked.length).toBeLessThan(15);
  });

  test("a push that is too long for the server is sent in smaller parts", async () => {
    const session = await tablet.enrolled();
    const note = "很长的备注".repeat(2000);
    for (let each = 0; each < 30; each += 1) await session.replica.record([payment(each + 1, { set: { amount: each + 1, note } })]);
    tablet.later();
    server.meddle = (url, init, isDone) => {
      if (isDone || !url.pathname.endsWith("/push")) return undefined;
      const size = (init.body as unknown as Uint8Array).length;
      return size > 2_000 ? json({ error: "too_long", limit: 2_000 }, 413) : undefined;
    };
    expect(await tablet.sync()).toBe("");
    expect(server.taken).toHaveLength(30);
  });

  test("an old app may still push, and says that it is old", async () => {
    const session = await tablet.enrolled();
    await session.replica.record([payment()]);
    tablet.later();
    server.meddle = (url) => (url.pathname.endsWith("/pull") ? json({ error: "old_app" }, 426) : undefined);
    expect(await tablet.sync()).toBe("old_app");
    expect(server.taken).toHaveLength(1);
  });

  test("a revoked device hands in its work and is wiped", async () => {
    const session = await tablet.enrolled();
    await tablet.sync();
    await session.replica.record([payment()]);
    tablet.later();
    server.state = "revoked";
    expect(await tablet.sync()).toBe("revoked");
    expect(server.taken).toHaveLength(1);
    expect(await tablet.keeper.open()).toBeNull();
    expect(await tablet.keeper.unlock(server.user.id, WISH.secret)).toEqual({ ok: false, why: "wiped" });
    expect((await indexedDB.databases()).map(({ name }) => name)).not.toContain(`taizhang-replica-${server.user.id}`);
  });

  test("a revoked device hands in its photos too, before it is wiped", async () => {
    const session = await tablet.enrolled();
    await tablet.sync();
    const bytes = new Uint8Array(120_000).fill(7).buffer;
    const sha256 = await sha256Of(bytes);
    await session.replica.record([{ ...payment(), set: { photos: [sha256] } }], [{ sha256, type: "image/jpeg", bytes }]);
    tablet.later();
    server.state = "revoked";
    expect(await tablet.sync()).toBe("revoked");
    expect(server.arrived()).toBe(1);
    expect(await tablet.keeper.open()).toBeNull();
  });

  test("a photo that is refused then does not keep it from being wiped", async () => {
    const session = await tablet.enrolled();
    await tablet.sync();
    const bytes = new Uint8Array(1_000).buffer;
    const sha256 = await sha256Of(bytes);
    await session.replica.record([{ ...payment(), set: { photos: [sha256] } }], [{ sha256, type: "image/jpeg", bytes }]);
    tablet.later();
    server.state = "revoked";
    server.meddle = (url) => (url.pathname.includes("/blobs") ? json({ error: "revoked" }, 403) : undefined);
    expect(await tablet.sync()).toBe("revoked");
    expect(await tablet.keeper.open()).toBeNull();
  });

  test("a lost device is wiped at once, its unsent work stays sealed", async () => {
    const session = await tablet.enrolled();
    await session.replica.record([payment()]);
    tablet.later();
    server.state = "lost";
    expect(await tablet.sync()).toBe("lost");
    expect(server.taken).toHaveLength(0);
    expect(await tablet.keeper.leave(server.user.id)).toBe(false);
  });
});

describe("photos", () => {
  test("they follow their entry and go on where they were cut off", async () => {
    const session = await tablet.enrolled();
    const bytes = new Uint8Array(250_000).map((_, place) => place % 251).buffer;
    const sha256 = await sha256Of(bytes);
    const visit = { ...payment(), entity: "visit" as const, set: { customer_id: CUSTOMER, photos: [sha256] } };
    await session.replica.record([visit], [{ sha256, type: "image/jpeg", bytes }]);
    expect((await session.replica.photo(sha256))?.bytes.byteLength).toBe(250_000);
    tablet.later();
    let cuts = 0;
    server.meddle = (_url, init, isDone) => {
      if (isDone && init.method === "PATCH" && (cuts += 1) === 2) throw new TypeError("cut");
      return undefined;
    };
    expect(await tablet.sync()).toBe("");
    expect(server.arrived()).toBe(1);
    expect(await session.replica.photo(sha256)).toBeNull();
    expect((await session.replica.state()).photos).toBe(0);
    expect(server.asked.filter((asked) => asked.startsWith("POST /sync/v1/blobs"))).toHaveLength(1);
  });

  test("a photo that the server refuses is kept and stops nothing", async () => {
    const session = await tablet.enrolled();
    const bytes = new Uint8Array([1, 2, 3]).buffer;
    const sha256 = await sha256Of(bytes);
    await session.replica.record([{ ...payment(), set: { photos: [sha256] } }], [{ sha256, type: "image/jpeg", bytes }]);
    tablet.later();
    server.meddle = (url) => (url.pathname.endsWith("/blobs") ? json({ error: "no_image" }, 415) : undefined);
    expect(await tablet.sync()).toBe("");
    expect(await session.replica.waiting()).toMatchObject([{ progress: "sent", photos: 1 }]);
  });
});
