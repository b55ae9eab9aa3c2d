import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

import { capitals, MAX_FEN } from "../../static/src/shared/capitals";

interface Case {
  fen: number;
  capitals: string;
}

const cases = JSON.parse(
  readFileSync(new URL("../cases/capitals.json", import.meta.url), "utf8"),
) as Case[];

describe("capitals", () => {
  it("has a table worth the name", () => {
    expect(cases.length).toBeGreaterThanOrEqual(60);
  });

  it.each(cases)("writes $fen fen as $capitals", (each) => {
    expect(capitals(each.fen)).toBe(each.capitals);
  });

  it.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, MAX_FEN + 1, -MAX_FEN - 1])(
    "refuses %d",
    (value) => {
      expect(() => capitals(value)).toThrow(RangeError);
    },
  );
});
