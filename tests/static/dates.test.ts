import { describe, expect, test } from "vitest";
import { isoDate } from "../../static/src/shared/dates";

describe("a typed date becomes the standard", () => {
  test.each([
    ["2024-01-05", "2024-01-05"],
    ["2024.1.5", "2024-01-05"],
    ["2024/1/05", "2024-01-05"],
    ["20240105", "2024-01-05"],
    ["2024年1月5日", "2024-01-05"],
    ["２０２４－０１－０５", "2024-01-05"],
    [" 2024-2-29 ", "2024-02-29"],
  ])("%s", (typed, standard) => expect(isoDate(typed)).toBe(standard));
});

describe("a text that is no date is left alone", () => {
  test.each(["", "2023-02-29", "2024-13-01", "2024-00-10", "1.5", "0024-01-05", "9999-12-31", "昨天"])(
    "%j",
    (typed) => expect(isoDate(typed)).toBeNull(),
  );
});
