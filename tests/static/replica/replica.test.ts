import { beforeEach, describe, expect, test, vi } from "vitest";
import { openDB } from "idb";
import { nameOf, openReplicaDatabase } from "../../../static/src/replica/database";
import { find } from "../../../static/src/replica/searching";
import { Store, type FeedRow } from "../../../static/src/replica/store";
import { byGroup, differing, minus, NOTHING, plus, rowHash } from "../../../static/src/replica/tally";
import { textOf } from "../../../static/src/shared/bytes";
import { keyOf, newKeyBytes, SealBroken } from "../../../static/src/shared/sealing";
import { CUSTOMER, LOAN, Tablet, freshStorage, idOf, payment, phoneEdit } from "../sw/device_builders";
import { FakeServer } from "../sw/fake_server";

const USER = "somebody";

beforeEach(() => freshStorage());

async function storeWith(rows: FeedRow[]): Promise<Store> {
  const store = new Store(await openReplicaDatabase(USER), await keyOf(newKeyBytes()));
  await store.write({ rows });
  return store;
}

/** The same databases, each a version later than asked for: as the next release would. */
function raised(factory: IDBFactory): IDBFactory {
  return new Proxy(factory, {
    get: (target, name) =>
      name === "open"
        ? (database: string, version: number) => target.open(database, version + 1)
        : Reflect.get(target, name).bind(target),
  });
}

function customer(number: number, name = `客户${number}`): FeedRow {
  const id = idOf("00c1", number);
  return ["customer", id, number, { id, name, no: `C${number}`, keys: ["kh"], remark: "x".repeat(600) }];
}

