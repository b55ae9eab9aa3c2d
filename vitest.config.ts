import { defineConfig } from "vitest/config";
import { aliases } from "./static/src/aliases.mjs";

export default defineConfig({
  resolve: { alias: aliases },
  test: {
    include: ["tests/static/**/*.test.ts"],
    // Tests of page modules name their own environment in a first-line comment.
    environment: "node",
  },
});
