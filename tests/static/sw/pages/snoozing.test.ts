import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { snoozedUntil } from "../../../../static/src/sw/pages/snoozing";

interface Case {
  name: string;
  choice: string;
  now: string;
  on: string | null;
  until: string | null;
}

const CASES = JSON.parse(readFileSync(new URL("../../../cases/snoozing.json", import.meta.url), "utf8")) as Case[];

test.each(CASES)("put off: $name", ({ choice, now, on, until }) => {
  const found = snoozedUntil(choice, new Date(now), on);
  expect(found === null ? null : Date.parse(found)).toBe(until === null ? null : Date.parse(until));
});
