// Names under which the worker imports what the build makes; esbuild and vitest share them.
import path from "node:path";
import { fileURLToPath } from "node:url";

const source = path.dirname(fileURLToPath(import.meta.url));
const made = path.join(path.dirname(source), "build/field");

export const aliases = {
  "field/runtime": path.join(source, "sw/runtime.ts"),
  "field/templates": path.join(made, "templates.js"),
  "field/assets": path.join(made, "assets.js"),
};
