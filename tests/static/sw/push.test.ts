import { beforeEach, describe, expect, test, vi } from "vitest";
import { openAccounts } from "../../../static/src/sw/accounts";
import { settleMarks, startPush } from "../../../static/src/sw/push";
import { Tablet, WISH, freshStorage, idOf } from "./device_builders";
import { FakeServer } from "./fake_server";
import { notice } from "./seeds";

const ID = idOf("0007", 1);
const PAYLOAD = { v: 1, id: ID, title: "还款提醒", body: "张* 尾号 0012", url: `/field/notices/${ID}`, badge: 3, lang: "zh", actions: [] };

interface Window_ {
  url: string;
  focused: boolean;
  focus(): Promise<Window_>;
  navigate(url: string): Promise<void>;
}

/** The worker's scope as far as push is concerned, with the events as a browser makes them. */
class FakeWorker {
  readonly shown: [string, NotificationOptions][] = [];
  readonly opened: string[] = [];
  windows: Window_[] = [];
  subscribed: unknown[] = [];
  readonly location = { origin: "https://bank.test" };
  readonly navigator = { language: "zh-CN" };
  readonly registration = {
    showNotification: async (title: string, options: NotificationOptions) => void this.shown.push([title, options]),
    pushManager: {
      subscribe: async (options: unknown) => {
        this.subscribed.push(options);
        return subscription("https://push.test/new");
      },
    },
  };
  readonly clients = {
    matchAll: async () => this.windows,
    openWindow: async (url: string) => void this.opened.push(url),
  };
  private readonly listeners = new Map<string, (event: any) => void>();

  addEventListener(name: string, listen: (event: any) => void): void {
    this.listeners.set(name, listen);
  }

  async happens(name: string, event: object): Promise<void> {
    let until: Promise<unknown> = Promise.resolve();
    this.listeners.get(name)?.({ ...event, waitUntil: (work: Promise<unknown>) => void (until = work) });
    await until;
  }

  push(text: string | null): Promise<void> {
    return this.happens("push", { data: text === null ? null : { text: () => text } });
  }

  click(action: string, data: object = { id: ID, url: PAYLOAD.url }): Promise<void> {
    return this.happens("notificationclick", { action, notification: { data, close: () => undefined } });
  }
}

function subscription(endpoint: string): PushSubscription {
  const toJSON = () => ({ endpoint, keys: { p256dh: "p", auth: "a" } });
  return { endpoint, options: { userVisibleOnly: true }, toJSON } as unknown as PushSubscription;
}

let tablet: Tablet;
let worker: FakeWorker;
let badges: (number | null)[];

beforeEach(async () => {
  freshStorage();
  tablet = new Tablet(new FakeServer());
  worker = new FakeWorker();
  badges = [];
});

async function started(): Promise<void> {
  const accounts = await openAccounts();
  const keeper = tablet.keeper ?? (await tablet.start());
  startPush(worker, {
    accounts: async () => accounts,
    keeper: async () => keeper,
    badge: async (counted) => void badges.push(counted),
    wrote: () => undefined,
    icon: "/icon.png",
  });
}

async function withNotice(): Promise<void> {
  await tablet.enrolled();
  tablet.server.document("notice", ID, notice(ID, "due_soon"));
  await tablet.sync();
}

/** The page went, and with it the key. */
async function locked(): Promise<void> {
  await tablet.keeper.lock("asked");
  tablet.pages = [];
}

async function stateOf(id: string): Promise<string | undefined> {
  return (await (await tablet.session()).replica.get("notice", id))?.document.state;
}

describe("a push", () => {
  test("is shown, counted, and brings the notice when the app is unlocked", async () => {
    await tablet.enrolled();
    tablet.server.document("notice", ID, notice(ID, "due_soon"));
    await started();
    await worker.push(JSON.stringify(PAYLOAD));
    expect(worker.shown).toHaveLength(1);
    expect(worker.shown[0]?.[0]).toBe("还款提醒");
    expect(badges).toEqual([3]);
    expect(await stateOf(ID)).toBe("new");
  });

  test("is shown when the app is locked, and when nobody works here", async () => {
    await started();
    await worker.push(JSON.stringify(PAYLOAD));
    await worker.push(null);
    expect(worker.shown.map(([title]) => title)).toEqual(["还款提醒", "您有一条新通知"]);
  });

  test("that says nothing is told in the language of who works here", async () => {
    await tablet.start();
    await tablet.keeper.enrol({ ...WISH, language: "en" });
    await started();
    await worker.push("{broken");
    expect(worker.shown[0]?.[0]).toBe("You have a new notice");
  });
});

