import { beforeEach, describe, expect, test } from "vitest";
import { bankZone } from "../../../static/src/shared/zone";
import { refusalOf } from "../../../static/src/sw/keys";
import { Tablet, WISH, freshStorage, idOf, payment } from "./device_builders";
import { FakeServer, json } from "./fake_server";

const DAY_MS = 86_400_000;
let server: FakeServer;
let tablet: Tablet;

beforeEach(() => {
  freshStorage();
  server = new FakeServer();
  tablet = new Tablet(server);
});

function unlock(secret = WISH.secret) {
  return tablet.keeper.unlock(server.user.id, secret);
}

describe("a restart", () => {
  test("of the worker alone: the open page still knows the key", async () => {
    await (await tablet.enrolled()).replica.record([payment(5)]);
    await tablet.start();
    const session = await tablet.keeper.open();
    expect(await session?.replica.waiting()).toHaveLength(1);
  });

  test("of the browser: only the person's PIN opens it, and all is there", async () => {
    await (await tablet.enrolled()).replica.record([payment(5)]);
    tablet.pages = [];
    await tablet.start();
    expect(await tablet.keeper.open()).toBeNull();
    expect(await unlock("246802")).toEqual({ ok: false, why: "wrong", left: 9 });
    expect(await unlock()).toMatchObject({ ok: true });
    expect(await (await tablet.session()).replica.waiting()).toHaveLength(1);
  });

  test("a key of before a new set-up opens nothing", async () => {
    await tablet.enrolled();
    const old = tablet.pages;
    await tablet.enrolled();
    tablet.pages = old;
    await tablet.start();
    expect(await tablet.keeper.open()).toBeNull();
  });
});

describe("wrong tries", () => {
  test("the tenth in a row wipes the replica; unsent work stays for the server alone", async () => {
    server.sealKey = await pointOf();
    const [id] = await (await tablet.enrolled()).replica.record([payment(5)]);
    server.opener = () => id as string;
    tablet.later();
    await tablet.keeper.lock("asked");
    for (let each = 1; each < 10; each += 1) expect(await unlock("246802")).toMatchObject({ why: "wrong", left: 10 - each });
    expect(await unlock("246802")).toEqual({ ok: false, why: "wiped" });
    expect(await unlock()).toEqual({ ok: false, why: "wiped" });
    expect((await indexedDB.databases()).map(({ name }) => name)).not.toContain(`taizhang-replica-${server.user.id}`);
    await tablet.enrolled();
    expect(await tablet.sync()).toBe("");
    expect(server.sealed).toMatchObject([{ items: [{ n: 1, sealed: expect.any(String) }] }]);
    expect((await (await tablet.session()).replica.state()).waiting).toBe(0);
  });

  test("a right one starts the count afresh; restarts do not", async () => {
    await tablet.enrolled();
    for (let each = 0; each < 9; each += 1) {
      await tablet.start();
      await unlock("246802");
    }
    expect(await unlock()).toMatchObject({ ok: true });
    expect(await unlock("246802")).toMatchObject({ left: 9 });
  });

  test("a new PIN opens the same data; the old one no longer", async () => {
    await (await tablet.enrolled()).replica.record([payment(5)]);
    const secrets = { old: WISH.secret, new: "correct horse battery", kind: "passphrase" as const };
    expect(await tablet.keeper.changeSecret(secrets)).toMatchObject({ ok: true });
    await tablet.keeper.lock("asked");
    expect(await unlock()).toMatchObject({ why: "wrong" });
    expect(await unlock(secrets.new)).toMatchObject({ ok: true });
    expect(await (await tablet.session()).replica.waiting()).toHaveLength(1);
  });

  test.each([
    ["12345", "pin", "short"],
    ["abcdef", "pin", "short"],
    ["111111", "pin", "simple"],
    ["123456", "pin", "simple"],
    ["987654", "pin", "simple"],
    ["135790", "pin", ""],
    ["short", "passphrase", "short"],
    ["一只猫在银行门口睡觉", "passphrase", ""],
  ] as const)("%s as %s: %s", (secret, kind, refusal) => {
    expect(refusalOf(secret, kind)).toBe(refusal);
  });
});

