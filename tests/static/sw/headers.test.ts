import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { HEADERS } from "../../../static/src/sw/headers";

const server = readFileSync(path.resolve(import.meta.dirname, "../../../server/web/headers.py"), "utf8");

test("the worker's pages have the server's content policy", () => {
  const policy = /POLICY[^(]*\.join\(\s*\(([\s\S]*?)\)\s*\)/.exec(server)?.[1] ?? "";
  const lines = [...policy.matchAll(/"([^"]+)"/g)].map((line) => line[1]);
  expect(lines.length).toBeGreaterThan(8);
  expect(HEADERS["Content-Security-Policy"].split("; ")).toEqual(lines);
});

test("and its other headers", () => {
  for (const [name, value] of Object.entries(HEADERS)) {
    if (name !== "Content-Security-Policy") expect(server).toContain(value);
  }
});
