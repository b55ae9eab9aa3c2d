// Builds what a browser loads into static/build/: the bundles of the desk, of the field app and of
// its service worker, the style sheets, the icon sprite, the catalogues and a manifest of logical
// names to hashed file names. The compiled field templates lie in static/build/field/ before
// (`python -m server.field.compiler`). `--watch` is left out on purpose: a build takes less than
// a second.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { aliases } from "./aliases.mjs";
import { spriteOf } from "./sprite.mjs";

const source = path.dirname(fileURLToPath(import.meta.url));
const home = path.dirname(source);
const target = path.join(home, "build");
const forField = path.join(target, "field");
// Old tablets at the customer's site: the last three years of evergreen browsers.
const engines = ["chrome109", "firefox115", "safari16.4"];
/** What the pages of the field app need, kept on the device beside the worker. */
const ofDevice = ["field.css", "field.js", "icons.svg", "seal.svg", "icon-apple.png", "field-zh.json", "field-en.json"];
/** Of these, what the first load does without: it is fetched when it is wanted, or when there is time. */
const forLater = ["field-en.json"];

async function bundle(logicalName, entry) {
  const result = await build({
    entryPoints: [path.join(home, entry)],
    alias: aliases,
    bundle: true,
    minify: true,
    charset: "utf8",
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

async function copy(logicalName, file) {
  return [logicalName, await readFile(path.join(home, file))];
}

async function write([logicalName, content]) {
  const { name, ext } = path.parse(logicalName);
  const fileName = `${name}-${mark(content)}${ext}`;
  await writeFile(path.join(target, fileName), content);
  const pressed = ext === ".png" ? {} : press(content);
  for (const [ending, bytes] of Object.entries(pressed)) {
    await writeFile(path.join(target, fileName + ending), bytes);
  }
  const sizes = [content, ...Object.values(pressed)].map((bytes) => kilobytes(bytes.length));
  console.log(`${fileName.padEnd(28)}${sizes.join("  pressed ")}`);
  return [logicalName, fileName];
}

/** Beside a file lie its compressed forms, which the server sends to browsers that take them. */
function press(content) {
  return { ".br": brotliCompressSync(content), ".gz": gzipSync(content, { level: 9 }) };
}

function mark(content) {
  return createHash("sha256").update(content).digest("hex").slice(0, 10);
}

function kilobytes(size) {
  return `${(size / 1024).toFixed(1).padStart(7)} KB`;
}

/** The worker knows the files of the device and its own version: a mark of all it is made of. */
async function worker(names) {
  const files = Object.fromEntries(ofDevice.map((name) => [name, `/static/${names[name]}`]));
  const later = forLater.map((name) => files[name]);
  await writeAssets({ version: "", files, later });
  const [, unmarked] = await bundle("sw.js", "src/sw/sw.ts");
  await writeAssets({ version: mark(unmarked), files, later });
  return bundle("sw.js", "src/sw/sw.ts");
}

async function writeAssets(assets) {
  await writeFile(aliases["field/assets"], `export const assets = ${JSON.stringify(assets)};\n`);
}

async function clear() {
  await mkdir(forField, { recursive: true });
  for (const entry of await readdir(target, { withFileTypes: true })) {
    if (entry.isFile()) await rm(path.join(target, entry.name));
  }
}

const made = await Promise.all([
  bundle("page.js", "src/page/page.ts"),
  bundle("field.js", "src/field/field.ts"),
  bundle("app.css", "css/app.css"),
  bundle("field.css", "css/field.css"),
  sprite(),
  copy("seal.svg", "icons/seal.svg"),
  copy("icon-192.png", "icons/icon-192.png"),
  copy("icon-512.png", "icons/icon-512.png"),
  copy("icon-maskable.png", "icons/icon-maskable.png"),
  copy("icon-apple.png", "icons/icon-apple.png"),
  copy("screenshot-field.png", "../docs/pictures/field.png"),
  copy("field-zh.json", "build/field/zh.json"),
  copy("field-en.json", "build/field/en.json"),
]);
await clear();
const names = Object.fromEntries(await Promise.all(made.map(write)));
names["sw.js"] = (await write(await worker(names)))[1];
await writeFile(path.join(target, "manifest.json"), `${JSON.stringify(names, null, 2)}\n`);