describe("locking", () => {
  test("after the pause that was set, in every page", async () => {
    const session = await tablet.enrolled();
    await session.replica.setNote("lock_minutes", "2");
    tablet.later(119_000);
    expect(await tablet.keeper.open()).not.toBeNull();
    tablet.pages = [];
    tablet.later(2 * 60_000 + 1);
    expect(await tablet.keeper.open()).toBeNull();
    expect(tablet.told.at(-1)).toEqual({ tell: "locked", why: "idle" });
  });

  test("work in the background neither needs nor prolongs the person's presence", async () => {
    await tablet.enrolled();
    tablet.later(4 * 60_000);
    expect(await tablet.sync()).toBe("");
    tablet.later(2 * 60_000);
    expect(await tablet.keeper.open()).toBeNull();
  });

  test("fourteen days without contact lock it until there is contact, and nothing is lost", async () => {
    await (await tablet.enrolled()).replica.record([payment(5)]);
    tablet.pages = [];
    await tablet.keeper.lock("asked");
    tablet.later(15 * DAY_MS);
    server.meddle = () => {
      throw new TypeError("no network");
    };
    expect(await unlock()).toEqual({ ok: false, why: "lease" });
    server.meddle = () => undefined;
    server.nowMs = tablet.nowMs;
    expect(await unlock()).toMatchObject({ ok: true });
    expect(server.taken).toHaveLength(1);
  });

  test("a clock that is set back wins no days", async () => {
    await tablet.enrolled();
    tablet.pages = [];
    tablet.later(13 * DAY_MS);
    server.meddle = () => {
      throw new TypeError("no network");
    };
    await tablet.keeper.lock("asked");
    expect(await unlock()).toMatchObject({ ok: true });
    tablet.later(2 * DAY_MS);
    await tablet.keeper.lock("asked");
    tablet.later(-10 * DAY_MS);
    expect(await unlock()).toEqual({ ok: false, why: "lease" });
  });

  test("a clock that ran ahead is put right by the next contact", async () => {
    await tablet.enrolled();
    tablet.later(300 * DAY_MS);
    await tablet.keeper.lock("asked");
    tablet.pages = [];
    tablet.later(-300 * DAY_MS);
    expect(await unlock()).toMatchObject({ ok: true });
  });
});

describe("two people, one tablet", () => {
  test("neither sees the other's documents, drafts or entries", async () => {
    const first = server.user;
    const session = await tablet.enrolled();
    server.document("customer", idOf("00c1", 1), { id: idOf("00c1", 1), name: "甲的客户", no: "1", keys: [] });
    await tablet.sync();
    await session.replica.record([payment(1)]);
    await session.replica.setNote("draft", "甲");
    server.user = { ...first, id: idOf("0001", 2), name: "李四" };
    server.rows.clear();
    const other = await tablet.enrolled();
    await tablet.sync();
    expect(await other.replica.all("customer")).toEqual([]);
    expect(await other.replica.waiting()).toEqual([]);
    expect(await other.replica.note("draft")).toBeNull();
    expect((await tablet.keeper.people()).map(({ userName }) => userName).sort()).toEqual(["李四", "王芳"]);
    expect(await tablet.keeper.unlock(first.id, WISH.secret)).toMatchObject({ ok: true });
    expect(await (await tablet.session()).replica.waiting()).toHaveLength(1);
  });
});

describe("leaving", () => {
  test("is stopped while anything is unsent, and leaves nothing behind afterwards", async () => {
    const session = await tablet.enrolled();
    await session.replica.record([payment(1)]);
    expect(await tablet.keeper.leave(server.user.id)).toBe(false);
    tablet.later();
    await tablet.sync();
    expect(await tablet.keeper.leave(server.user.id)).toBe(true);
    expect((await indexedDB.databases()).map(({ name }) => name)).toEqual(["taizhang-device"]);
    expect(await tablet.keeper.people()).toEqual([]);
  });
});

describe("setting up", () => {
  test("without a sign-in changes nothing and says why", async () => {
    await tablet.start();
    server.meddle = () => json({ error: "sign_in" }, 401);
    await expect(tablet.keeper.enrol(WISH)).rejects.toMatchObject({ code: "sign_in" });
    expect(await tablet.keeper.people()).toEqual([]);
  });

  test("gives the key that signs receipts", async () => {
    const session = await tablet.enrolled();
    expect(new TextDecoder().decode((await session.replica.device()).receiptKey)).toBe("k".repeat(32));
  });
});

async function pointOf(): Promise<string> {
  const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
  return btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey))));
}

test("one device too many says so, and changes nothing", async () => {
  await tablet.start();
  const refusal = { error: "invalid", field: "device", reason: "too_many" };
  server.meddle = (url) => (url.pathname.endsWith("/devices") ? json(refusal, 422) : undefined);
  await expect(tablet.keeper.enrol(WISH)).rejects.toMatchObject({ code: "too_many" });
  expect(await tablet.keeper.open()).toBeNull();
});

test("the bank's zone comes with the greeting", async () => {
  server.zone = "Asia/Dubai";
  await tablet.enrolled();
  expect(bankZone()).toBe("Asia/Dubai");
  server.zone = "Asia/Shanghai";
  await tablet.sync();
  expect(bankZone()).toBe("Asia/Shanghai");
});