describe("a press on a notification", () => {
  test("leads an open window of the field app to the page, and reads the notice", async () => {
    await withNotice();
    await started();
    const led: string[] = [];
    const window = (url: string, focused: boolean): Window_ => {
      const one: Window_ = { url, focused, focus: async () => one, navigate: async (to) => void led.push(`${url} ${to}`) };
      return one;
    };
    worker.windows = [window("https://bank.test/loans", true), window("https://bank.test/field/", false)];
    await worker.click("");
    expect(led).toEqual([`https://bank.test/field/ https://bank.test/field/notices/${ID}`]);
    expect(worker.opened).toEqual([]);
    expect(await stateOf(ID)).toBe("read");
  });

  test("opens a window where none is, or none can be led", async () => {
    await withNotice();
    await started();
    const stuck: Window_ = {
      url: "https://bank.test/field/",
      focused: true,
      focus: async () => stuck,
      navigate: async () => Promise.reject(new TypeError("not controlled")),
    };
    worker.windows = [stuck];
    await worker.click("open");
    expect(worker.opened).toEqual([`https://bank.test/field/notices/${ID}`]);
  });

  test("puts off or is done without opening anything, and the server hears of it", async () => {
    await withNotice();
    await started();
    await worker.click("snooze");
    expect(worker.opened).toEqual([]);
    expect(await stateOf(ID)).toBe("snoozed");
    await worker.click("done");
    expect(await stateOf(ID)).toBe("done");
    tablet.later();
    await tablet.sync();
    const sent = tablet.server.taken.filter((each) => each.entity === "notice");
    expect(sent.map((each) => each.set["state"])).toEqual(["snoozed", "done"]);
  });

  test("while locked is kept in clear without a word, and becomes one entry at the unlocking", async () => {
    await withNotice();
    await locked();
    await started();
    await worker.click("done");
    const accounts = await openAccounts();
    expect(await accounts.getAll("marks")).toMatchObject([{ id: ID, state: "done", until: null }]);
    const answer = await tablet.keeper.unlock((await tablet.keeper.people())[0]?.userId ?? "", WISH.secret);
    if (!answer.ok) throw new Error(answer.why);
    tablet.pages = [answer.kept];
    const around = { accounts: async () => accounts, keeper: async () => tablet.keeper };
    await Promise.all([settleMarks(around, tablet.nowMs), settleMarks(around, tablet.nowMs)]);
    expect(await stateOf(ID)).toBe("done");
    expect(await accounts.count("marks")).toBe(0);
    expect(await (await tablet.session()).outbox.count()).toMatchObject({ waiting: 0 });
    tablet.later();
    await tablet.sync();
    expect(tablet.server.taken.filter((each) => each.entity === "notice")).toHaveLength(1);
  });

  test("about a notice that has not come yet waits for it, a week at most", async () => {
    await tablet.enrolled();
    await started();
    await worker.click("snooze");
    const accounts = await openAccounts();
    expect(await accounts.count("marks")).toBe(1);
    tablet.server.document("notice", ID, notice(ID, "due_soon"));
    await tablet.sync();
    const around = { accounts: async () => accounts, keeper: async () => tablet.keeper };
    await settleMarks(around, Date.now());
    expect(await stateOf(ID)).toBe("snoozed");
    await worker.click("done", { id: idOf("0007", 99), url: "/field/" });
    await settleMarks(around, Date.now() + 8 * 86_400_000);
    expect(await accounts.count("marks")).toBe(0);
  });

  test("at the desk tells the server at once", async () => {
    await started();
    const asked = vi.fn(async (url: string, _init?: RequestInit) => new Response(url === "/notices/token" ? '{"csrf":"t","user":"u"}' : ""));
    vi.stubGlobal("fetch", asked);
    await worker.click("done", { id: ID, url: "/conflicts" });
    expect(asked.mock.calls.map(([url]) => url)).toEqual(["/notices/token", "/notices/marks"]);
    expect(String(asked.mock.calls[1]?.[1]?.body)).toBe(`csrf_token=t&ids=${ID}&do=done`);
    await worker.click("", { id: ID, url: "/conflicts" });
    expect(worker.opened).toEqual([`https://bank.test/notices/${ID}`]);
    vi.unstubAllGlobals();
  });
});

test("a subscription that the browser renews is told to the server", async () => {
  await started();
  const asked = vi.fn(async (url: string, _init?: RequestInit) => new Response(url === "/notices/token" ? '{"csrf":"t","user":"u"}' : "{}"));
  vi.stubGlobal("fetch", asked);
  await worker.happens("pushsubscriptionchange", { oldSubscription: subscription("https://push.test/old"), newSubscription: null });
  expect(worker.subscribed).toEqual([{ userVisibleOnly: true }]);
  const [url, init] = asked.mock.calls[1] ?? [];
  expect(url).toBe("/push/v1/renewed");
  expect(JSON.parse(String(init?.body))).toEqual({
    old: "https://push.test/old",
    new: { endpoint: "https://push.test/new", keys: { p256dh: "p", auth: "a" } },
  });
  await worker.happens("pushsubscriptionchange", { oldSubscription: null, newSubscription: null });
  expect(asked).toHaveBeenCalledTimes(2);
  vi.unstubAllGlobals();
});