describe("the store", () => {
  test("only ids, kinds, numbers and due dates lie in clear", async () => {
    await storeWith([["loan", LOAN, 3, { id: LOAN, customer_id: CUSTOMER, contract_no: "秘密合同", unpaid_due_on: "2026-03-01" }]]);
    const database = await openReplicaDatabase(USER);
    const [row] = await database.getAll("documents");
    const search = await database.get("marks", "search");
    database.close();
    expect({ ...row, sealed: null, hash: 0 }).toEqual({ kind: "loan", id: LOAN, number: 3, customer: CUSTOMER, due: "2026-03-01", hash: 0, sealed: null });
    expect(textOf(row?.sealed ?? new Uint8Array()) + JSON.stringify(search)).not.toContain("秘密");
  });

  test("a record put in the place of another does not open", async () => {
    const key = await keyOf(newKeyBytes());
    const first = new Store(await openReplicaDatabase(USER), key);
    await first.write({ rows: [customer(1), customer(2)] });
    const database = await openReplicaDatabase(USER);
    const [one, two] = await database.getAll("documents");
    if (one && two) await database.put("documents", { ...one, sealed: two.sealed });
    database.close();
    const again = new Store(await openReplicaDatabase(USER), key);
    await expect(again.get("customer", idOf("00c1", 1))).rejects.toBeInstanceOf(SealBroken);
  });

  test("an older row that comes late changes nothing", async () => {
    const store = await storeWith([customer(1, "旧")]);
    const id = idOf("00c1", 1);
    await store.write({ rows: [["customer", id, 9, { id, name: "新", no: "", keys: [] }]] });
    await store.write({ rows: [["customer", id, 5, { id, name: "迟到", no: "", keys: [] }]] });
    expect((await store.get("customer", id))?.name).toBe("新");
  });

  test("a pull takes back or completes a row under the number that is held, an answer does not", async () => {
    const store = await storeWith([customer(1), customer(2)]);
    const own = (number: number): FeedRow => ["customer", idOf("00c1", number), number, null];
    await store.write({ rows: [own(1)] });
    expect(await store.get("customer", idOf("00c1", 1))).not.toBeNull();

    await store.write({ rows: [own(1), customer(2, "全名")], position: { cursor: "c" } });

    expect(await store.get("customer", idOf("00c1", 1))).toBeNull();
    expect((await store.get("customer", idOf("00c1", 2)))?.name).toBe("全名");
    expect((await store.position()).tally.count).toBe(1);
  });

  test("what was opened answers without the database, and as the database would", async () => {
    const key = await keyOf(newKeyBytes());
    const loan = (number: number, due: string): FeedRow => {
      const id = idOf("00d1", number);
      return ["loan", id, number, { id, customer_id: CUSTOMER, contract_no: `L${number}`, unpaid_due_on: due || null }];
    };
    await new Store(await openReplicaDatabase(USER), key).write({ rows: [customer(4), loan(1, "2026-03-09"), loan(2, "2026-03-01"), loan(3, "")] });
    const database = await openReplicaDatabase(USER);
    const store = new Store(database, key);
    const ask = async () => [
      await store.get("customer", idOf("00c1", 4)),
      await store.ofCustomer("loan", CUSTOMER),
      await store.ofCustomer("loan", "nobody"),
      await store.dueUntil("2026-03-09"),
      await store.position(),
    ];
    const before = await ask();
    await store.warm();
    database.close();
    expect(await ask()).toEqual(before);
    expect(await store.get("loan", "none")).toBeNull();
  });

  test("what is written later shows among what was opened, and what is gone does not", async () => {
    const store = await storeWith([customer(1), customer(2)]);
    await store.warm();
    await store.write({ rows: [customer(3), ["customer", idOf("00c1", 1), 9, null]] });
    expect((await store.all("customer")).map(({ no }) => no)).toEqual(["C2", "C3"]);
    expect(await store.ofCustomer("customer", idOf("00c1", 3))).toHaveLength(1);
  });

  test("rows that are written while others are read are not hidden by these", async () => {
    const key = await keyOf(newKeyBytes());
    const id = idOf("00c1", 1);
    await new Store(await openReplicaDatabase(USER), key).write({ rows: [customer(1, "旧")] });
    const store = new Store(await openReplicaDatabase(USER), key);
    const reading = store.all("customer");
    await store.write({ rows: [["customer", id, 9, { id, name: "新", no: "", keys: [] }]] });
    await reading;
    expect((await store.all("customer")).map(({ name }) => name)).toEqual(["新"]);
  });

  test("rows and position of a chunk are stored together or not at all", async () => {
    const store = await storeWith([customer(1)]);
    const put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (this: IDBObjectStore, ...given: Parameters<typeof put>) {
      const value = given[0] as { name?: string };
      if (value.name === "position") this.transaction.abort();
      return put.apply(this, given);
    };
    const failed = store.write({ rows: [customer(2)], position: { cursor: "later" } }).catch(() => "failed");
    expect(await failed).toBe("failed");
    IDBObjectStore.prototype.put = put;
    expect((await store.position()).cursor).toBe("");
    expect(await store.get("customer", idOf("00c1", 2))).toBeNull();
    expect(find(await store.searchTable(), "客户", 9)).toHaveLength(1);
    await store.write({ rows: [customer(2)], position: { cursor: "later" } });
    expect((await store.position()).tally.count).toBe(2);
  });

  test("a replica of another shape is dropped to be pulled again", async () => {
    // As a release before any of this had it; versions are whole numbers from 1.
    const old = await openDB(nameOf(USER), 1, { upgrade: (database) => void database.createObjectStore("customers") });
    old.close();
    vi.stubGlobal("indexedDB", raised(indexedDB));
    const database = await openReplicaDatabase(USER);
    expect([...database.objectStoreNames]).toEqual(["documents", "marks"]);
    database.close();
    vi.unstubAllGlobals();
  });

  test("two thousand documents are stored in a few seconds at most", async () => {
    const store = await storeWith([]);
    const rows = Array.from({ length: 2_000 }, (_, place) => customer(place + 1));
    const began = performance.now();
    for (let at = 0; at < rows.length; at += 350) await store.write({ rows: rows.slice(at, at + 350) });
    expect(performance.now() - began).toBeLessThan(4_000);
    expect((await store.position()).tally.count).toBe(2_000);
  });
});

describe("the tally", () => {
  test("is the server's: the vector of sync/digest.py", async () => {
    // hashlib.sha256(b"01890000-0000-7000-8000-0000000000c1:7").digest()[:6], big-endian
    expect(await rowHash(CUSTOMER, 7)).toBe(200_094_721_774_315);
  });

  test("adding and taking away come back to where it was", async () => {
    const hash = 2 ** 48 - 1;
    expect(minus(plus(plus(NOTHING, 5), hash), hash)).toEqual(plus(NOTHING, 5));
  });

  test("only groups that differ are named", () => {
    const ours = byGroup([{ id: "a01", hash: 1 }, { id: "a02", hash: 2 }]);
    const theirs = byGroup([{ id: "a01", hash: 1 }, { id: "a02", hash: 3 }, { id: "aff", hash: 4 }]);
    expect(differing(ours, theirs)).toEqual([2, 255]);
  });
});

