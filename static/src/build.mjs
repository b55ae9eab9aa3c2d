// Builds what a browser loads into static/build/: the page bundle, the style sheet, the icon
// sprite and a manifest of logical names to hashed file names. `--watch` is left out on
// purpose: a build takes less than a second.
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { spriteOf } from "./sprite.mjs";

const source = path.dirname(fileURLToPath(import.meta.url));
const home = path.dirname(source);
const target = path.join(home, "build");
// Old tablets at the customer's site: the last three years of evergreen browsers.
const engines = ["chrome109", "firefox115", "safari16.4"];

async function bundle(logicalName, entry) {
  const result = await build({
    entryPoints: [path.join(home, entry)],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: engines,
    legalComments: "none",
    logLevel: "warning",
  });
  return [logicalName, Buffer.from(result.outputFiles[0].contents)];
}

async function sprite() {
  const used = await readFile(path.join(home, "icons/used.txt"), "utf8");
  return ["icons.svg", Buffer.from(await spriteOf(used.split(/\s+/).filter(Boolean)))];
}

async function seal() {
  return ["seal.svg", await readFile(path.join(home, "icons/seal.svg"))];
}

async function write([logicalName, content]) {
  const { name, ext } = path.parse(logicalName);
  const mark = createHash("sha256").update(content).digest("hex").slice(0, 10);
  const fileName = `${name}-${mark}${ext}`;
  await writeFile(path.join(target, fileName), content);
  const sizes = [content.length, gzipSync(content, { level: 9 }).length];
  console.log(`${fileName.padEnd(28)}${sizes.map((size) => kilobytes(size)).join("  gzip ")}`);
  return [logicalName, fileName];
}

function kilobytes(size) {
  return `${(size / 1024).toFixed(1).padStart(7)} KB`;
}

const made = await Promise.all([
  bundle("page.js", "src/page/page.ts"),
  bundle("app.css", "css/app.css"),
  sprite(),
  seal(),
]);
await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });
const names = [];
for (const file of made) names.push(await write(file));
await writeFile(
  path.join(target, "manifest.json"),
  `${JSON.stringify(Object.fromEntries(names), null, 2)}\n`,
);
