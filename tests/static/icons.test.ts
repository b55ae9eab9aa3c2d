import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { spriteOf } from "../../static/src/sprite.mjs";

const home = path.resolve(import.meta.dirname, "../..");
const listed = readFileSync(path.join(home, "static/icons/used.txt"), "utf8").split(/\s+/).filter(Boolean);
// icon("wallet"), icon_name="wallet" and the like, as templates and navigation write them.
const NAMED = /\bicon(?:_name)?(?:\(|=|":\s*)"([a-z0-9-]+)"/g;

function filesUnder(folder: string, ending: RegExp): string[] {
  return readdirSync(path.join(home, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => ending.test(file))
    .map((file) => path.join(home, folder, file));
}

test("every icon that a page names is in the list the sprite is built from", () => {
  const missing = filesUnder("server", /\.(html|py)$/).flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(NAMED)]
      .map((match) => match[1] ?? "")
      .filter((name) => !listed.includes(name))
      .map((name) => `${path.relative(home, file)}: ${name}`),
  );
  expect(missing).toEqual([]);
});

test("the list is in order and names no icon twice", () => {
  expect(listed).toEqual([...new Set(listed)].sort());
});

test("the sprite holds each icon under its name, without scripts or styles", async () => {
  const sprite = await spriteOf(listed);
  expect(sprite.match(/<symbol id="/g)).toHaveLength(listed.length);
  expect(sprite).not.toMatch(/<script|style=|<style/);
});

test("an icon that the set does not have stops the build", async () => {
  await expect(spriteOf(["no-such-icon"])).rejects.toThrow(/no-such-icon/);
});