describe("searching", () => {
  const traces = { keys: ["zsf", "zhangsanfeng"], phones: { p: "13812345678" }, contracts: { l: "ht-2026-009" } };
  const table = { one: { name: "张三丰", no: "C0012", ...traces }, two: { name: "李张", no: "C0013", keys: ["lz", "lizhang"], phones: {}, contracts: {} } };

  test.each([
    ["张", ["one", "two"]],
    ["三丰", ["one"]],
    ["zs", ["one"]],
    ["ZHANGSAN", ["one"]],
    ["5678", ["one"]],
    ["78", []],
    ["2026-009", ["one"]],
    ["c0013", ["two"]],
    [" ", []],
  ])("%s finds %j", (text, found) => {
    expect(find(table, text, 9).map(({ customerId }) => customerId)).toEqual(found);
  });
});

describe("what waits lies over what was pulled", () => {
  const PHONE = idOf("00cc", 1);

  async function withPhone() {
    const server = new FakeServer();
    const tablet = new Tablet(server);
    server.document("customer", CUSTOMER, { id: CUSTOMER, name: "张三", no: "C1", keys: [] });
    server.document("contact", PHONE, { id: PHONE, customer_id: CUSTOMER, value: "1", relation: "self" });
    const session = await tablet.enrolled();
    await tablet.sync();
    return { server, tablet, replica: session.replica };
  }

  test("an edit shows its new value and says which fields wait", async () => {
    const { replica } = await withPhone();
    await replica.record([phoneEdit(PHONE, "2", "1")]);
    expect(await replica.get("contact", PHONE)).toMatchObject({ document: { value: "2", relation: "self" }, waiting: ["value"], made: false });
    expect(await replica.ofCustomer("contact", CUSTOMER)).toHaveLength(1);
  });

  test("what is deleted here is gone here", async () => {
    const { replica } = await withPhone();
    await replica.record([{ ...phoneEdit(PHONE, "1", "1"), set: { deleted: true } }]);
    expect(await replica.get("contact", PHONE)).toBeNull();
    expect(await replica.ofCustomer("contact", CUSTOMER)).toEqual([]);
  });

  test("a creation is a document of its own, with its author, and is found", async () => {
    const { replica } = await withPhone();
    const id = idOf("00c1", 9);
    const mobile = { entity: "contact" as const, entityId: idOf("00cc", 9), op: "create" as const, was: {}, customerId: id, set: { customer_id: id, kind: "mobile", value: "139" } };
    await replica.record([{ entity: "customer", entityId: id, op: "create", set: { kind: "person", name: "新客户", id_no: "110101199003074477", mobile: "13900000009" }, was: {}, customerId: id }, mobile]);
    expect(await replica.get("customer", id)).toMatchObject({ made: true, document: { name: "新客户", state: "waiting", id_no: "1101**********4477" } });
    expect((await replica.all("customer")).map((held) => held.made)).toEqual([false, true]);
    expect(await replica.search("新客", 9)).toMatchObject([{ customerId: id }]);
    expect(await replica.search("0009", 9)).toMatchObject([{ customerId: id }]);
    expect(await replica.ofCustomer("contact", id)).toMatchObject([{ made: true }]);
  });

  test("a payment shows at once as received, and the loan's sums stay the server's", async () => {
    const { server, tablet, replica } = await withPhone();
    server.document("loan", LOAN, { id: LOAN, customer_id: CUSTOMER, contract_no: "L", unpaid_due_on: "2026-03-01", balance: 500 });
    await tablet.sync();
    await replica.record([payment(100)]);
    expect(await replica.ofCustomer("repayment", CUSTOMER)).toMatchObject([{ made: true, document: { amount: 100, by_name: "王芳", state: "confirmed" } }]);
    expect((await replica.get("loan", LOAN))?.document.balance).toBe(500);
  });
});
