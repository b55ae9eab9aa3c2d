import { afterEach, describe, expect, it } from "vitest";

import { bankZone, setBankZone } from "../../../static/src/shared/zone";
import { dayOf, timeOf, whenOf } from "../../../static/src/sw/pages/clock";

const LATE = "2026-03-10T17:30:00Z";

afterEach(() => setBankZone("Asia/Shanghai"));

describe("the bank's zone", () => {
  it("is the mainland's until the server names another", () => {
    expect([dayOf(LATE), timeOf(LATE)]).toEqual(["2026-03-11", "01:30"]);
    setBankZone("Asia/Dubai");
    expect([dayOf(LATE), timeOf(LATE)]).toEqual(["2026-03-10", "21:30"]);
  });

  it("stays where the server names none, or one that this browser does not know", () => {
    setBankZone(undefined);
    setBankZone("Moon/Sea of Rains");
    expect(bankZone()).toBe("Asia/Shanghai");
  });
});

describe("a day without a time", () => {
  it("shows none, today neither", () => {
    expect(whenOf("2026-03-10", "2026-03-10")).toBe("03-10");
    expect(whenOf("2026-01-02", "2026-03-10")).toBe("01-02");
    expect(whenOf("2025-12-31", "2026-03-10")).toBe("2025-12-31");
  });
});
