import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { filters } from "../../../static/src/shared/filters";

interface Case {
  filter: keyof typeof filters;
  value: unknown;
  told?: string;
  shown: string | null;
}

const cases = JSON.parse(readFileSync(new URL("../../cases/filters.json", import.meta.url), "utf8")) as Case[];

function apply({ filter, value, told = "" }: Case): string {
  return filters[filter](value, told);
}

describe("a filter shows its value as its Python twin does", () => {
  test.each(cases.filter((each) => each.shown !== null))("$filter $value", (each) => {
    expect(apply(each)).toBe(each.shown);
  });
});

describe("a filter refuses what has not the expected shape", () => {
  test.each(cases.filter((each) => each.shown === null))("$filter $value", (each) => {
    expect(() => apply(each)).toThrow();
  });
});

test("every filter has vectors", () => {
  expect(new Set(cases.map((each) => each.filter))).toEqual(new Set(Object.keys(filters)));
});
