import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

import { maskId, readCreditCode, readPhone, readResidentId } from "../../../static/src/shared/identity";

interface Case<Input, Expected> {
  id: string;
  input: Input;
  expected: Expected;
}

function cases<Input, Expected>(name: string): Case<Input, Expected>[] {
  const url = new URL(`../../cases/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, "utf8")) as Case<Input, Expected>[];
}

type IdExpected = { valid: boolean; reason: string; birth?: string; sex?: string; province?: string };

describe("identity", () => {
  it.each(cases<{ value: string; today: string }, IdExpected>("idno"))("resident ID $id", (each) => {
    const found = readResidentId(each.input.value, each.input.today);

    expect(found.valid).toBe(each.expected.valid);
    if (!found.valid) expect(found.reason).toBe(each.expected.reason);
    else {
      const { birth, sex, province } = found;
      expect({ valid: true, reason: "ok", birth, sex, province }).toEqual(each.expected);
    }
  });

  it.each(cases<{ value: string }, { valid: boolean; reason: string }>("uscc"))("credit code $id", (each) => {
    const found = readCreditCode(each.input.value);

    expect({ valid: found.valid, reason: found.valid ? "ok" : found.reason }).toEqual(each.expected);
  });

  it.each(
    cases<{ value: string }, { valid: boolean; normalized: string | null; kind: string | null }>("phone"),
  )("phone $id", (each) => {
    const found = readPhone(each.input.value);

    expect(found.valid).toBe(each.expected.valid);
    if (found.valid) expect([found.number, found.kind]).toEqual([each.expected.normalized, each.expected.kind]);
  });

  it("shows the ends of a number only, and leaves a mask as it is", () => {
    expect(maskId("110199199003070017")).toBe("110***********0017");
    expect(maskId("110***********0017")).toBe("110***********0017");
    expect(maskId("1234567")).toBe("*******");
  });
});
