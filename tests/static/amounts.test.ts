import { describe, expect, test } from "vitest";
import { fenOf, groupedYuan } from "../../static/src/shared/amounts";

describe("a typed amount is read into fen", () => {
  test.each([
    ["100", 10000],
    ["12,345.6", 1234560],
    ["￥1,000.05元", 100005],
    ["１２３．４５", 12345],
    ["1.25万", 1250000],
    ["10万元", 10000000],
    ["-50.5", -5050],
    ["0.01", 1],
  ])("%s", (typed, fen) => expect(fenOf(typed)).toBe(fen));
});

describe("a text that is no amount gives nothing", () => {
  test.each(["", "1.234", "abc", "1e5", "--1", "99999999999999999999", "1.2.3"])("%j", (typed) =>
    expect(fenOf(typed)).toBeNull(),
  );
});

describe("fen are written with separators", () => {
  test.each([
    [0, "0.00"],
    [5, "0.05"],
    [100, "1.00"],
    [123456789, "1,234,567.89"],
    [-5050, "-50.50"],
  ])("%d", (fen, text) => expect(groupedYuan(fen)).toBe(text));
});
