import { describe, expect, test } from "vitest";
import cases from "../cases/clock.json";
import { type Stamp, readStamp, receive, stampOf, stampText, tick } from "../../static/src/shared/clock";

function stamp([ms, counter, device]: (string | number)[]): Stamp {
  return { ms: Number(ms), counter: Number(counter), device: String(device) };
}

describe("the clock agrees with the server's", () => {
  test.each(cases.texts)("$text", (each) => {
    expect(stampText(stamp(each.stamp))).toBe(each.text);
    expect(readStamp(each.text)).toEqual(stamp(each.stamp));
  });

  test.each(cases.refused)("%j is no stamp", (text) => {
    expect(() => readStamp(text)).toThrow(RangeError);
  });

  test.each(cases.ticks)("$title", (each) => {
    expect(tick(stamp(each.last), each.now)).toEqual(stamp(each.expected));
  });

  test.each(cases.receives)("$title", (each) => {
    expect(receive(stamp(each.last), stamp(each.heard), each.now)).toEqual(stamp(each.expected));
  });
});

test("a stamp keeps its moment under another device id", () => {
  expect(stampOf("018bcfe56800-0007-d-1", "e")).toBe("018bcfe56800-0007-e");
});
