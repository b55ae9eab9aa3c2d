// Renders compiled templates for the Python tests: a line of JSON asks, a line of JSON answers.
// {"module": path of a templates.js, "name", "context", "speech"} gives {"html"} or {"error"}.
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const home = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");
const runtime = path.join(home, "static/src/sw/runtime.ts");
const loaded = new Map();

function bundled(module) {
  if (!loaded.has(module)) loaded.set(module, load(module));
  return loaded.get(module);
}

async function load(module) {
  const made = await build({
    stdin: {
      contents: `export { render } from "field/runtime"; export { templates } from ${JSON.stringify(module)};`,
      resolveDir: home,
    },
    alias: { "field/runtime": runtime },
    bundle: true,
    write: false,
    format: "esm",
    logLevel: "error",
  });
  const text = Buffer.from(made.outputFiles[0].contents).toString("base64");
  return import(`data:text/javascript;base64,${text}`);
}

async function answer({ module, name, context, speech }) {
  const { render, templates } = await bundled(module);
  const asset = (file) => `/static/${file}`;
  try {
    return { html: render(templates, name, context, { ...speech, asset }) };
  } catch (error) {
    return { error: String(error) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
