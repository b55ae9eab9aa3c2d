import { describe, expect, test } from "vitest";
import { notificationOf, pressed, targetOf } from "../../../static/src/sw/pushed";

const ID = "019d0000-0000-7000-8000-000000000001";
const DIGEST = {
  v: 1,
  id: ID,
  kind: "due_digest",
  title: "今天的工作",
  body: "到期 3 笔、逾期 1 笔。",
  url: `/field/notices/${ID}`,
  tag: ID,
  urgent: false,
  badge: 4,
  actions: [{ action: "open", title: "打开名单" }, { action: "snooze", title: "1 小时后" }],
  at: "2026-03-10T00:00:00+00:00",
  lang: "zh",
};
const say = (changes: object = {}) => notificationOf(JSON.stringify({ ...DIGEST, ...changes }), "zh", "/icon.png");

describe("what a push says", () => {
  test("is shown in its words, with its buttons, and known by its notice", () => {
    const { title, options, badge } = say();
    expect(title).toBe("今天的工作");
    expect(options).toMatchObject({ body: "到期 3 笔、逾期 1 笔。", tag: ID, lang: "zh-CN", requireInteraction: false, icon: "/icon.png" });
    expect(options.actions).toEqual(DIGEST.actions);
    expect(options.data).toEqual({ id: ID, url: `/field/notices/${ID}` });
    expect(options.timestamp).toBe(Date.UTC(2026, 2, 10));
    expect(badge).toBe(4);
  });

  test("stays on the screen when it is urgent", () => {
    expect(say({ urgent: true }).options.requireInteraction).toBe(true);
  });

  test.each([null, "", "no json", "[]", "null", "7", "{}", '{"id":3,"title":{},"actions":"x","badge":-1}'])(
    "says at least that there is something: %s",
    (text) => {
      const { title, options, badge } = notificationOf(text, "zh", "");
      expect([title, options.body]).toEqual(["您有一条新通知", "请打开台账查看。"]);
      expect(options.tag).toBe("taizhang");
      expect(options.data).toEqual({ id: "", url: "/field/" });
      expect(options.actions ?? []).toEqual([]);
      expect(badge).toBeNull();
    },
  );

  test("speaks the language of the device where it cannot be read", () => {
    expect(notificationOf(null, "en", "").title).toBe("You have a new notice");
    expect(notificationOf('{"lang":"en"}', "zh", "").title).toBe("You have a new notice");
  });

  test.each(["https://evil.test/", "//evil.test/x", "/\\evil.test", "javascript:alert(1)", "", 7])(
    "never leads to another site: %s",
    (url) => {
      expect(say({ url }).options.data.url).toBe("/field/");
    },
  );

  test("drops buttons that it does not know", () => {
    const actions = [{ action: "pay", title: "x" }, { action: "done", title: "" }, null, { action: "done", title: "完成" }];
    expect(say({ actions }).options.actions).toEqual([{ action: "done", title: "完成" }]);
  });
});

describe("a press", () => {
  test("opens the page that leads on, on the tablet and at the desk", () => {
    expect(targetOf({ id: ID, url: "/field/?show=due" })).toBe(`/field/notices/${ID}`);
    expect(targetOf({ id: ID, url: "/conflicts" })).toBe(`/notices/${ID}`);
    expect(targetOf({ id: "", url: "/field/" })).toBe("/field/");
  });

  test("reads, puts off for an hour, or is done with it", () => {
    const opens = { id: ID, url: "/field/" };
    const now = Date.UTC(2026, 2, 10, 1);
    expect(pressed("", opens, now)).toMatchObject({ id: ID, state: "read", until: null });
    expect(pressed("open", opens, now)).toMatchObject({ state: "read" });
    expect(pressed("snooze", opens, now)).toMatchObject({ state: "snoozed", until: "2026-03-10T02:00:00.000Z" });
    expect(pressed("done", opens, now)).toMatchObject({ state: "done", until: null });
    expect(pressed("done", { id: "", url: "/field/" }, now)).toBeNull();
  });
});
